-- Helping who can't get in: whose an account is to help with, what may then be
-- done to it, and what is asked of support where it is not.

-- +goose Up
create table help_request (
  tenant_id    uuid not null references tenant,
  id           uuid not null,
  resource_id  uuid not null,
  what         text not null check (what in ('backup_email', 'factor')),
  address      text not null default '' check (length(address) <= 254), -- the one asked for
  note         text not null default '',
  state        text not null default 'open' check (state in ('open', 'done', 'refused')),
  requested_by uuid not null, -- resource
  created_at   timestamptz not null,
  answered_at  timestamptz,
  answered_by  uuid,          -- the operator's account
  reason       text not null default '',
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references resource,
  foreign key (tenant_id, requested_by) references resource,
  check ((state = 'open') = (answered_at is null)),
  check ((what = 'backup_email') = (address <> ''))
);
create unique index help_request_open on help_request (tenant_id, resource_id, what) where state = 'open';
create index help_request_queue on help_request (created_at, tenant_id, id) where state = 'open';
alter table help_request enable row level security;
alter table help_request force row level security;
create policy own_tenant on help_request to habilis_app
  using (tenant_id = current_setting('habilis.tenant')::uuid)
  with check (tenant_id = current_setting('habilis.tenant')::uuid);
create policy identity_reads on help_request for select to habilis_identity using (true);
grant select, insert, update on help_request to habilis_app;
grant select on help_request to habilis_identity;

set local role habilis_identity;

alter table identity.account add column must_enrol boolean not null default false; -- a second factor was taken away: another is set up at the next sign-in
create index account_backup on identity.account (backup_email_key) where backup_email_key is not null;
create index account_mobile on identity.account (mobile) where mobile is not null;
create index throttle_prefix on identity.throttle (key text_pattern_ops); -- the pairs of one login

-- Whose an account is to help with, seen from the place of the setting: 'ours'
-- where nobody else counts on it, 'shared' where another place does, has invited
-- its owner, or support is at work with it; null for who is not of the place.
-- +goose StatementBegin
create function identity.authority(in_account uuid, in_at timestamptz default now()) returns text
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select case
    when r.state <> 'archived' and t.state = 'open'
     and not exists (select from operator o where o.account_id = a.id)
     and not exists (select from membership m2
           join resource r2 on r2.tenant_id = m2.tenant_id and r2.id = m2.resource_id and r2.state <> 'archived'
           join tenant t2 on t2.tenant_id = m2.tenant_id and t2.state = 'open'
          where m2.account_id = a.id and m2.tenant_id <> m.tenant_id)
     and not exists (select from invitation i where i.email_key = a.email_key and i.state = 'pending' and i.expires_at > in_at and i.tenant_id <> m.tenant_id)
    then 'ours' else 'shared' end
    from account a
    join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
    join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
    join tenant t on t.tenant_id = m.tenant_id
   where a.id = in_account
$$;
-- +goose StatementEnd

-- Who has come in, and so has something that is theirs: not with a password that
-- someone else set, and that still waits to be changed.
-- +goose StatementBegin
create function identity.came_in(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.last_sign_in_at is not null or a.email_verified_at is not null or a.password_hash is not null and not a.must_change
      or exists (select from token t where t.account_id = a.id and t.used_at is not null)
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- As before, by one rule: the address is the place's to correct while nobody has
-- come in with the account and it is ours.
-- +goose StatementBegin
create or replace function identity.account_here(in_account uuid) returns table (locale text, email_verified boolean, activated boolean, email_ours boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.locale, a.email_verified_at is not null,
         a.password_hash is not null and (not a.must_change or a.last_sign_in_at is not null),
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
   where a.id = in_account and (a.password_hash is null or a.must_change and a.last_sign_in_at is null)
     and m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
$$;
-- +goose StatementEnd

-- By the same rule, whether a place may decide how someone shows a second factor.
-- +goose StatementBegin
create or replace function identity.factor_ours(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select coalesce(identity.authority(in_account) = 'ours', false)
$$;
-- +goose StatementEnd

-- What sign-ins of an account are counted by: see attemptOf in internal/signin.
-- +goose StatementBegin
create function identity.login_of(in_account uuid) returns text
language sql immutable security definer set search_path = identity, pg_temp as $$
  select rtrim(encode(sha256(convert_to(in_account::text, 'UTF8')), 'base64'), '=')
$$;
-- +goose StatementEnd

-- Until when an account is held up by what was tried on it: passwords from one
-- address, codes, passwords shown again.
-- +goose StatementBegin
create function identity.held_until(in_account uuid) returns timestamptz
language plpgsql stable security definer set search_path = identity, pg_temp as $$
declare
  login text := identity.login_of(in_account);
begin
  return coalesce(greatest(
    (select max(blocked_until) from throttle where key in ('factor:' || in_account, 'password:' || in_account)),
    (select max(blocked_until) from throttle where key ~>=~ ('pair:' || login || '|') and key ~<~ ('pair:' || login || '}'))), '-infinity');
end $$;
-- +goose StatementEnd

-- What the place of the setting may be shown to help with the account of one of
-- its people. The backup address is said only where the account is ours.
-- +goose StatementBegin
create function identity.help_here(in_account uuid, in_at timestamptz)
returns table (authority text, came_in boolean, activated boolean, must_change boolean, factor boolean, held_until timestamptz,
               backup text, backup_at timestamptz, backup_verified_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select w.ours, identity.came_in(a.id), a.password_hash is not null, a.must_change,
         identity.methods(a.id) <> '{}',
         nullif(identity.held_until(a.id), '-infinity'),
         case when w.ours = 'ours' then coalesce(a.backup_email, '') else '' end,
         case when w.ours = 'ours' then a.backup_email_set_at end,
         case when w.ours = 'ours' then a.backup_email_verified_at end
    from account a
   cross join lateral (select identity.authority(a.id, in_at) ours) w
   where a.id = in_account and w.ours is not null
$$;
-- +goose StatementEnd

-- Forgets what was tried on an account in vain, and shows it in its places.
-- +goose StatementBegin
create function identity.unblock(in_account uuid) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  login text := identity.login_of(in_account);
  keys  text[];
begin
  select array_agg(key) into keys from (
    select key from throttle
     where key in ('factor:' || in_account, 'password:' || in_account, 'login:' || login)
        or key ~>=~ ('pair:' || login || '|') and key ~<~ ('pair:' || login || '}')
     order by key for update) held;
  delete from throttle where key = any (keys);
  perform identity.mark_failures(in_account, 0, null);
end $$;
-- +goose StatementEnd

-- Whether the place of the setting, or an operator in it, may act on an account:
-- judged while it is held, so that nobody joins another place meanwhile.
-- +goose StatementBegin
create function identity.hold(in_account uuid, in_operator uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for update;
  return coalesce(identity.authority(in_account, in_at) = 'ours'
      or identity.authority(in_account, in_at) is not null and exists (select from operator where account_id = in_operator), false);
end $$;
-- +goose StatementEnd

-- The addresses at which an account's owner is told: the main one, and the backup
-- that they have confirmed.
-- +goose StatementBegin
create function identity.told_at(in_account uuid) returns table (address text, locale text)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.email, a.locale from account a where a.id = in_account and a.email is not null
  union all
  select a.backup_email, a.locale from account a where a.id = in_account and a.backup_email_verified_at is not null
$$;
-- +goose StatementEnd

-- Names a backup address, which counts for nothing until its owner has confirmed
-- it. False where that is not to be done from here.
-- +goose StatementBegin
create function identity.backup_name(in_account uuid, in_operator uuid, in_by uuid, in_email text, in_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and purpose = 'backup_email' and used_at is null and voided_at is null;
  update account set backup_email = in_email, backup_email_key = in_key, backup_email_set_at = in_at, backup_email_set_by = in_by,
         backup_email_verified_at = null
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- Withdraws the backup address, and what was sent to it. False where there is
-- none, or that is not to be done from here.
-- +goose StatementBegin
create function identity.backup_withdraw(in_account uuid, in_operator uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return false;
  end if;
  update token k set voided_at = in_at from account a
   where a.id = in_account and k.account_id = a.id and k.used_at is null and k.voided_at is null
     and (k.purpose = 'backup_email' or k.mailbox = a.backup_email_key);
  update account set backup_email = null, backup_email_key = null, backup_email_set_at = null, backup_email_set_by = null,
         backup_email_verified_at = null
   where id = in_account and backup_email is not null;
  return found;
end $$;
-- +goose StatementEnd

-- The confirmed backup address, once it may receive the link to a new password: a
-- day after it was confirmed where someone else named it, unless the account's
-- owner has never come in. Null where there is none, or not yet.
-- +goose StatementBegin
create function identity.backup_for_reset(in_account uuid, in_at timestamptz) returns text
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.backup_email from account a
   where a.id = in_account and a.backup_email_verified_at is not null
     and (a.backup_email_set_by = a.id or a.backup_email_verified_at <= in_at - interval '24 hours' or not identity.came_in(a.id))
$$;
-- +goose StatementEnd

-- Takes all second factors away, with what was remembered of them, and ends all
-- sessions: another one is set up at the next sign-in. False where there is none,
-- or that is not to be done from here.
-- +goose StatementBegin
create function identity.factors_reset(in_account uuid, in_operator uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) or identity.methods(in_account) = '{}' then
    return false;
  end if;
  delete from factor where account_id = in_account;
  delete from passkey where account_id = in_account;
  delete from recovery_code where account_id = in_account;
  delete from factor_code where account_id = in_account;
  update account set must_enrol = true, generation = generation + 1 where id = in_account;
  perform identity.mark_factor(in_account);
  return true;
end $$;
-- +goose StatementEnd

-- Sets a password that opens only choosing another, voids what could still set
-- one, and ends all sessions. False where that is not to be done from here.
-- +goose StatementBegin
create function identity.password_by_hand(in_account uuid, in_hash text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, null, in_at) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, password_mailbox = null, must_change = true, generation = generation + 1
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- Whether a second factor was taken away, and none was set up since.
-- +goose StatementBegin
create function identity.must_enrol(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (select from account where id = in_account and must_enrol)
$$;
-- +goose StatementEnd

-- The passwords of the same person's other accounts: of the same names in the same
-- place, or with the same confirmed backup address or mobile. Five, at most.
-- +goose StatementBegin
create function identity.twins(in_account uuid) returns table (id uuid, password_hash text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.password_hash from account a
   where a.id <> in_account and a.password_hash is not null and a.id in (
     select o.account_id from membership m
       join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
       join resource o on o.tenant_id = r.tenant_id and o.id <> r.id and lower(o.family) = lower(r.family) and lower(o.given) = lower(r.given)
      where m.account_id = in_account
     union
     select o.id from account me join account o on o.backup_email_key = me.backup_email_key and o.backup_email_verified_at is not null
      where me.id = in_account and me.backup_email_verified_at is not null
     union
     select o.id from account me join account o on o.mobile = me.mobile and o.mobile_verified_at is not null
      where me.id = in_account and me.mobile_verified_at is not null)
   order by a.created_at desc
   limit 5
$$;
-- +goose StatementEnd

-- The same for someone who has no account yet: those of the same names
-- in the place of the setting.
-- +goose StatementBegin
create function identity.namesakes(in_family text, in_given text) returns table (id uuid, password_hash text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.password_hash from resource r join account a on a.id = r.account_id and a.password_hash is not null
   where r.tenant_id = current_setting('habilis.tenant')::uuid and lower(r.family) = lower(in_family) and lower(r.given) = lower(in_given)
   order by a.created_at desc
   limit 5
$$;
-- +goose StatementEnd

-- What was asked of support for people who can't get in, over all places, oldest
-- first; for an operator alone, as identity.support_queue.
-- +goose StatementBegin
create function identity.help_queue(in_operator uuid, in_state text, in_limit int)
returns table (tenant_id uuid, id uuid, number text, place text, kind text, person text, email text, username text, what text,
               note text, asked_by text, created_at timestamptz, state text, answered_at timestamptz, reason text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select q.tenant_id, q.id, t.number, t.name, t.kind, p.given || ' ' || p.family, p.email, p.username, q.what,
         q.note, b.given || ' ' || b.family, q.created_at, q.state, q.answered_at, q.reason
    from help_request q
    join tenant t on t.tenant_id = q.tenant_id
    join resource p on p.tenant_id = q.tenant_id and p.id = q.resource_id
    join resource b on b.tenant_id = q.tenant_id and b.id = q.requested_by
   where exists (select from operator o where o.account_id = in_operator)
     and (in_state = 'open') = (q.state = 'open')
   order by case when in_state = 'open' then q.created_at end, q.answered_at desc
   limit in_limit
$$;
-- +goose StatementEnd

-- Where else an account is, for an operator who judges what to do to it.
-- +goose StatementBegin
create function identity.places_for_support(in_operator uuid, in_account uuid) returns table (number text, name text, state text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select t.number, t.name, r.state from membership m
    join tenant t on t.tenant_id = m.tenant_id
    join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
   where m.account_id = in_account and exists (select from operator o where o.account_id = in_operator)
   order by t.name, t.number
$$;
-- +goose StatementEnd

-- Another second factor is set up: nothing is owed any more.
-- +goose StatementBegin
create function identity.enrolled() returns trigger language plpgsql security definer set search_path = identity, pg_temp as $$
begin
  update account set must_enrol = false where id = new.account_id and must_enrol;
  return null;
end $$;
-- +goose StatementEnd
create trigger factor_enrolled after insert or update of confirmed_at on identity.factor
  for each row when (new.confirmed_at is not null) execute function identity.enrolled();
create trigger passkey_enrolled after insert on identity.passkey for each row execute function identity.enrolled();

reset role;
-- +goose StatementBegin
do $$
declare
  f regprocedure;
begin
  for f in
    select p.oid from pg_proc p
     where p.pronamespace = 'identity'::regnamespace
       and p.proname in ('authority', 'help_here', 'unblock', 'told_at', 'backup_name', 'backup_withdraw', 'backup_for_reset', 'factors_reset',
                         'password_by_hand', 'must_enrol', 'twins', 'help_queue', 'places_for_support', 'came_in', 'held_until', 'hold', 'login_of', 'namesakes')
  loop
    execute format('revoke all on function %s from public', f);
  end loop;
  foreach f in array array[
    'identity.authority(uuid, timestamptz)', 'identity.help_here(uuid, timestamptz)', 'identity.unblock(uuid)',
    'identity.told_at(uuid)', 'identity.backup_name(uuid, uuid, uuid, text, text, timestamptz)', 'identity.backup_withdraw(uuid, uuid, timestamptz)',
    'identity.backup_for_reset(uuid, timestamptz)', 'identity.factors_reset(uuid, uuid, timestamptz)', 'identity.password_by_hand(uuid, text, timestamptz)',
    'identity.must_enrol(uuid)', 'identity.twins(uuid)', 'identity.namesakes(text, text)', 'identity.help_queue(uuid, text, int)', 'identity.places_for_support(uuid, uuid)']::regprocedure[] loop
    execute format('grant execute on function %s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
