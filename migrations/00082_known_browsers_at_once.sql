-- Who comes in from a browser that is known has that noted in one statement, and
-- nothing is told of it: a transaction of four statements was for what is new.

-- +goose Up
set local role habilis_identity;

-- Notes that someone came in from a browser that is known, and the beginning of a
-- session in their journal where there is one; false, and nothing is noted, where it
-- isn't known. in_common is whether it shows what all of them show: it will be known
-- by what is fresh.
-- +goose StatementBegin
create function identity.device_again(in_shown bytea, in_common boolean, in_fresh bytea, in_account uuid, in_agent text, in_address text,
                                      in_begins boolean, in_request text, in_facts jsonb, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update device set hash = case when in_common then in_fresh else in_shown end, agent = in_agent, address = in_address, seen_at = in_at
   where hash = in_shown and account_id = in_account;
  if not found then
    return false;
  end if;
  if in_begins then
    perform identity.own_note(in_account, 'person', 'signin.begin', in_request, in_facts, in_at);
  end if;
  return true;
end $$;
-- +goose StatementEnd

-- As before, with a plan that is kept.
-- +goose StatementBegin
create or replace function identity.own_note(in_account uuid, in_kind text, in_act text, in_request text, in_facts jsonb, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into own_act (account_id, at, actor_kind, act, request_id, facts)
  select id, in_at, in_kind, in_act, in_request,
         case in_kind when 'person' then in_facts || jsonb_build_object('actor', given || ' ' || family) else in_facts end
    from account where id = in_account;
end $$;
-- +goose StatementEnd

-- As before, in one statement: the row is locked whether it changes or not.
-- +goose StatementBegin
create or replace function identity.throttle_take(in_key text, in_free int, in_base int, in_most int, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into throttle as t (key, failures, last_at, blocked_until)
  values (in_key, 1, in_at, case when in_free < 1 then in_at + make_interval(secs => least(in_most, in_base)) else '-infinity' end)
  on conflict (key) do update set
    failures = case when t.last_at < in_at - interval '1 hour' then 1 else t.failures + 1 end,
    last_at = in_at,
    blocked_until = case
      when t.last_at >= in_at - interval '1 hour' and t.failures + 1 > in_free
      then in_at + make_interval(secs => least(in_most, in_base * power(2, least(t.failures - in_free, 20))))
      else t.blocked_until end
   where t.blocked_until <= in_at;
  return found;
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.device_again(bytea, boolean, bytea, uuid, text, text, boolean, text, jsonb, timestamptz) from public;
grant execute on function identity.device_again(bytea, boolean, bytea, uuid, text, text, boolean, text, jsonb, timestamptz) to habilis_app;

-- +goose Down
select 1;
