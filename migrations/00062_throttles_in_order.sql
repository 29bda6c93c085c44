-- A row that several tries count by is locked before what comes after it in the
-- order of keys, whether it was there or not: a `select for update` of a row that
-- another try is about to insert, or that a right one just deleted, locks nothing, and
-- two tries of one person from a known browser waited for each other.

-- +goose Up
set local role habilis_identity;

-- Counts one try of a key before it is judged, and reports whether it may be
-- made: of any number of simultaneous ones, no more than in_free + 1. The caller
-- clears the key after a right one.
-- +goose StatementBegin
create or replace function identity.throttle_take(in_key text, in_free int, in_base int, in_most int, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if identity.throttle_hold(in_key, in_at) > in_at then
    return false;
  end if;
  perform identity.throttle_fail(in_key, in_free, in_base, in_most, in_at);
  return true;
end $$;
-- +goose StatementEnd

-- Locks the row of a key, which is made if it has none, and returns until when the
-- key is blocked.
-- +goose StatementBegin
create function identity.throttle_hold(in_key text, in_at timestamptz) returns timestamptz
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into throttle as t (key, failures, last_at, blocked_until) values (in_key, 0, in_at, '-infinity')
  on conflict (key) do update set key = excluded.key
  returning blocked_until
$$;
-- +goose StatementEnd

-- As in migration 00061, in the order of keys.
-- +goose StatementBegin
create or replace function identity.try_take(in_account uuid, in_hash bytea, in_key text, in_free int, in_base int, in_most int, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if in_hash is null or in_hash not in (select hash from device where account_id = in_account and seen_at > in_at - interval '400 days'
                                         order by seen_at desc, hash limit 5) then
    return identity.throttle_take(in_key, in_free, in_base, in_most, in_at);
  end if;
  perform identity.throttle_hold(in_key, in_at); -- before the browser's own, as identity.unblock
  if not identity.throttle_take(in_key || '|device:' || encode(in_hash, 'hex'), in_free, in_base, in_most, in_at) then
    return false;
  end if;
  perform identity.throttle_fail(in_key, in_free, in_base, in_most, in_at);
  return true;
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.throttle_hold(text, timestamptz) from public;

-- +goose Down
select 1;
