-- Passkeys: kept, shown, taken away; and challenges, which count once.

-- +goose Up
set local role habilis_identity;

-- In addresses; the identifier of a credential is up to 1023 bytes. Nothing was
-- kept here until now.
alter table identity.passkey add column handle uuid not null default gen_random_uuid() constraint passkey_handle unique;

-- What authenticators know an account by: random, and of no meaning elsewhere. W3C
-- Web Authentication, level 3, 5.4.3 and 14.6.1. Null until a passkey is offered.
alter table identity.account add column user_handle bytea
  constraint account_user_handle unique constraint account_user_handle_length check (length(user_handle) = 64);

-- Challenges that were answered, by their hash, until they would have run out.
-- Those that nobody answered are in their session and nowhere else.
create table identity.challenge (
  hash       bytea primary key check (length(hash) = 32),
  expires_at timestamptz not null
);
create index challenge_age on identity.challenge (expires_at);

-- An account has a second factor whichever it is.
-- +goose StatementBegin
create or replace function identity.account_get(in_account uuid)
returns table (id uuid, username text, family text, given text, email text, email_key text, email_verified boolean, locale text,
               factor boolean, operator boolean, generation int)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.email_verified_at is not null, a.locale,
         identity.methods(a.id) <> '{}',
         exists (select from operator o where o.account_id = a.id),
         a.generation
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- What authenticators know the account by: the given handle, if it has none yet.
-- +goose StatementBegin
create function identity.user_handle(in_account uuid, in_fresh bytea) returns bytea
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update account set user_handle = in_fresh where id = in_account and user_handle is null;
  return (select user_handle from account where id = in_account);
end $$;
-- +goose StatementEnd

-- One use: of any number of simultaneous answers to a challenge, on any server,
-- one gets true.
-- +goose StatementBegin
create function identity.challenge_take(in_hash bytea, in_expires timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into challenge values (in_hash, in_expires) on conflict do nothing;
  return found;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.challenges_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with old as (select hash from challenge where expires_at < in_at - interval '1 hour' for update skip locked),
  gone as (delete from challenge c using old where c.hash = old.hash returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.passkeys_of(in_account uuid)
returns table (handle uuid, id bytea, account uuid, user_handle bytea, name text, record jsonb, created_at timestamptz, last_used_at timestamptz)
language sql stable security definer set search_path = identity, pg_temp as $$
  select k.handle, k.id, a.id, a.user_handle, k.name, k.record, k.created_at, k.last_used_at
    from passkey k join account a on a.id = k.account_id where a.id = in_account order by k.created_at, k.handle
$$;
-- +goose StatementEnd

-- The passkey that an answer claims to be of, whoever owns it.
-- +goose StatementBegin
create function identity.passkey_find(in_id bytea)
returns table (handle uuid, id bytea, account uuid, user_handle bytea, name text, record jsonb, created_at timestamptz, last_used_at timestamptz, username text)
language sql stable security definer set search_path = identity, pg_temp as $$
  select k.handle, k.id, a.id, a.user_handle, k.name, k.record, k.created_at, k.last_used_at, a.username
    from passkey k join account a on a.id = k.account_id where k.id = in_id
$$;
-- +goose StatementEnd

-- Adds a passkey, with recovery codes where there is none left, and ends the
-- sessions. No row when the account has in_most of them already.
-- +goose StatementBegin
create function identity.passkey_add(in_account uuid, in_handle uuid, in_id bytea, in_name text, in_record jsonb, in_codes bytea[], in_most int, in_at timestamptz)
returns table (generation int, coded boolean)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
#variable_conflict use_column
begin
  perform from account where id = in_account for no key update;
  if (select count(*) from passkey where account_id = in_account) >= in_most then
    return;
  end if;
  insert into passkey (handle, id, account_id, name, record, created_at) values (in_handle, in_id, in_account, in_name, in_record, in_at);
  coded := not exists (select from recovery_code where account_id = in_account and used_at is null);
  if coded then
    delete from recovery_code where account_id = in_account;
    insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  end if;
  update account a set generation = a.generation + 1 where id = in_account returning a.generation into generation;
  perform identity.mark_factor(in_account);
  return next;
end $$;
-- +goose StatementEnd

-- Notes that a passkey was shown. False when it was taken away meanwhile, or was
-- shown with as high a count: of two answers that were signed at the same count,
-- one is of a copy.
-- +goose StatementBegin
create function identity.passkey_use(in_account uuid, in_id bytea, in_record jsonb, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update passkey set record = in_record, last_used_at = in_at
   where id = in_id and account_id = in_account
     and ((record->>'counter')::bigint < (in_record->>'counter')::bigint
       or (record->>'counter')::bigint = 0 and (in_record->>'counter')::bigint = 0);
  return found;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.passkey_rename(in_account uuid, in_handle uuid, in_name text) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update passkey set name = in_name where account_id = in_account and handle = in_handle;
  return found;
end $$;
-- +goose StatementEnd

-- Takes one away and ends the sessions; no row when it was not there. The last
-- strong factor stays, unless in_last: then there is no generation, and nothing is
-- changed. Recovery codes go with it.
-- +goose StatementBegin
create function identity.passkey_remove(in_account uuid, in_handle uuid, in_last boolean) returns table (generation int)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
#variable_conflict use_column
begin
  perform from account where id = in_account for no key update;
  if not exists (select from passkey where account_id = in_account and handle = in_handle) then
    return;
  end if;
  if not in_last and (select count(*) from passkey where account_id = in_account) = 1 and not 'totp' = any (identity.methods(in_account)) then
    return next;
    return;
  end if;
  delete from passkey where account_id = in_account and handle = in_handle;
  if not identity.methods(in_account) && array['totp', 'passkey'] then
    delete from recovery_code where account_id = in_account;
  end if;
  update account a set generation = a.generation + 1 where id = in_account returning a.generation into generation;
  perform identity.mark_factor(in_account);
  return next;
end $$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['challenge_take(bytea, timestamptz)', 'challenges_sweep(timestamptz)', 'passkeys_of(uuid)', 'passkey_find(bytea)',
    'passkey_add(uuid, uuid, bytea, text, jsonb, bytea[], int, timestamptz)', 'passkey_use(uuid, bytea, jsonb, timestamptz)',
    'passkey_rename(uuid, uuid, text)', 'passkey_remove(uuid, uuid, boolean)', 'user_handle(uuid, bytea)'] loop
    execute format('revoke all on function identity.%s from public', f);
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
