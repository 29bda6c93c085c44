-- A backup address that a place named for someone stands as long as nobody else
-- counts on the account: otherwise whoever named it in one place could come in at
-- another that let its owner in since.

-- +goose Up
set local role habilis_identity;

-- Null where support named it, who is of no place.
alter table identity.account add column backup_email_set_in uuid; -- tenant

-- Of those that are there, it is the place that their owner shares with who named them.
update identity.account a
   set backup_email_set_in = coalesce((select m.tenant_id from identity.membership m join identity.membership n on n.tenant_id = m.tenant_id
                                        where m.account_id = a.id and n.account_id = a.backup_email_set_by order by m.tenant_id limit 1),
                                      '00000000-0000-0000-0000-000000000000')
 where a.backup_email is not null and a.backup_email_set_by is distinct from a.id
   and not exists (select from identity.operator o where o.account_id = a.backup_email_set_by);

-- As before, with where it was named.
-- +goose StatementBegin
create or replace function identity.backup_name(in_account uuid, in_operator uuid, in_by uuid, in_email text, in_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and purpose = 'backup_email' and used_at is null and voided_at is null;
  update account set backup_email = in_email, backup_email_key = in_key, backup_email_set_at = in_at, backup_email_set_by = in_by,
         backup_email_set_in = case when in_operator is null then current_setting('habilis.tenant')::uuid end, backup_email_verified_at = null
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- Whether nobody but the place that named the backup address counts on the account.
-- +goose StatementBegin
create function identity.backup_stands(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.backup_email_set_in is null
      or not exists (select from operator o where o.account_id = a.id)
     and not exists (select from membership m
           join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
           join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
          where m.account_id = a.id and m.tenant_id <> a.backup_email_set_in)
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- As before, if it stands.
-- +goose StatementBegin
create or replace function identity.backup_for_reset(in_account uuid, in_at timestamptz) returns text
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.backup_email from account a
   where a.id = in_account and a.backup_email_verified_at is not null and identity.backup_stands(a.id)
     and (a.backup_email_set_by = a.id or a.backup_email_verified_at <= in_at - interval '24 hours' or not identity.came_in(a.id))
$$;
-- +goose StatementEnd

-- What left for it dies with it.
-- +goose StatementBegin
create or replace function identity.mailbox_held(in_account uuid, in_mailbox text) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (select from account where id = in_account
    and (in_mailbox in (email_key, pending_email_key) or in_mailbox = backup_email_key and identity.backup_stands(id)))
$$;
-- +goose StatementEnd

-- One that doesn't stand counts no more than one that nobody confirmed.
-- +goose StatementBegin
create or replace function identity.mailboxes(in_account uuid)
returns table (username text, locale text, email text, email_key text, email_verified boolean,
               backup_email text, backup_email_key text, backup_email_set_at timestamptz, backup_email_verified boolean,
               pending_email text, pending_email_key text, password_set_at timestamptz, open boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select username, locale, coalesce(email, ''), coalesce(email_key, ''), email_verified_at is not null,
         coalesce(backup_email, ''), coalesce(backup_email_key, ''), backup_email_set_at, backup_email_verified_at is not null and identity.backup_stands(id),
         coalesce(pending_email, ''), coalesce(pending_email_key, ''), password_set_at, identity.account_open(id)
    from account where id = in_account
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.backup_stands(uuid) from public; -- for the functions above alone

-- +goose Down
select 1;
