-- Another address for someone's account, asked for by who manages the only place
-- that counts on it, or by support. As when its owner asks, it counts once whoever
-- reads it has confirmed it by a link.
--
-- An address that someone else asked for receives no link to another password
-- within its first day, as a backup address: the one before is told meanwhile. And
-- what a place asked for is void once somebody else counts on the account.

-- +goose Up
alter table help_request
  drop constraint help_request_what_check,
  drop constraint help_request_check1,
  add constraint help_request_what check (what in ('backup_email', 'factor', 'email')),
  add constraint help_request_address check ((what in ('backup_email', 'email')) = (address <> ''));

set local role habilis_identity;

alter table identity.account
  add column pending_email_by uuid,        -- the account that asked for it; null for its owner
  add column pending_email_in uuid,        -- the place that did; null for its owner, and for support
  add column email_named_at   timestamptz; -- when the present address was confirmed, if someone else asked for it

-- As before, by its owner.
-- +goose StatementBegin
create or replace function identity.email_propose(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for no key update;
  if exists (select from account where id = in_account and in_email_key in (email_key, backup_email_key)) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and purpose = 'email' and used_at is null and voided_at is null;
  update account set pending_email = in_email, pending_email_key = in_email_key, pending_email_at = in_at, pending_email_by = null, pending_email_in = null
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- The same for someone else: '' when it is asked for, else 'shared' where that is not
-- to be done from here, or 'same' where it is one of theirs already.
-- +goose StatementBegin
create function identity.email_name(in_account uuid, in_operator uuid, in_by uuid, in_email text, in_email_key text, in_at timestamptz) returns text
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return 'shared';
  elsif not identity.email_propose(in_account, in_email, in_email_key, in_at) then
    return 'same';
  end if;
  update account set pending_email_by = in_by, pending_email_in = case when in_operator is null then current_setting('habilis.tenant')::uuid end
   where id = in_account;
  return '';
end $$;
-- +goose StatementEnd

-- Whether nobody but the place that asked for the address counts on the account.
-- +goose StatementBegin
create function identity.pending_stands(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.pending_email_in is null
      or not exists (select from operator o where o.account_id = a.id)
     and not exists (select from membership m
           join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
           join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
          where m.account_id = a.id and m.tenant_id <> a.pending_email_in)
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- As before, if it stands; and who asked for it is kept, for the day after.
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
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set email = pending_email, email_key = pending_email_key, email_verified_at = in_at,
         email_named_at = case when pending_email_by is not null and identity.came_in(in_account) then in_at end,
         pending_email = null, pending_email_key = null, pending_email_at = null, pending_email_by = null, pending_email_in = null,
         former_email = was, former_email_at = in_at, generation = generation + 1
   where id = in_account returning generation into fresh;
  update resource r set email = owner.pending_email, search = s.search, version = r.version + 1
    from membership m, unnest(in_tenants, in_search) s(tenant_id, search)
   where m.account_id = in_account and r.tenant_id = m.tenant_id and r.id = m.resource_id and s.tenant_id = m.tenant_id;
  perform identity.note_in_places(in_account, 'account.email', in_request,
    jsonb_build_object('before', jsonb_build_object('email', coalesce(was, '')), 'after', jsonb_build_object('email', owner.pending_email), 'address', in_address), in_at);
  return fresh;
end $$;
-- +goose StatementEnd

-- Whether the address is too new to receive a link to another password.
-- +goose StatementBegin
create function identity.email_settles(in_account uuid, in_at timestamptz) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (select from account where id = in_account and email_named_at > in_at - interval '24 hours')
$$;
-- +goose StatementEnd

-- The address that someone else asked for, for who may help with the account from
-- the place of the setting; no row where there is none.
-- +goose StatementBegin
create function identity.email_named(in_account uuid, in_at timestamptz) returns table (email text, at timestamptz)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.pending_email, a.pending_email_at from account a
   where a.id = in_account and a.pending_email is not null and a.pending_email_by is not null and identity.authority(a.id, in_at) = 'ours'
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['email_name(uuid, uuid, uuid, text, text, timestamptz)', 'pending_stands(uuid)', 'email_settles(uuid, timestamptz)',
    'email_named(uuid, timestamptz)'] loop
    execute format('revoke all on function identity.%s from public', f);
  end loop;
  foreach f in array array['email_name(uuid, uuid, uuid, text, text, timestamptz)', 'email_settles(uuid, timestamptz)', 'email_named(uuid, timestamptz)'] loop
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
