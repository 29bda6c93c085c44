-- What one place did to an account binds no other place, until whoever reads the
-- mailbox that the other place knows has chosen the password by a link since. A place
-- may lay hands on an account that nobody else counts on; places where its owner was
-- archived don't count, and must not be opened by it when they bring the owner back.

-- +goose Up
set local role habilis_identity;

-- That a place gave the password, took second factors away, or had an address of its
-- choice confirmed or used.
create table identity.hand (
  account_id uuid not null references identity.account on delete cascade,
  tenant_id  uuid not null,
  at         timestamptz not null
);
create index hand_account on identity.hand (account_id);

-- What was done until now: the journals of places know who gave a password and who
-- took second factors away; accounts, which addresses someone else gave, and whose
-- password, given at the start, its owner has not replaced yet.
insert into identity.hand (account_id, tenant_id, at)
select id, backup_email_set_in, backup_email_verified_at from identity.account where backup_email_set_in is not null and backup_email_verified_at is not null
union all
select id, '00000000-0000-0000-0000-000000000000', email_named_at from identity.account where email_named_at is not null
union all
select id, '00000000-0000-0000-0000-000000000000', coalesce(password_set_at, created_at) from identity.account
 where password_hash is not null and password_mailbox is null and must_change;
grant usage on schema identity to habilis_journal;
grant select on identity.membership to habilis_journal;
grant insert on identity.hand to habilis_journal;
set local role habilis_journal;
insert into identity.hand (account_id, tenant_id, at)
select m.account_id, m.tenant_id, j.at
  from public.journal_head h
 cross join lateral (select tenant_id, target, at from public.journal
                      where tenant_id = h.tenant_id and act = any('{help.set_password, help.reset_factor}') and result = 'done') j
  join identity.membership m on m.tenant_id = j.tenant_id and m.resource_id = j.target;
set local role habilis_identity;
revoke insert on identity.hand from habilis_journal;
revoke select on identity.membership from habilis_journal;
revoke usage on schema identity from habilis_journal;

-- Notes that the place of the setting laid hands on an account, which is held.
-- +goose StatementBegin
create function identity.lay_hand(in_account uuid, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into hand (account_id, tenant_id, at) values (in_account, current_setting('habilis.tenant')::uuid, in_at)
$$;
-- +goose StatementEnd

-- Whether what other places did to an account since in_since keeps it from a place
-- that knows its owner by in_mailbox. It does, unless that is the account's address,
-- and the password was chosen through it afterwards; a passkey that was set up in
-- between would outlive that password.
-- +goose StatementBegin
create function identity.hand_binds(in_account uuid, in_tenant uuid, in_mailbox text, in_since timestamptz) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (
    select from hand h
     where h.account_id = in_account and h.tenant_id <> in_tenant and h.at >= in_since
       and not exists (
         select from account a
          cross join lateral (
            select k.used_at as at from token k
             where k.account_id = a.id and k.mailbox = in_mailbox and k.purpose in ('activation', 'reset') and k.used_at > h.at
            union all
            select a.password_set_at where a.password_mailbox = in_mailbox and a.password_set_at > h.at and not a.must_change) proved
          where a.id = in_account and a.email_key = in_mailbox
            and not exists (select from passkey p where p.account_id = a.id and p.created_at between h.at and proved.at)))
$$;
-- +goose StatementEnd

-- As before, noted.
-- +goose StatementBegin
create or replace function identity.password_by_hand(in_account uuid, in_hash text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, null, in_at) then
    return false;
  end if;
  perform identity.lay_hand(in_account, in_at);
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, password_mailbox = null, must_change = true, generation = generation + 1
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- As before, noted where it is not support that does it.
-- +goose StatementBegin
create or replace function identity.factors_reset(in_account uuid, in_operator uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) or identity.methods(in_account) = '{}' then
    return false;
  end if;
  if in_operator is null then
    perform identity.lay_hand(in_account, in_at);
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

-- As before, noted: what lets someone in for the first time goes to that address.
-- +goose StatementBegin
create or replace function identity.email_correct(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for update;
  if not exists (select from identity.account_here(in_account) h where h.email_ours) then
    return false;
  end if;
  perform identity.lay_hand(in_account, in_at);
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set email = in_email, email_key = in_email_key where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- As before; what a backup address that a place named receives is noted.
-- +goose StatementBegin
create or replace function identity.link_take(in_hash bytea, in_purpose text, in_account uuid, in_at timestamptz) returns boolean
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
  insert into hand (account_id, tenant_id, at)
  select id, backup_email_set_in, in_at from account where id = in_account and backup_email_key = shown and backup_email_set_in is not null;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email_key = shown;
  update account set backup_email_verified_at = coalesce(backup_email_verified_at, in_at) where id = in_account and backup_email_key = shown;
  return true;
end $$;
-- +goose StatementEnd

-- As before, noted where a place asked for the address. Places where the owner is
-- archived keep the one that they know.
-- +goose StatementBegin
create or replace function identity.email_confirm(in_account uuid, in_mailbox text, in_tenants uuid[], in_search text[], in_request text, in_address text, in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  was   text;
  fresh int;
  owner account;
begin
  select * into owner from account where id = in_account for no key update;
  if owner.pending_email_key is distinct from in_mailbox or not identity.pending_stands(in_account) then
    return null;
  end if;
  was := owner.email;
  if owner.pending_email_in is not null then
    insert into hand (account_id, tenant_id, at) values (in_account, owner.pending_email_in, in_at);
  end if;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set email = pending_email, email_key = pending_email_key, email_verified_at = in_at,
         email_named_at = case when pending_email_by is not null and identity.came_in(in_account) then in_at end,
         pending_email = null, pending_email_key = null, pending_email_at = null, pending_email_by = null, pending_email_in = null,
         former_email = was, former_email_at = in_at, generation = generation + 1
   where id = in_account returning generation into fresh;
  update resource r set email = owner.pending_email, search = s.search, version = r.version + 1
    from membership m, unnest(in_tenants, in_search) s(tenant_id, search)
   where m.account_id = in_account and r.tenant_id = m.tenant_id and r.id = m.resource_id and s.tenant_id = m.tenant_id and r.state <> 'archived';
  perform identity.note_in_places(in_account, 'account.email', in_request,
    jsonb_build_object('before', jsonb_build_object('email', coalesce(was, '')), 'after', jsonb_build_object('email', owner.pending_email), 'address', in_address), in_at);
  return fresh;
end $$;
-- +goose StatementEnd

-- Judges whether the place of the setting may bring back someone archived, whom it
-- knows by in_email: 'open'; or 'prove' where whoever reads that must choose the
-- password first, 'theirs' where it is not the account's address any more. Where
-- nobody else counts on the account it is the place's to give anew: it has become
-- 'fresh', as on the day when it was made. The address is the account's afterwards.
-- Locks the account's people first, as identity.link_take.
-- +goose StatementBegin
create function identity.return_judge(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns table (verdict text, email text)
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
declare
  here  uuid := current_setting('habilis.tenant')::uuid;
  since timestamptz;
  owner account;
begin
  perform from membership m
     join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
    where m.account_id = in_account
    order by r.tenant_id
      for no key update of r;
  select * into owner from account where id = in_account for update;
  select r.archived_at into since from membership m join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
   where m.account_id = in_account and m.tenant_id = here;
  if not identity.hand_binds(in_account, here, in_email_key, coalesce(since, '-infinity')) then
    return query select 'open', coalesce(owner.email, '');
  elsif identity.account_open(in_account) then
    return query select case when owner.email_key = in_email_key then 'prove' else 'theirs' end, coalesce(owner.email, '');
  elsif exists (select from account a where a.email_key = in_email_key and a.id <> in_account) then
    return query select 'theirs', coalesce(owner.email, '');
  else
    perform identity.account_afresh(in_account, in_email, in_email_key, in_at);
    return query select 'fresh', in_email;
  end if;
end $$;
-- +goose StatementEnd

-- Takes away all by which an account, which is held, could be come into, and whatever
-- was to change that; its address is that which the place of the setting knows.
-- +goose StatementBegin
create function identity.account_afresh(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns void
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
         pending_email = null, pending_email_key = null, pending_email_at = null, pending_email_by = null, pending_email_in = null,
         backup_email = null, backup_email_key = null, backup_email_set_at = null, backup_email_set_by = null, backup_email_set_in = null,
         backup_email_verified_at = null, mobile = null, mobile_verified_at = null, generation = generation + 1
   where id = in_account;
  perform identity.mark_factor(in_account);
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.lay_hand(uuid, timestamptz), identity.hand_binds(uuid, uuid, text, timestamptz),
  identity.account_afresh(uuid, text, text, timestamptz), identity.return_judge(uuid, text, text, timestamptz) from public;
grant execute on function identity.return_judge(uuid, text, text, timestamptz) to habilis_app;

-- +goose Down
select 1;
