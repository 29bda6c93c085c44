-- What a browser is known by is made here. A browser that showed what it was given
-- elsewhere, as by whoever used it before, was known by that to all who came in from
-- it: with a copy, one came in as them, without their second factor and unannounced.

-- +goose Up
set local role habilis_identity;

-- Notes that someone came in from a browser that shows in_shown: it is known by that
-- if it was for this account before, and in_common is not said of it, else by in_fresh,
-- under which it stays known. kept says which; news, whether it is new to an account
-- that was come into from another before.
-- +goose StatementBegin
create function identity.device_seen(in_shown bytea, in_common boolean, in_fresh bytea, in_account uuid, in_agent text, in_address text, in_at timestamptz)
returns table (kept boolean, news boolean)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update device set hash = case when in_common then in_fresh else in_shown end, agent = in_agent, address = in_address, seen_at = in_at where hash = in_shown and account_id = in_account;
  if found then
    return query values (not in_common, false);
  else
    return query select false, identity.device_seen(in_fresh, in_account, in_agent, in_address, in_at);
  end if;
end $$;
-- +goose StatementEnd

-- As before, of a browser that is known.
-- +goose StatementBegin
create or replace function identity.device_remember(in_hash bytea, in_account uuid, in_agent text, in_address text, in_strong boolean, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update device set agent = in_agent, address = in_address, seen_at = in_at, factor_at = in_at, factor_strong = in_strong
   where hash = in_hash and account_id = in_account and not exists (select from operator where account_id = in_account)
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.device_seen(bytea, boolean, bytea, uuid, text, text, timestamptz) from public;
grant execute on function identity.device_seen(bytea, boolean, bytea, uuid, text, text, timestamptz) to habilis_app;

-- +goose Down
select 1;
