-- What proves an account's mailbox after a place laid hands on the account is noted
-- when it happens: a link to another password, or what lets someone in for the first
-- time, that was mailed there and used while the account had no passkey from after
-- those hands. A passkey opens by itself, whatever the password, and whoever has one
-- can put another in its place afterwards.

-- +goose Up
set local role habilis_identity;

alter table identity.hand add proved_at timestamptz, add proved_mailbox text;

-- Notes that whoever reads a mailbox has what opens the account, which is held. What
-- was to change its address goes: it was asked for by who had come in before.
-- +goose StatementBegin
create function identity.mailbox_proved(in_account uuid, in_mailbox text, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not exists (select from account where id = in_account and email_key = in_mailbox) then
    return;
  end if;
  update hand h set proved_at = in_at, proved_mailbox = in_mailbox
   where h.account_id = in_account and h.at <= in_at
     and not exists (select from passkey p where p.account_id = in_account and p.created_at >= h.at);
  update account set pending_email = null, pending_email_key = null, pending_email_at = null, pending_email_by = null, pending_email_in = null
   where id = in_account and pending_email is not null and exists (select from hand h where h.account_id = in_account);
end $$;
-- +goose StatementEnd

-- Whether what other places did to an account since in_since keeps it from a place
-- that knows its owner by in_mailbox. It does, unless that is the account's address
-- and was proved since.
-- +goose StatementBegin
create or replace function identity.hand_binds(in_account uuid, in_tenant uuid, in_mailbox text, in_since timestamptz) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (
    select from hand h join account a on a.id = h.account_id
     where h.account_id = in_account and h.tenant_id <> in_tenant and h.at >= in_since
       and (h.proved_mailbox is distinct from in_mailbox or a.email_key is distinct from in_mailbox))
$$;
-- +goose StatementEnd

-- As before, and proves the mailbox.
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
  perform identity.mailbox_proved(in_account, shown, in_at);
  return true;
end $$;
-- +goose StatementEnd

-- As before, and proves the mailbox.
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
  if in_purpose in ('activation', 'reset') then
    perform identity.mailbox_proved(in_account, shown, in_at);
  end if;
  return true;
end $$;
-- +goose StatementEnd

-- As before, noted whoever does it: support has a place's word for who the owner is.
-- +goose StatementBegin
create or replace function identity.factors_reset(in_account uuid, in_operator uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) or identity.methods(in_account) = '{}' then
    return false;
  end if;
  insert into hand (account_id, tenant_id, at)
  values (in_account, case when in_operator is null then current_setting('habilis.tenant')::uuid else '00000000-0000-0000-0000-000000000000' end, in_at);
  delete from factor where account_id = in_account;
  delete from passkey where account_id = in_account;
  delete from recovery_code where account_id = in_account;
  delete from factor_code where account_id = in_account;
  update account set must_enrol = true, generation = generation + 1 where id = in_account;
  perform identity.mark_factor(in_account);
  return true;
end $$;
-- +goose StatementEnd

-- As before, noted where something was taken away, or another number is sent the codes,
-- of someone who had come in.
-- +goose StatementBegin
create or replace function identity.factor_set_here(in_account uuid, in_kind text, in_mobile text, in_at timestamptz) returns boolean
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
    if identity.came_in(in_account) then
      perform identity.lay_hand(in_account, in_at);
    end if;
  end if;
  perform identity.mark_factor(in_account);
  return true;
end $$;
-- +goose StatementEnd

-- An address that a place typed is no proof of whose account it is: its reader came in
-- with all that the place had given.
drop function identity.claimed(uuid, timestamptz);

reset role;
revoke all on function identity.mailbox_proved(uuid, text, timestamptz) from public;

-- +goose Down
select 1;
