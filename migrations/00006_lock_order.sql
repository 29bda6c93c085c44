-- One order of locks for all (docs/data-model.md): the place, its people and
-- their headcount, throttles by their key, the account, the rest of the account,
-- presences. What only sweeps waits for nobody. Same names, arguments and answers
-- as before.

-- +goose Up
set local role habilis_identity;

-- +goose StatementBegin
create or replace function identity.email_correct(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for update;
  if not exists (select from identity.account_here(in_account) h where h.email_ours) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set email = in_email, email_key = in_email_key where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- The account's people are locked first, wherever they are: archiving one of
-- them holds it, and goes on to the account.
-- +goose StatementBegin
create or replace function identity.password_set(in_account uuid, in_hash text, in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  person record;
  fresh  int;
begin
  for person in
    select r.tenant_id, r.id from membership m
      join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
     where m.account_id = in_account
     order by r.tenant_id
       for no key update of r
  loop
    update resource set state = 'active' where tenant_id = person.tenant_id and id = person.id and state = 'pending';
  end loop;
  perform from account where id = in_account for no key update;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, generation = generation + 1
   where id = in_account returning generation into fresh;
  return fresh;
end $$;
-- +goose StatementEnd

-- Under the account's lock, so that of two places that mint at once one
-- password lives.
-- +goose StatementBegin
create or replace function identity.token_mint(in_hash bytea, in_purpose text, in_account uuid, in_tenant uuid, in_at timestamptz, in_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for no key update;
  update token set voided_at = in_at where account_id = in_account and purpose = in_purpose and used_at is null and voided_at is null;
  insert into token (hash, purpose, account_id, tenant_id, created_at, expires_at) values (in_hash, in_purpose, in_account, in_tenant, in_at, in_expires);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.token_void(in_account uuid, in_tenant uuid, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for no key update;
  update token set voided_at = in_at where account_id = in_account and tenant_id = in_tenant and used_at is null and voided_at is null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.token_take(in_hash bytea, in_purpose text, in_account uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  perform from account where id = in_account for no key update;
  update token set used_at = in_at
   where hash = in_hash and purpose = in_purpose and account_id = in_account
     and used_at is null and voided_at is null and expires_at > in_at
     and (exists (select from membership m join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
                   where m.account_id = in_account and m.tenant_id = token.tenant_id and r.state <> 'archived')
       or token.tenant_id = '00000000-0000-0000-0000-000000000000' -- of no place: an operator's, from the console
          and exists (select from operator o where o.account_id = in_account));
  if not found then
    return false;
  end if;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email is not null;
  return true;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.factor_confirm(in_account uuid, in_step bigint, in_codes bytea[], in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  fresh int;
begin
  perform from account where id = in_account for no key update;
  update factor set confirmed_at = in_at, last_step = in_step where account_id = in_account and kind = 'totp' and confirmed_at is null;
  if not found then
    return null;
  end if;
  delete from recovery_code where account_id = in_account;
  insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account order by p.tenant_id for no key update of p)
  update presence p set second_factor = 'app' from held h where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id;
  return fresh;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.mark_failures(in_account uuid, in_failures int, in_blocked_until timestamptz) returns void
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account order by p.tenant_id for no key update of p)
  update presence p set failures = in_failures, blocked_until = coalesce(in_blocked_until, '-infinity')
    from held h where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.signed_in(in_account uuid, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  update account set last_sign_in_at = in_at where id = in_account;
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account and p.failures > 0 order by p.tenant_id for no key update of p)
  update presence p set failures = 0, blocked_until = '-infinity'
    from held h where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.sign_in_known(in_pair text, in_login text, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into throttle values ('known:' || in_pair, 0, in_at, '-infinity') on conflict (key) do update set last_at = in_at;
  delete from throttle where key = in_login;
  delete from throttle where key = in_pair;
end $$;
-- +goose StatementEnd

-- What someone holds is in use, and waits for the next sweep.
-- +goose StatementBegin
create or replace function identity.throttles_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with old as (
    select key from throttle
     where blocked_until <= in_at
       and last_at < in_at - case when starts_with(key, 'known:') then interval '90 days' else interval '1 hour' end
       for update skip locked),
  gone as (delete from throttle t using old where t.key = old.key returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.sessions_sweep(in_at timestamptz, in_idle interval) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with old as (
    select token from session
     where (expires_at <= in_at or seen_at < in_at - in_idle) and seen_at < in_at - interval '10 minutes'
       for update skip locked),
  gone as (delete from session s using old where s.token = old.token returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

reset role;

-- +goose Down
select 1;
