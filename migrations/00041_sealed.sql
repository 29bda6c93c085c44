-- What is sealed under which key: for the owner, who rotates keys, and not for the
-- server.

-- +goose Up
set local role habilis_identity;

-- The key under which a secret is sealed: its id follows a version and a length
-- (see internal/secret/keyring).
-- +goose StatementBegin
create function identity.sealed_under(in_sealed bytea) returns text
language sql immutable security definer set search_path = pg_temp as $$
  select convert_from(substring(in_sealed from 3 for get_byte(in_sealed, 1)), 'UTF8')
$$;
-- +goose StatementEnd

-- How much is sealed under each key.
-- +goose StatementBegin
create function identity.sealed_counts() returns table (key text, sealed bigint)
language sql stable security definer set search_path = identity, pg_temp as $$
  select identity.sealed_under(sealed), count(*) from factor where sealed is not null group by 1
$$;
-- +goose StatementEnd

-- The next secrets that are sealed under another key, in the order of ids. Those
-- that wait for their first code, and were proposed since in_pending, are left: who
-- confirms one shows what was proposed (see app_confirm).
-- +goose StatementBegin
create function identity.sealed_otherwise(in_key text, in_after uuid, in_pending timestamptz, in_limit int) returns table (id uuid, account_id uuid, sealed bytea)
language sql stable security definer set search_path = identity, pg_temp as $$
  select f.id, f.account_id, f.sealed from factor f
   where f.sealed is not null and f.id > in_after and identity.sealed_under(f.sealed) <> in_key
     and (f.confirmed_at is not null or f.created_at < in_pending)
   order by f.id limit in_limit
$$;
-- +goose StatementEnd

-- Puts secrets that are sealed anew in the place of those that are still as they
-- were read; how many those are.
-- +goose StatementBegin
create function identity.sealed_renew(in_ids uuid[], in_were bytea[], in_sealed bytea[]) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with held as (
    select f.id, n.sealed from factor f join unnest(in_ids, in_were, in_sealed) n(id, was, sealed) on n.id = f.id and n.was = f.sealed
     order by f.id for no key update of f),
  renewed as (update factor f set sealed = h.sealed from held h where f.id = h.id returning 1)
  select count(*) from renewed
$$;
-- +goose StatementEnd

-- Until when the last of the codes that were sent counts: what is stored of it is
-- keyed too.
-- +goose StatementBegin
create function identity.codes_until(in_at timestamptz) returns timestamptz
language sql stable security definer set search_path = identity, pg_temp as $$
  select max(expires_at) from factor_code where used_at is null and expires_at > in_at
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['sealed_under(bytea)', 'sealed_counts()', 'sealed_otherwise(text, uuid, timestamptz, int)',
    'sealed_renew(uuid[], bytea[], bytea[])', 'codes_until(timestamptz)'] loop
    execute format('revoke all on function identity.%s from public', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
