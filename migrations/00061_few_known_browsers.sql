-- Of the browsers that an account was come into from, the last five have tries of
-- their own, and all others share what any browser has: whoever came in a hundred
-- times with a password would otherwise have a hundred times the tries at the codes
-- that its owner sets up against them.

-- +goose Up
set local role habilis_identity;

-- As before, of those five.
-- +goose StatementBegin
create or replace function identity.try_take(in_account uuid, in_hash bytea, in_key text, in_free int, in_base int, in_most int, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if in_hash is null or in_hash not in (select hash from device where account_id = in_account and seen_at > in_at - interval '400 days'
                                         order by seen_at desc, hash limit 5) then
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

reset role;

-- +goose Down
select 1;
