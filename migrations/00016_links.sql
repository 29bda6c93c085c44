-- Links that come by mail: minted when they leave, looked at as often as one
-- likes, used once. What a secret was mailed to is kept with it, and with the
-- password that it set.

-- +goose Up
-- A link says who had it sent, as its letter did.
create policy identity_reads on mail for select to habilis_identity using (true);
grant select (tenant_id, id, params) on mail to habilis_identity;

set local role habilis_identity;

alter table identity.token add column mail_id uuid; -- the place's letter that it left in; null for one of no place

-- Until now every secret of a place left for the account's address.
update identity.token t set mailbox = a.email_key
  from identity.account a
 where a.id = t.account_id and t.tenant_id <> '00000000-0000-0000-0000-000000000000';

-- Under the account's lock. What lets someone in for the first time voids all of
-- its kind; any other voids those of its purpose.
-- +goose StatementBegin
create function identity.token_mint(in_hash bytea, in_purpose text, in_account uuid, in_tenant uuid, in_mailbox text, in_mail uuid,
  in_at timestamptz, in_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  first text[] := '{temporary_password,activation}';
begin
  perform from account where id = in_account for no key update;
  update token set voided_at = in_at
   where account_id = in_account and used_at is null and voided_at is null
     and (purpose = in_purpose or purpose = any (first) and in_purpose = any (first));
  insert into token (hash, purpose, account_id, tenant_id, mailbox, mail_id, created_at, expires_at)
  values (in_hash, in_purpose, in_account, in_tenant, nullif(in_mailbox, ''), in_mail, in_at, in_expires);
end $$;
-- +goose StatementEnd

-- As the release before called it: what is of a place left for the account's address.
-- +goose StatementBegin
create or replace function identity.token_mint(in_hash bytea, in_purpose text, in_account uuid, in_tenant uuid, in_at timestamptz, in_expires timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  select identity.token_mint(in_hash, in_purpose, in_account, in_tenant,
    (select email_key from account where id = in_account and in_tenant <> '00000000-0000-0000-0000-000000000000'), null, in_at, in_expires)
$$;
-- +goose StatementEnd

-- A secret proves the mailbox that it was mailed to, and no other.
-- +goose StatementBegin
create or replace function identity.token_take(in_hash bytea, in_purpose text, in_account uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  shown text;
begin
  perform from account where id = in_account for no key update;
  update token set used_at = in_at
   where hash = in_hash and purpose = in_purpose and account_id = in_account
     and used_at is null and voided_at is null and expires_at > in_at
     and (exists (select from membership m join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
                   where m.account_id = in_account and m.tenant_id = token.tenant_id and r.state <> 'archived')
       or token.tenant_id = '00000000-0000-0000-0000-000000000000' -- of no place: an operator's, from the console
          and exists (select from operator o where o.account_id = in_account))
  returning mailbox into shown;
  if not found then
    return false;
  end if;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email_key = shown;
  return true;
end $$;
-- +goose StatementEnd

-- The key of the mailbox that a secret was mailed to; null for one that wasn't.
-- +goose StatementBegin
create function identity.token_mailbox(in_hash bytea) returns text
language sql stable security definer set search_path = identity, pg_temp as $$
  select mailbox from token where hash = in_hash
$$;
-- +goose StatementEnd

-- Sets the password, voids what could still set another, ends all sessions, and
-- makes a person who had never come in active. The mailbox is the one through
-- which it was proved who sets it, null when none was. Returns the new generation.
-- +goose StatementBegin
create function identity.password_set(in_account uuid, in_hash text, in_mailbox text, in_at timestamptz) returns int
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
  update account set password_hash = in_hash, password_set_at = in_at, password_mailbox = nullif(in_mailbox, ''), must_change = false, generation = generation + 1
   where id = in_account returning generation into fresh;
  return fresh;
end $$;
-- +goose StatementEnd

-- As the release before called it: after a temporary password, or by its owner.
-- +goose StatementBegin
create or replace function identity.password_set(in_account uuid, in_hash text, in_at timestamptz) returns int
language sql volatile security definer set search_path = identity, pg_temp as $$
  select identity.password_set(in_account, in_hash,
    (select email_key from account a where a.id = in_account and not exists (select from operator o where o.account_id = a.id)), in_at)
$$;
-- +goose StatementEnd

-- The key of the mailbox through which the present password was set.
-- +goose StatementBegin
create function identity.password_mailbox(in_account uuid) returns text
language sql stable security definer set search_path = identity, pg_temp as $$
  select password_mailbox from account where id = in_account
$$;
-- +goose StatementEnd

-- Whether an account may come in anywhere.
-- +goose StatementBegin
create function identity.account_open(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select exists (select from membership m
                   join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
                   join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
                  where m.account_id = in_account)
      or exists (select from operator where account_id = in_account)
$$;
-- +goose StatementEnd

-- Whether an account may come in where a token is from: its place, or, of no
-- place, anywhere.
-- +goose StatementBegin
create function identity.token_welcome(in_account uuid, in_tenant uuid) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select case when in_tenant = '00000000-0000-0000-0000-000000000000' then identity.account_open(in_account)
    else exists (select from membership m
                   join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
                   join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
                  where m.account_id = in_account and m.tenant_id = in_tenant) end
$$;
-- +goose StatementEnd

-- Whether the account still has the mailbox.
-- +goose StatementBegin
create function identity.mailbox_held(in_account uuid, in_mailbox text) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (select from account where id = in_account and in_mailbox in (email_key, backup_email_key, pending_email_key))
$$;
-- +goose StatementEnd

-- A link, whatever became of it: `live`, or why it isn't. Looking changes nothing.
-- +goose StatementBegin
create function identity.link_peek(in_hash bytea, in_at timestamptz)
returns table (purpose text, account_id uuid, tenant_id uuid, mailbox text, state text, created_at timestamptz, expires_at timestamptz,
               asked_by text, number text, place text, kind text, time_zone text, given text, family text, username text, locale text, activated boolean)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select t.purpose, t.account_id, t.tenant_id, coalesce(t.mailbox, ''),
         case when t.used_at is not null then 'used'
              when not identity.token_welcome(t.account_id, t.tenant_id) then 'left'
              when exists (select from token n where n.account_id = t.account_id and n.purpose = t.purpose and n.created_at > t.created_at) then 'replaced'
              when a.password_set_at >= t.created_at then 'overtaken'
              when t.voided_at is not null or not identity.mailbox_held(t.account_id, t.mailbox) then 'void'
              when t.expires_at <= in_at then 'expired'
              else 'live' end,
         t.created_at, t.expires_at,
         coalesce(m.params->>'by', ''), coalesce(p.number, ''), coalesce(p.name, ''), coalesce(p.kind, ''), coalesce(p.time_zone, ''),
         a.given, a.family, a.username, a.locale, a.password_hash is not null
    from token t
    join account a on a.id = t.account_id
    left join tenant p on p.tenant_id = t.tenant_id
    left join mail m on m.tenant_id = t.tenant_id and m.id = t.mail_id
   where t.hash = in_hash and t.purpose <> 'temporary_password'
$$;
-- +goose StatementEnd

-- Uses a link: of any number at once one gets a row. It proves the mailbox that it
-- was mailed to. Locks the account's people first, as password_set does after it.
-- +goose StatementBegin
create function identity.link_take(in_hash bytea, in_purpose text, in_account uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  shown text;
begin
  if in_purpose = 'temporary_password' then
    return false;
  end if;
  perform from membership m
     join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
    where m.account_id = in_account
    order by r.tenant_id
      for no key update of r;
  perform from account where id = in_account for no key update;
  update token set used_at = in_at
   where hash = in_hash and purpose = in_purpose and account_id = in_account
     and used_at is null and voided_at is null and expires_at > in_at
     and identity.token_welcome(in_account, tenant_id) and identity.mailbox_held(in_account, mailbox)
  returning mailbox into shown;
  if not found then
    return false;
  end if;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email_key = shown;
  update account set backup_email_verified_at = coalesce(backup_email_verified_at, in_at) where id = in_account and backup_email_key = shown;
  return true;
end $$;
-- +goose StatementEnd

-- Where an account may be written to, and what it may be trusted with.
-- +goose StatementBegin
create function identity.mailboxes(in_account uuid)
returns table (username text, locale text, email text, email_key text, email_verified boolean,
               backup_email text, backup_email_key text, backup_email_set_at timestamptz, backup_email_verified boolean,
               pending_email text, pending_email_key text, password_set_at timestamptz, open boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select username, locale, coalesce(email, ''), coalesce(email_key, ''), email_verified_at is not null,
         coalesce(backup_email, ''), coalesce(backup_email_key, ''), backup_email_set_at, backup_email_verified_at is not null,
         coalesce(pending_email, ''), coalesce(pending_email_key, ''), password_set_at, identity.account_open(id)
    from account where id = in_account
$$;
-- +goose StatementEnd

-- Whose login it is; the zero UUID when it is nobody's.
-- +goose StatementBegin
create function identity.forgotten_lookup(in_username text, in_email_key text) returns uuid
language sql stable security definer set search_path = identity, pg_temp as $$
  select coalesce((select id from account where username = in_username or email_key = in_email_key order by username = in_username desc limit 1),
                  '00000000-0000-0000-0000-000000000000')
$$;
-- +goose StatementEnd

-- The place that has yet to let someone in for the first time, and how; and who
-- added them there. No row for who has a password, or no place.
-- +goose StatementBegin
create function identity.first_access(in_account uuid)
returns table (tenant_id uuid, resource_id uuid, person text, first_access text, asked_by text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select m.tenant_id, m.resource_id, r.given || ' ' || r.family, coalesce(t.policies->>'first_access', ''), coalesce(b.given || ' ' || b.family, t.name)
    from account a
    join membership m on m.account_id = a.id
    join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
    join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state = 'pending'
    left join resource b on b.tenant_id = r.tenant_id and b.id = r.created_by
   where a.id = in_account and a.password_hash is null
   order by r.created_at
   limit 1
$$;
-- +goose StatementEnd

reset role;

-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array[
    'token_mint(bytea, text, uuid, uuid, text, uuid, timestamptz, timestamptz)', 'token_mailbox(bytea)', 'password_set(uuid, text, text, timestamptz)',
    'password_mailbox(uuid)', 'link_peek(bytea, timestamptz)', 'link_take(bytea, text, uuid, timestamptz)', 'mailboxes(uuid)',
    'forgotten_lookup(text, text)', 'first_access(uuid)',
    'account_open(uuid)', 'token_welcome(uuid, uuid)', 'mailbox_held(uuid, text)'] loop
    execute format('revoke all on function identity.%s from public', f);
    if f not in ('account_open(uuid)', 'token_welcome(uuid, uuid)', 'mailbox_held(uuid, text)') then -- for the functions above alone
      execute format('grant execute on function identity.%s to habilis_app', f);
    end if;
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
