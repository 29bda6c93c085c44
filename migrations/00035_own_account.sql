-- One's own account: several authenticator apps, what each second factor was last
-- used for, browsers that are known, and what its owner sees of it.

-- +goose Up
set local role habilis_identity;

-- An account may have several apps, each with a name; of the other kinds it has
-- one at most, and one app that waits for its first code.
alter table identity.factor
  add column id           uuid not null default gen_random_uuid(),
  add column name         text not null default '' check (length(name) <= 60),
  add column last_used_at timestamptz,
  drop constraint factor_pkey,
  add primary key (id);
create unique index factor_once on identity.factor (account_id, kind) where kind <> 'totp';
create unique index factor_pending on identity.factor (account_id) where kind = 'totp' and confirmed_at is null;
create index factor_account on identity.factor (account_id);

-- The second factors of an account, by what they are called in the code.
-- +goose StatementBegin
create or replace function identity.methods(in_account uuid) returns text[]
language sql stable security definer set search_path = identity, pg_temp as $$
  select array(select 'passkey' from passkey where account_id = in_account limit 1)
      || array(select distinct kind from factor where account_id = in_account and confirmed_at is not null order by kind)
$$;
-- +goose StatementEnd

-- As the release before calls it, which knows of one app: the first that counts.
-- +goose StatementBegin
create or replace function identity.factor_get(in_account uuid) returns table (sealed bytea, confirmed boolean, last_step bigint)
language sql stable security definer set search_path = identity, pg_temp as $$
  select sealed, confirmed_at is not null, last_step from factor where account_id = in_account and kind = 'totp' order by confirmed_at, id limit 1
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.factor_step(in_account uuid, in_step bigint) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update factor set last_step = in_step
   where id = (select id from factor where account_id = in_account and kind = 'totp' and confirmed_at is not null order by confirmed_at, id limit 1)
     and last_step < in_step;
  return found;
end $$;
-- +goose StatementEnd

-- A pending secret replaces another pending one; it stands beside those that count.
-- +goose StatementBegin
create or replace function identity.factor_propose(in_account uuid, in_sealed bytea, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into factor (account_id, kind, sealed, created_at) values (in_account, 'totp', in_sealed, in_at)
    on conflict (account_id) where kind = 'totp' and confirmed_at is null do update set sealed = in_sealed, created_at = in_at;
  return true;
end $$;
-- +goose StatementEnd

-- The first app of an account, at sign-in: one that is added to others is not, and
-- is asked for by who has shown one (see app_confirm).
-- +goose StatementBegin
create or replace function identity.factor_confirm(in_account uuid, in_step bigint, in_codes bytea[], in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  fresh int;
begin
  perform from account where id = in_account for no key update;
  update factor set confirmed_at = in_at, last_used_at = in_at, last_step = in_step
   where account_id = in_account and kind = 'totp' and confirmed_at is null
     and not exists (select from factor where account_id = in_account and kind = 'totp' and confirmed_at is not null);
  if not found then
    return null;
  end if;
  delete from recovery_code where account_id = in_account;
  insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  perform identity.mark_factor(in_account);
  return fresh;
end $$;
-- +goose StatementEnd

-- The apps whose codes count, the oldest first.
-- +goose StatementBegin
create function identity.apps_of(in_account uuid) returns table (id uuid, sealed bytea, last_step bigint)
language sql stable security definer set search_path = identity, pg_temp as $$
  select id, sealed, last_step from factor where account_id = in_account and kind = 'totp' and confirmed_at is not null order by confirmed_at, id
$$;
-- +goose StatementEnd

-- The secret that waits for its first code.
-- +goose StatementBegin
create function identity.app_pending(in_account uuid) returns bytea
language sql stable security definer set search_path = identity, pg_temp as $$
  select sealed from factor where account_id = in_account and kind = 'totp' and confirmed_at is null
$$;
-- +goose StatementEnd

-- One use of a step of one app, whatever the number of simultaneous takers.
-- +goose StatementBegin
create function identity.app_step(in_account uuid, in_app uuid, in_step bigint, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update factor set last_step = in_step, last_used_at = in_at
   where account_id = in_account and id = in_app and kind = 'totp' and confirmed_at is not null and last_step < in_step;
  return found;
end $$;
-- +goose StatementEnd

-- Makes the pending secret count, in the place of the app in_replaces where there
-- is one, and ends the sessions. Recovery codes come with it where none is left, or
-- where an app is replaced: the paper may be lost with the telephone. No row when
-- nothing was pending, the app to replace is gone, or there are in_most of them.
-- +goose StatementBegin
create function identity.app_confirm(in_account uuid, in_sealed bytea, in_replaces uuid, in_name text, in_step bigint, in_codes bytea[], in_most int, in_at timestamptz)
returns table (generation int, coded boolean)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
#variable_conflict use_column
declare
  many bigint;
begin
  perform from account where id = in_account for no key update;
  select count(*) into many from factor where account_id = in_account and kind = 'totp' and confirmed_at is not null;
  if in_replaces is null and many >= in_most then
    return;
  end if;
  if in_replaces is not null then
    delete from factor where account_id = in_account and id = in_replaces and kind = 'totp' and confirmed_at is not null;
    if not found then
      return;
    end if;
  end if;
  update factor set confirmed_at = in_at, last_used_at = in_at, last_step = in_step, name = in_name
   where account_id = in_account and kind = 'totp' and confirmed_at is null and sealed = in_sealed;
  if not found then
    raise exception 'account % has no such app to confirm', in_account using errcode = 'no_data_found'; -- takes the app that was to go back too
  end if;
  coded := in_replaces is not null or not exists (select from recovery_code where account_id = in_account and used_at is null);
  if coded then
    delete from recovery_code where account_id = in_account;
    insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  end if;
  update account a set generation = a.generation + 1 where id = in_account returning a.generation into generation;
  perform identity.mark_factor(in_account);
  return next;
end $$;
-- +goose StatementEnd

-- Adds codes by e-mail or SMS as a second factor, and ends the sessions. The mobile
-- is written where there is one.
-- +goose StatementBegin
create or replace function identity.factor_add(in_account uuid, in_kind text, in_mobile text, in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
begin
  update account set generation = generation + 1,
         email_verified_at = case when in_kind = 'email' then coalesce(email_verified_at, in_at) else email_verified_at end,
         mobile = coalesce(nullif(in_mobile, ''), mobile),
         mobile_verified_at = case when in_kind = 'sms' then in_at else mobile_verified_at end
   where id = in_account returning generation into fresh;
  insert into factor (account_id, kind, created_at, confirmed_at, last_used_at) values (in_account, in_kind, in_at, in_at, in_at)
    on conflict (account_id, kind) where kind <> 'totp' do update set confirmed_at = in_at, last_used_at = in_at;
  perform identity.mark_factor(in_account);
  return fresh;
end $$;
-- +goose StatementEnd

drop function identity.factor_remove(uuid, text);
drop function identity.factor_replace(uuid, bytea, bigint, bytea[], timestamptz);

-- Takes one away and ends the sessions: null when it was not there, 0 when what is
-- left would be less than in_floor ('', any or strong), and nothing was changed.
-- Recovery codes go with the last strong one.
-- +goose StatementBegin
create function identity.factor_remove(in_account uuid, in_factor uuid, in_floor text) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
  rest  text[];
begin
  perform from account where id = in_account for no key update;
  perform from factor where account_id = in_account and id = in_factor and confirmed_at is not null;
  if not found then
    return null;
  end if;
  rest := array(select kind from factor where account_id = in_account and confirmed_at is not null and id <> in_factor)
        || array(select 'passkey' from passkey where account_id = in_account limit 1);
  if in_floor = 'any' and rest = '{}' or in_floor = 'strong' and not rest && array['totp', 'passkey'] then
    return 0;
  end if;
  delete from factor where id = in_factor;
  if not rest && array['totp', 'passkey'] then
    delete from recovery_code where account_id = in_account;
  end if;
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  perform identity.mark_factor(in_account);
  return fresh;
end $$;
-- +goose StatementEnd

-- The second factors of an account as its owner sees them, but for passkeys.
-- +goose StatementBegin
create function identity.own_factors(in_account uuid)
returns table (id uuid, kind text, name text, since timestamptz, last_used timestamptz, target text)
language sql stable security definer set search_path = identity, pg_temp as $$
  select f.id, f.kind, f.name, f.confirmed_at, f.last_used_at,
         case f.kind when 'email' then coalesce(a.email, '') when 'sms' then coalesce(a.mobile, '') else '' end
    from factor f join account a on a.id = f.account_id
   where f.account_id = in_account and f.confirmed_at is not null
   order by array_position(array['totp', 'sms', 'email'], f.kind), f.confirmed_at, f.id
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.factor_shown(in_account uuid, in_method text, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set last_method = in_method where id = in_account and last_method is distinct from in_method;
  update factor set last_used_at = in_at where account_id = in_account and kind = in_method and kind <> 'totp' and confirmed_at is not null
$$;
-- +goose StatementEnd

-- Browsers ------------------------------------------------------------------------------

-- Notes that someone came in from a browser; true where it is new to an account
-- that was come into from another before.
-- +goose StatementBegin
create function identity.device_seen(in_hash bytea, in_account uuid, in_agent text, in_address text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  known boolean;
  fresh boolean;
begin
  known := exists (select from device where account_id = in_account);
  insert into device as d (hash, account_id, agent, address, created_at, seen_at) values (in_hash, in_account, in_agent, in_address, in_at, in_at)
  on conflict (hash) do update set agent = in_agent, address = in_address, seen_at = in_at where d.account_id = in_account
  returning xmax = 0 into fresh;
  return known and coalesce(fresh, false);
end $$;
-- +goose StatementEnd

-- Forgets browsers that nobody came in from for 400 days, as long as browsers keep
-- what knows them; the last one of an account stays, so that the next is news.
-- +goose StatementBegin
create function identity.devices_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with old as (
    select hash from device d
     where seen_at < in_at - interval '400 days'
       and exists (select from device n where n.account_id = d.account_id and (n.seen_at, n.hash) > (d.seen_at, d.hash)) for update skip locked),
  gone as (delete from device d using old where d.hash = old.hash returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['apps_of(uuid)', 'app_pending(uuid)', 'app_step(uuid, uuid, bigint, timestamptz)',
    'app_confirm(uuid, bytea, uuid, text, bigint, bytea[], int, timestamptz)', 'factor_remove(uuid, uuid, text)', 'own_factors(uuid)',
    'factor_shown(uuid, text, timestamptz)', 'device_seen(bytea, uuid, text, text, timestamptz)', 'devices_sweep(timestamptz)'] loop
    execute format('revoke all on function identity.%s from public', f);
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
