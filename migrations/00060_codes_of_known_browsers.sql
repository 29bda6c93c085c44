-- Codes from a browser that their owner has come in from are held up by that
-- browser's own failures alone: who knows a password, and guesses at the codes,
-- takes nobody's turn. Migration 00040 does the same for passwords.

-- +goose Up
set local role habilis_identity;

-- Counts a try before it is looked at, and says whether it may be. A browser that
-- the account was come into from has a counter of its own: in_key, with what the
-- browser is known by. What is tried in vain from there counts for the account,
-- too, so that all others have no more tries for it.
-- +goose StatementBegin
create function identity.try_take(in_account uuid, in_hash bytea, in_key text, in_free int, in_base int, in_most int, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not exists (select from device d where d.hash = in_hash and d.account_id = in_account and d.seen_at > in_at - interval '400 days') then
    return identity.throttle_take(in_key, in_free, in_base, in_most, in_at);
  end if;
  perform from throttle where key = in_key for update; -- in the order of keys, as identity.unblock
  if not identity.throttle_take(in_key || '|device:' || encode(in_hash, 'hex'), in_free, in_base, in_most, in_at) then
    return false;
  end if;
  perform identity.throttle_fail(in_key, in_free, in_base, in_most, in_at);
  return true;
end $$;
-- +goose StatementEnd

-- Forgets what was tried in vain, once it is known that it is the owner who tries.
-- +goose StatementBegin
create function identity.try_right(in_hash bytea, in_key text) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  delete from throttle where key = in_key;
  delete from throttle where key = in_key || '|device:' || encode(in_hash, 'hex');
end $$;
-- +goose StatementEnd

-- Until when an account is held up by what was tried on it: passwords from one
-- address, codes, passwords shown again.
-- +goose StatementBegin
create or replace function identity.held_until(in_account uuid) returns timestamptz
language plpgsql stable security definer set search_path = identity, pg_temp as $$
declare
  login text := identity.login_of(in_account);
begin
  return coalesce(greatest(
    (select blocked_until from throttle where key = 'password:' || in_account),
    (select max(blocked_until) from throttle where key ~>=~ ('factor:' || in_account) and key ~<~ ('factor:' || in_account || '}')),
    (select max(blocked_until) from throttle where key ~>=~ ('pair:' || login || '|') and key ~<~ ('pair:' || login || '}'))), '-infinity');
end $$;
-- +goose StatementEnd

-- Forgets what was tried on an account in vain, and shows it in its places.
-- +goose StatementBegin
create or replace function identity.unblock(in_account uuid) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  login text := identity.login_of(in_account);
  keys  text[];
begin
  select array_agg(key) into keys from (
    select key from throttle
     where key in ('password:' || in_account, 'login:' || login)
        or key ~>=~ ('factor:' || in_account) and key ~<~ ('factor:' || in_account || '}')
        or key ~>=~ ('pair:' || login || '|') and key ~<~ ('pair:' || login || '}')
     order by key for update) held;
  delete from throttle where key = any (keys);
  perform identity.mark_failures(in_account, 0, null);
end $$;
-- +goose StatementEnd

-- What holds up the account of one of the people of the place of the setting, and
-- until when: 'password' from a network, 'device' from a browser of theirs, 'code',
-- or 'proof' within a session.
-- +goose StatementBegin
create or replace function identity.held_why(in_account uuid, in_at timestamptz) returns table (why text, until timestamptz)
language sql stable security definer set search_path = identity, pg_temp as $$
  select w.why, max(t.blocked_until)
    from membership m
   cross join lateral (select identity.login_of(m.account_id) login) l
    join throttle t on t.key = 'password:' || m.account_id
      or t.key ~>=~ ('factor:' || m.account_id) and t.key ~<~ ('factor:' || m.account_id || '}')
      or t.key ~>=~ ('pair:' || l.login || '|') and t.key ~<~ ('pair:' || l.login || '}')
   cross join lateral (select case when starts_with(t.key, 'factor:') then 'code' when starts_with(t.key, 'password:') then 'proof'
                                   when starts_with(t.key, 'pair:' || l.login || '|device:') then 'device' else 'password' end why) w
   where m.account_id = in_account and m.tenant_id = current_setting('habilis.tenant')::uuid and t.blocked_until > in_at
   group by w.why
   order by max(t.blocked_until) desc
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.try_take(uuid, bytea, text, int, int, int, timestamptz) from public;
revoke all on function identity.try_right(bytea, text) from public;
grant execute on function identity.try_take(uuid, bytea, text, int, int, int, timestamptz) to habilis_app;
grant execute on function identity.try_right(bytea, text) to habilis_app;

-- +goose Down
select 1;
