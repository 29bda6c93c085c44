-- Second factors: which ones an account has, codes that are sent, devices that
-- are remembered, and what is set for a person.

-- +goose Up

-- What was set for the person, beside what the place and their roles ask.
alter table resource
  add column factor_asked text not null default '' constraint resource_factor_asked check (factor_asked in ('', 'any', 'strong'));

set local role habilis_identity;

alter table identity.account add column last_method text; -- shown as second factor, the last time

-- A code that was asked for in a flow: the sign-in that goes on, by its id. The
-- worker mints it when it sends; a newer ask takes its place.
drop table identity.factor_code;
create table identity.factor_code (
  account_id uuid not null references identity.account on delete cascade,
  flow       uuid not null,
  ask        uuid not null,
  purpose    text not null check (purpose in ('show', 'add')),
  kind       text not null check (kind in ('email', 'sms')),
  target     text, -- the mobile to add; null sends to the account's own
  hash       bytea check (length(hash) = 32), -- keyed; null until it is minted
  asked_at   timestamptz not null,
  expires_at timestamptz, -- once it is minted
  refused    boolean not null default false, -- by the mail server or the gateway
  used_at    timestamptz,
  primary key (account_id, flow)
);
create index factor_code_age on identity.factor_code (asked_at);

-- The second factors of an account, by what they are called in the code.
-- +goose StatementBegin
create function identity.methods(in_account uuid) returns text[]
language sql stable security definer set search_path = identity, pg_temp as $$
  select array(select 'passkey' from passkey where account_id = in_account limit 1)
      || array(select kind from factor where account_id = in_account and confirmed_at is not null order by kind)
$$;
-- +goose StatementEnd

drop function identity.sign_in_lookup(text, text);
-- By user name (capitals count) or by the canonical key of an e-mail.
-- +goose StatementBegin
create function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, email_key text, locale text, password_hash text, must_change boolean,
               factor boolean, methods text[], operator boolean, places bigint, generation int)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.locale, coalesce(a.password_hash, ''), a.must_change,
         identity.methods(a.id) <> '{}', identity.methods(a.id),
         exists (select from operator o where o.account_id = a.id),
         (select count(*) from membership m
            join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
            join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
           where m.account_id = a.id),
         a.generation
    from account a
   where a.username = in_username or a.email_key = in_email_key
   order by a.username = in_username desc
   limit 1
$$;
-- +goose StatementEnd

-- One mailbox is never two factors: a code that is mailed to in_mailbox proves
-- something more than the password only if neither the password was set through
-- that mailbox, nor the sign-in that goes on began with a secret that it received.
-- +goose StatementBegin
create function identity.mailbox_counts(in_mailbox text, in_password text, in_through text) returns boolean
language sql immutable security definer set search_path = identity, pg_temp as $$
  select in_mailbox is not null and in_mailbox is distinct from in_password and in_mailbox is distinct from nullif(in_through, '')
$$;
-- +goose StatementEnd

-- What an account can show. in_through is the mailbox of the secret with which
-- the sign-in began, empty for none.
-- +goose StatementBegin
create function identity.factors_of(in_account uuid, in_through text)
returns table (methods text[], recovery bigint, email text, email_counts boolean, mobile text, last text, operator boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select identity.methods(a.id),
         (select count(*) from recovery_code c where c.account_id = a.id and c.used_at is null),
         coalesce(a.email, ''), identity.mailbox_counts(a.email_key, a.password_mailbox, in_through), coalesce(a.mobile, ''),
         coalesce(a.last_method, ''), exists (select from operator o where o.account_id = a.id)
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.factor_shown(in_account uuid, in_method text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set last_method = in_method where id = in_account and last_method is distinct from in_method
$$;
-- +goose StatementEnd

-- Codes -----------------------------------------------------------------------

-- Voids the flow's code, and makes room for another.
-- +goose StatementBegin
create function identity.code_ask(in_account uuid, in_flow uuid, in_ask uuid, in_purpose text, in_kind text, in_target text, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into factor_code (account_id, flow, ask, purpose, kind, target, asked_at)
  values (in_account, in_flow, in_ask, in_purpose, in_kind, nullif(in_target, ''), in_at)
  on conflict (account_id, flow) do update set ask = in_ask, purpose = in_purpose, kind = in_kind, target = nullif(in_target, ''),
    hash = null, asked_at = in_at, expires_at = null, refused = false, used_at = null
$$;
-- +goose StatementEnd

-- Where an asked code goes, and how its reader is spoken to; no row for one that
-- was replaced, used, or asked for more than ten minutes ago. It is stored first.
-- +goose StatementBegin
create function identity.code_mint(in_account uuid, in_flow uuid, in_ask uuid, in_hash bytea, in_at timestamptz, in_expires timestamptz)
returns table (target text, locale text)
language sql volatile security definer set search_path = identity, pg_temp as $$
  update factor_code c set hash = in_hash, expires_at = in_expires
    from account a
   where c.account_id = in_account and c.flow = in_flow and c.ask = in_ask and c.used_at is null and c.asked_at > in_at - interval '10 minutes'
     and a.id = c.account_id
  returning coalesce(c.target, case c.kind when 'email' then a.email else a.mobile end, ''), a.locale
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.code_refused(in_account uuid, in_flow uuid, in_ask uuid) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update factor_code set refused = true where account_id = in_account and flow = in_flow and ask = in_ask
$$;
-- +goose StatementEnd

-- The code that a flow waits for, if any.
-- +goose StatementBegin
create function identity.code_state(in_account uuid, in_flow uuid, in_at timestamptz)
returns table (purpose text, kind text, target text, refused boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select purpose, kind, coalesce(target, ''), refused from factor_code
   where account_id = in_account and flow = in_flow and used_at is null
     and coalesce(expires_at, asked_at + interval '10 minutes') > in_at
$$;
-- +goose StatementEnd

-- One use, of one flow, for what it was asked for: of any number of simultaneous
-- takers one gets its target (empty for the account's own), the others null. A
-- code proves where it was sent.
-- +goose StatementBegin
create function identity.code_take(in_account uuid, in_flow uuid, in_purpose text, in_kind text, in_hashes bytea[], in_at timestamptz) returns text
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  sent text;
begin
  perform from account where id = in_account for no key update;
  update factor_code set used_at = in_at
   where account_id = in_account and flow = in_flow and purpose = in_purpose and kind = in_kind and hash = any (in_hashes)
     and used_at is null and expires_at > in_at
  returning coalesce(target, '') into sent;
  if not found then
    return null;
  end if;
  if in_purpose = 'show' then
    update account set email_verified_at = case when in_kind = 'email' then coalesce(email_verified_at, in_at) else email_verified_at end,
                       mobile_verified_at = case when in_kind = 'sms' then coalesce(mobile_verified_at, in_at) else mobile_verified_at end
     where id = in_account;
  end if;
  return sent;
end $$;
-- +goose StatementEnd

-- Codes are of no use after an hour.
-- +goose StatementBegin
create function identity.codes_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with old as (select account_id, flow from factor_code where asked_at < in_at - interval '1 hour' for update skip locked),
  gone as (delete from factor_code c using old o where c.account_id = o.account_id and c.flow = o.flow returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

-- Setting up and taking away -----------------------------------------------------

-- Writes beside each of the account's people which second factor it has, the
-- strongest: the last lock of the order.
-- +goose StatementBegin
create function identity.mark_factor(in_account uuid) returns void
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account order by p.tenant_id for no key update of p),
  has as (
    select case when 'passkey' = any (all_of) then 'passkey' when 'totp' = any (all_of) then 'app'
                when 'sms' = any (all_of) then 'sms' when 'email' = any (all_of) then 'email' else '' end strongest
      from (select identity.methods(in_account) all_of) m)
  update presence p set second_factor = strongest from held h, has where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id
$$;
-- +goose StatementEnd

-- Adds codes by e-mail or SMS as a second factor of an account whose owner has
-- shown one; ends the sessions. The mobile is written where there is one.
-- +goose StatementBegin
create function identity.factor_add(in_account uuid, in_kind text, in_mobile text, in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
begin
  update account set generation = generation + 1,
         email_verified_at = case when in_kind = 'email' then coalesce(email_verified_at, in_at) else email_verified_at end,
         mobile = coalesce(nullif(in_mobile, ''), mobile),
         mobile_verified_at = case when in_kind = 'sms' then in_at else mobile_verified_at end
   where id = in_account returning generation into fresh;
  insert into factor (account_id, kind, created_at, confirmed_at) values (in_account, in_kind, in_at, in_at)
    on conflict (account_id, kind) do update set confirmed_at = in_at;
  perform identity.mark_factor(in_account);
  return fresh;
end $$;
-- +goose StatementEnd

-- Takes one away and ends the sessions; null when it was not there. Recovery
-- codes go with the last strong one.
-- +goose StatementBegin
create function identity.factor_remove(in_account uuid, in_kind text) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
begin
  perform from account where id = in_account for no key update;
  delete from factor where account_id = in_account and kind = in_kind and confirmed_at is not null;
  if not found then
    return null;
  end if;
  if not identity.methods(in_account) && array['totp', 'passkey'] then
    delete from recovery_code where account_id = in_account;
  end if;
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  perform identity.mark_factor(in_account);
  return fresh;
end $$;
-- +goose StatementEnd

-- Puts another app in the place of the confirmed one, with fresh recovery codes,
-- and ends the sessions; null when there was none.
-- +goose StatementBegin
create function identity.factor_replace(in_account uuid, in_sealed bytea, in_step bigint, in_codes bytea[], in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
begin
  perform from account where id = in_account for no key update;
  update factor set sealed = in_sealed, last_step = in_step, created_at = in_at, confirmed_at = in_at
   where account_id = in_account and kind = 'totp' and confirmed_at is not null;
  if not found then
    return null;
  end if;
  delete from recovery_code where account_id = in_account;
  insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  return fresh;
end $$;
-- +goose StatementEnd

-- Fresh recovery codes in the place of the ones before; ends the sessions. Null
-- where there is nothing strong that they could replace.
-- +goose StatementBegin
create function identity.recovery_renew(in_account uuid, in_codes bytea[]) returns int
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  fresh int;
begin
  perform from account where id = in_account for no key update;
  if not identity.methods(in_account) && array['totp', 'passkey'] then
    return null;
  end if;
  delete from recovery_code where account_id = in_account;
  insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  return fresh;
end $$;
-- +goose StatementEnd

-- Codes have somewhere to go as long as they are a factor.
-- +goose StatementBegin
create function identity.factor_keeps_address() returns trigger
language plpgsql security definer set search_path = identity, pg_temp as $$
begin
  if exists (select from factor f where f.account_id = new.id and f.confirmed_at is not null
                and (f.kind = 'email' and new.email is null or f.kind = 'sms' and new.mobile is null)) then
    raise exception 'account % would keep a second factor without its address', new.id using errcode = 'check_violation', constraint = 'factor_keeps_address';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger factor_keeps_address before update of email, mobile on identity.account
  for each row when (new.email is null or new.mobile is null) execute function identity.factor_keeps_address();

-- Of a person of the place of the setting ---------------------------------------------

-- Whether the place may decide of the account's second factor: no other place has
-- the person among its active ones, and support doesn't.
-- +goose StatementBegin
create function identity.factor_ours(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select exists (select from membership m where m.account_id = in_account and m.tenant_id = current_setting('habilis.tenant')::uuid)
     and not exists (select from membership m join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
                       join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
                      where m.account_id = in_account and m.tenant_id <> current_setting('habilis.tenant')::uuid)
     and not exists (select from operator o where o.account_id = in_account)
$$;
-- +goose StatementEnd

-- What the place sees of it. A mailed code may be turned on where the mailbox
-- proves something more than the password does.
-- +goose StatementBegin
create function identity.factor_here(in_account uuid)
returns table (methods text[], mobile text, ours boolean, email_counts boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select identity.methods(a.id), coalesce(a.mobile, ''), identity.factor_ours(a.id),
         a.password_hash is not null and identity.mailbox_counts(a.email_key, a.password_mailbox, '')
    from account a join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
   where a.id = in_account
$$;
-- +goose StatementEnd

-- Sets by which messages a person of the place shows a second factor: email, sms
-- or neither. The sessions end where something was taken away or the number is
-- another; what is only asked from now on is asked of those that run.
-- +goose StatementBegin
create function identity.factor_set_here(in_account uuid, in_kind text, in_mobile text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  ended boolean;
begin
  perform from account where id = in_account for no key update;
  if not identity.factor_ours(in_account) then
    return false;
  end if;
  delete from factor where account_id = in_account and kind in ('email', 'sms') and kind <> in_kind;
  ended := found or exists (select from account where id = in_account and in_kind = 'sms' and mobile <> in_mobile);
  update account set mobile = nullif(in_mobile, ''), mobile_verified_at = case when mobile = in_mobile then mobile_verified_at end
   where id = in_account and in_kind = 'sms';
  if in_kind <> '' then
    insert into factor (account_id, kind, created_at, confirmed_at) values (in_account, in_kind, in_at, in_at) on conflict do nothing;
  end if;
  if ended then
    update account set generation = generation + 1 where id = in_account;
  end if;
  perform identity.mark_factor(in_account);
  return true;
end $$;
-- +goose StatementEnd

-- Devices -----------------------------------------------------------------------------

-- Whatever ends an account's sessions ends what its devices are trusted with:
-- another password, another factor, signing out everywhere.
-- +goose StatementBegin
create function identity.devices_forgotten() returns trigger
language plpgsql security definer set search_path = identity, pg_temp as $$
begin
  update device set factor_at = null where account_id = new.id and factor_at is not null;
  return null;
end $$;
-- +goose StatementEnd
create trigger devices_forgotten after update of generation on identity.account
  for each row when (old.generation <> new.generation) execute function identity.devices_forgotten();

-- +goose StatementBegin
create function identity.device_remember(in_hash bytea, in_account uuid, in_agent text, in_address text, in_strong boolean, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into device (hash, account_id, agent, address, created_at, seen_at, factor_at, factor_strong)
  select in_hash, in_account, in_agent, in_address, in_at, in_at, in_at, in_strong
   where not exists (select from operator where account_id = in_account)
  on conflict (hash) do update set agent = in_agent, address = in_address, seen_at = in_at, factor_at = in_at, factor_strong = in_strong
   where device.account_id = in_account
$$;
-- +goose StatementEnd

-- For how many days the most trusting of an account's places remembers a device;
-- none does an operator's.
-- +goose StatementBegin
create function identity.remember_days(in_account uuid) returns int
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select case when exists (select from operator where account_id = in_account) then 0 else
    coalesce((select max((t.policies->>'remember_days')::int) from membership m
                join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
                join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
               where m.account_id = in_account), 0) end
$$;
-- +goose StatementEnd

-- When a second factor was last shown on a device, if one of the account's places
-- still goes by that.
-- +goose StatementBegin
create function identity.device_waives(in_hash bytea, in_account uuid, in_at timestamptz) returns table (at timestamptz, strong boolean)
language sql volatile security definer set search_path = identity, pg_temp as $$
  update device set seen_at = in_at
   where hash = in_hash and account_id = in_account and factor_at > in_at - make_interval(days => identity.remember_days(in_account))
  returning factor_at, factor_strong
$$;
-- +goose StatementEnd

-- The devices that are remembered, for at most in_days.
-- +goose StatementBegin
create function identity.devices_of(in_account uuid, in_at timestamptz)
returns table (hash bytea, agent text, address text, seen timestamptz, remembered timestamptz)
language sql stable security definer set search_path = identity, pg_temp as $$
  select hash, agent, address, seen_at, factor_at from device
   where account_id = in_account and factor_at > in_at - make_interval(days => identity.remember_days(in_account))
   order by seen_at desc
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.device_forget(in_hash bytea, in_account uuid) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update device set factor_at = null where hash = in_hash and account_id = in_account and factor_at is not null;
  return found;
end $$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['methods(uuid)', 'sign_in_lookup(text, text)', 'mailbox_counts(text, text, text)', 'factors_of(uuid, text)', 'factor_shown(uuid, text)',
    'code_ask(uuid, uuid, uuid, text, text, text, timestamptz)', 'code_mint(uuid, uuid, uuid, bytea, timestamptz, timestamptz)',
    'code_refused(uuid, uuid, uuid)', 'code_state(uuid, uuid, timestamptz)', 'code_take(uuid, uuid, text, text, bytea[], timestamptz)', 'codes_sweep(timestamptz)',
    'mark_factor(uuid)', 'factor_add(uuid, text, text, timestamptz)', 'factor_remove(uuid, text)', 'factor_replace(uuid, bytea, bigint, bytea[], timestamptz)',
    'recovery_renew(uuid, bytea[])', 'factor_keeps_address()', 'factor_ours(uuid)', 'factor_here(uuid)', 'factor_set_here(uuid, text, text, timestamptz)',
    'devices_forgotten()', 'device_remember(bytea, uuid, text, text, boolean, timestamptz)', 'remember_days(uuid)', 'device_waives(bytea, uuid, timestamptz)',
    'devices_of(uuid, timestamptz)', 'device_forget(bytea, uuid)'] loop
    execute format('revoke all on function identity.%s from public', f);
    if f not in ('factor_keeps_address()', 'devices_forgotten()', 'factor_ours(uuid)', 'methods(uuid)', 'mailbox_counts(text, text, text)',
                 'remember_days(uuid)') then -- for the functions above alone
      execute format('grant execute on function identity.%s to habilis_app', f);
    end if;
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
