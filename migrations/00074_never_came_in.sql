-- Who never came in stays so although a backup address of theirs was confirmed, and
-- it may be sent at once what lets them in. From when a backup address may be sent
-- what sets a password is told, by the one rule. And where an account is shared, no
-- place reads the mobile that its owner has codes sent to.

-- +goose Up
set local role habilis_identity;

-- As before; a link that confirms an address lets nobody in.
-- +goose StatementBegin
create or replace function identity.came_in(in_account uuid) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.last_sign_in_at is not null or a.email_verified_at is not null or a.password_hash is not null and not a.must_change
      or exists (select from token t where t.account_id = a.id and t.used_at is not null and t.purpose in ('activation', 'temporary_password', 'reset'))
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- From when the backup address may be sent what sets a password: a day after it was
-- confirmed where someone else named it, unless the account's owner has never come in.
-- Null where it may not: nobody confirmed it, or it doesn't stand.
-- +goose StatementBegin
create function identity.backup_opens_at(in_account uuid) returns timestamptz
language sql stable security definer set search_path = identity, pg_temp as $$
  select case when a.backup_email_set_by = a.id or not identity.came_in(a.id) then a.backup_email_verified_at
              else a.backup_email_verified_at + interval '24 hours' end
    from account a
   where a.id = in_account and a.backup_email_verified_at is not null and identity.backup_stands(a.id)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.backup_for_reset(in_account uuid, in_at timestamptz) returns text
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.backup_email from account a where a.id = in_account and identity.backup_opens_at(a.id) <= in_at
$$;
-- +goose StatementEnd

drop function identity.help_here(uuid, timestamptz);

-- As before, with when the backup address may be sent what sets a password.
-- +goose StatementBegin
create function identity.help_here(in_account uuid, in_at timestamptz)
returns table (authority text, came_in boolean, activated boolean, must_change boolean, factor boolean, held_until timestamptz,
               backup text, backup_at timestamptz, backup_verified_at timestamptz, backup_opens_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select w.ours, identity.came_in(a.id), a.password_hash is not null, a.must_change,
         identity.methods(a.id) <> '{}',
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

-- As before; what was sent to the one that it replaces opens nothing any more.
-- +goose StatementBegin
create or replace function identity.backup_name(in_account uuid, in_operator uuid, in_by uuid, in_email text, in_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return false;
  end if;
  update token k set voided_at = in_at from account a
   where a.id = in_account and k.account_id = a.id and k.used_at is null and k.voided_at is null
     and (k.purpose = 'backup_email' or k.mailbox = a.backup_email_key);
  update account set backup_email = in_email, backup_email_key = in_key, backup_email_set_at = in_at, backup_email_set_by = in_by,
         backup_email_set_in = case when in_operator is null then current_setting('habilis.tenant')::uuid end, backup_email_verified_at = null
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- As before; what a backup address that a place named receives is noted.
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
  insert into hand (account_id, tenant_id, at)
  select id, backup_email_set_in, in_at from account where id = in_account and backup_email_key = shown and backup_email_set_in is not null;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email_key = shown;
  perform identity.mailbox_proved(in_account, shown, in_at);
  return true;
end $$;
-- +goose StatementEnd

-- As before; the mobile is said only where the account is ours.
-- +goose StatementBegin
create or replace function identity.factor_here(in_account uuid)
returns table (methods text[], mobile text, ours boolean, email_counts boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select identity.methods(a.id), case when o.ours then coalesce(a.mobile, '') else '' end, o.ours,
         a.password_hash is not null and identity.mailbox_counts(a.email_key, a.password_mailbox, '')
    from account a join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
   cross join lateral (select identity.factor_ours(a.id) ours offset 0) o
   where a.id = in_account
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.backup_opens_at(uuid), identity.help_here(uuid, timestamptz) from public;
grant execute on function identity.help_here(uuid, timestamptz) to habilis_app;

-- +goose Down
select 1;
