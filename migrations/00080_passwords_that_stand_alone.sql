-- A password that does only beside a second factor has to be replaced where the last
-- such factor goes. CNIL, deliberation 2022-100; NIST SP 800-63B-4, 3.1.1.

-- +goose Up
set local role habilis_identity;

alter table identity.account
  add column password_alone boolean not null default false, -- the password meets the floor of one that stands alone; false where unknown
  add column factor_gone    boolean not null default false; -- must_change, since what the password did beside is gone: nobody else knows it

-- Whether these are factors beside which a shorter password does. A code by e-mail is
-- none: the same mailbox sets another password.
-- +goose StatementBegin
create function identity.lowers_floor(in_methods text[]) returns boolean
language sql immutable security definer set search_path = identity, pg_temp as $$
  select in_methods && array['passkey', 'totp', 'sms']
$$;
-- +goose StatementEnd

-- After the factors of an account, which is held, became fewer: its password has to be
-- replaced where the last beside which it does is gone, and it can't stand alone.
-- +goose StatementBegin
create function identity.factors_went(in_account uuid, in_before text[], in_rest text[]) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set must_change = true, factor_gone = true
   where id = in_account and password_hash is not null and not password_alone and not must_change
     and identity.lowers_floor(in_before) and not identity.lowers_floor(in_rest)
$$;
-- +goose StatementEnd

-- Whether an account's password may stand alone, and whether it has to be replaced
-- since it may not. What isn't there needn't be replaced.
-- +goose StatementBegin
create function identity.password_stands(in_account uuid) returns table (alone boolean, outgrown boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select password_alone or password_hash is null, must_change and factor_gone from account where id = in_account
$$;
-- +goose StatementEnd

-- As before, with whether the password may stand alone, null where that is unknown. It
-- returns null where it may not, and what it was to stand beside went meanwhile: the
-- caller then undoes it all.
-- +goose StatementBegin
create function identity.password_set(in_account uuid, in_hash text, in_alone boolean, in_mailbox text, in_at timestamptz) returns int
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
  if in_alone is false and not identity.lowers_floor(identity.methods(in_account)) then
    return null;
  end if;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, password_mailbox = nullif(in_mailbox, ''), must_change = false,
         password_alone = coalesce(in_alone, false), factor_gone = false, generation = generation + 1
   where id = in_account returning generation into fresh;
  return fresh;
end $$;
-- +goose StatementEnd

-- As the release before calls it.
-- +goose StatementBegin
create or replace function identity.password_set(in_account uuid, in_hash text, in_mailbox text, in_at timestamptz) returns int
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  select identity.password_set(in_account, in_hash, null::boolean, in_mailbox, in_at)
$$;
-- +goose StatementEnd

-- As before; its owner replaces it, whatever it is.
-- +goose StatementBegin
create or replace function identity.password_by_hand(in_account uuid, in_hash text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, null, in_at) then
    return false;
  end if;
  perform identity.lay_hand(in_account, in_at);
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, password_mailbox = null, must_change = true,
         password_alone = false, factor_gone = false, generation = generation + 1
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- As before, with the password.
-- +goose StatementBegin
create or replace function identity.factor_remove(in_account uuid, in_factor uuid, in_floor text) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
  gone  text;
  rest  text[];
begin
  perform from account where id = in_account for no key update;
  select kind into gone from factor where account_id = in_account and id = in_factor and confirmed_at is not null;
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
  perform identity.factors_went(in_account, rest || gone, rest);
  perform identity.mark_factor(in_account);
  return fresh;
end $$;
-- +goose StatementEnd

-- As before, with the password.
-- +goose StatementBegin
create or replace function identity.passkey_remove(in_account uuid, in_handle uuid, in_last boolean) returns table (generation int)
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
  perform identity.factors_went(in_account, '{passkey}', identity.methods(in_account));
  perform identity.mark_factor(in_account);
  return next;
end $$;
-- +goose StatementEnd

-- As before, with the password.
-- +goose StatementBegin
create or replace function identity.factors_reset(in_account uuid, in_operator uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  gone text[];
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return false;
  end if;
  gone := identity.methods(in_account);
  if gone = '{}' then
    return false;
  end if;
  insert into hand (account_id, tenant_id, at)
  values (in_account, case when in_operator is null then current_setting('habilis.tenant')::uuid else '00000000-0000-0000-0000-000000000000' end, in_at);
  delete from factor where account_id = in_account;
  delete from passkey where account_id = in_account;
  delete from recovery_code where account_id = in_account;
  delete from factor_code where account_id = in_account;
  update account set must_enrol = true, generation = generation + 1 where id = in_account;
  perform identity.factors_went(in_account, gone, '{}');
  perform identity.mark_factor(in_account);
  return true;
end $$;
-- +goose StatementEnd

-- As before, with the password: another number is another factor.
-- +goose StatementBegin
create or replace function identity.factor_set_here(in_account uuid, in_kind text, in_mobile text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  ended boolean;
  moved boolean;
  held  text[];
begin
  perform from account where id = in_account for no key update;
  if not identity.factor_ours(in_account) then
    return false;
  end if;
  held := identity.methods(in_account);
  delete from factor where account_id = in_account and kind in ('email', 'sms') and kind <> in_kind;
  ended := found;
  moved := exists (select from account where id = in_account and in_kind = 'sms' and mobile <> in_mobile);
  update account set mobile = nullif(in_mobile, ''), mobile_verified_at = case when mobile = in_mobile then mobile_verified_at end
   where id = in_account and in_kind = 'sms';
  if in_kind <> '' then
    insert into factor (account_id, kind, created_at, confirmed_at) values (in_account, in_kind, in_at, in_at) on conflict do nothing;
  end if;
  if ended or moved then
    update account set generation = generation + 1 where id = in_account;
    if identity.came_in(in_account) then
      perform identity.lay_hand(in_account, in_at);
    end if;
  end if;
  perform identity.factors_went(in_account, held, array_remove(identity.methods(in_account), case when moved then 'sms' end));
  perform identity.mark_factor(in_account);
  return true;
end $$;
-- +goose StatementEnd

-- As before, and what its password was is forgotten.
-- +goose StatementBegin
create or replace function identity.account_afresh(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  perform identity.lay_hand(in_account, in_at);
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  delete from factor where account_id = in_account;
  delete from passkey where account_id = in_account;
  delete from recovery_code where account_id = in_account;
  delete from factor_code where account_id = in_account;
  delete from device where account_id = in_account;
  update account set email = nullif(in_email, ''), email_key = nullif(in_email_key, ''), email_verified_at = null, email_named_at = null,
         password_hash = null, password_set_at = null, password_mailbox = null, must_change = false, must_enrol = false,
         password_alone = false, factor_gone = false,
         pending_email = null, pending_email_key = null, pending_email_at = null, pending_email_by = null, pending_email_in = null,
         backup_email = null, backup_email_key = null, backup_email_set_at = null, backup_email_set_by = null, backup_email_set_in = null,
         backup_email_verified_at = null, mobile = null, mobile_verified_at = null, generation = generation + 1
   where id = in_account;
  perform identity.mark_factor(in_account);
end $$;
-- +goose StatementEnd

-- A password that its owner has to replace is theirs all the same.
-- +goose StatementBegin
create or replace function identity.came_in(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.last_sign_in_at is not null or a.email_verified_at is not null or a.password_hash is not null and (not a.must_change or a.factor_gone)
      or exists (select from token t where t.account_id = a.id and t.used_at is not null and t.purpose in ('activation', 'temporary_password', 'reset'))
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.account_here(in_account uuid) returns table (locale text, email_verified boolean, activated boolean, email_ours boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.locale, a.email_verified_at is not null,
         a.password_hash is not null and (not a.must_change or a.factor_gone or a.last_sign_in_at is not null),
         not identity.came_in(a.id) and identity.authority(a.id) = 'ours'
    from account a join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
   where a.id = in_account
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.account_correct(in_account uuid, in_family text, in_given text, in_phone text, in_locale text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account a set family = in_family, given = in_given, phone = nullif(in_phone, ''), locale = in_locale
    from membership m
   where a.id = in_account and (a.password_hash is null or a.must_change and not a.factor_gone and a.last_sign_in_at is null)
     and m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
$$;
-- +goose StatementEnd

-- As before; factor is one beside which a shorter password does.
-- +goose StatementBegin
create or replace function identity.account_get(in_account uuid)
returns table (id uuid, username text, family text, given text, email text, email_key text, email_verified boolean, locale text,
               factor boolean, operator boolean, generation int)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.email_verified_at is not null, a.locale,
         identity.lowers_floor(identity.methods(a.id)),
         exists (select from operator o where o.account_id = a.id),
         a.generation
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

drop function identity.sign_in_lookup(text, text);

-- As before, with why the password has to be replaced.
-- +goose StatementBegin
create function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, email_key text, locale text, password_hash text, must_change boolean,
               factor_gone boolean, methods text[], operator boolean, places bigint, generation int)
language plpgsql stable security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
declare
  owner uuid := identity.login_owner(in_username, in_email_key);
begin
  return query
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.locale, coalesce(a.password_hash, ''), a.must_change,
         a.factor_gone, identity.methods(a.id),
         exists (select from operator o where o.account_id = a.id),
         (select count(*) from membership m
            join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
            join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
           where m.account_id = a.id),
         a.generation
    from account a
   where a.id = owner;
end $$;
-- +goose StatementEnd

drop function identity.help_here(uuid, timestamptz);

-- As before, with whether the person has to replace a password of their own, and has a
-- factor beside which a shorter one does.
-- +goose StatementBegin
create function identity.help_here(in_account uuid, in_at timestamptz)
returns table (authority text, came_in boolean, activated boolean, must_change boolean, outgrown boolean, factor boolean, beside boolean,
               held_until timestamptz, backup text, backup_at timestamptz, backup_verified_at timestamptz, backup_opens_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select w.ours, identity.came_in(a.id), a.password_hash is not null, a.must_change and not a.factor_gone, a.must_change and a.factor_gone,
         identity.methods(a.id) <> '{}', identity.lowers_floor(identity.methods(a.id)),
         nullif(identity.held_until(a.id), '-infinity'),
         case when w.ours = 'ours' then coalesce(a.backup_email, '') else '' end,
         case when w.ours = 'ours' then a.backup_email_set_at end,
         case when w.ours = 'ours' then a.backup_email_verified_at end,
         case when w.ours = 'ours' then identity.backup_opens_at(a.id) end
    from account a
   cross join lateral (select identity.authority(a.id, in_at) ours) w
   where a.id = in_account and w.ours is not null
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['lowers_floor(text[])', 'factors_went(uuid, text[], text[])', 'password_stands(uuid)',
    'password_set(uuid, text, boolean, text, timestamptz)', 'sign_in_lookup(text, text)', 'help_here(uuid, timestamptz)'] loop
    execute format('revoke all on function identity.%s from public', f);
  end loop;
  foreach f in array array['password_stands(uuid)', 'password_set(uuid, text, boolean, text, timestamptz)',
    'sign_in_lookup(text, text)', 'help_here(uuid, timestamptz)'] loop
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
