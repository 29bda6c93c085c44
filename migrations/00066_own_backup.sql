-- A backup address that no longer stands is told nothing, and its owner sees and
-- removes the one that someone named for them. An address that nobody confirmed may
-- be proved by a link, where another place has invited it.

-- +goose Up
set local role habilis_identity;

-- As before; a backup address that stands alone.
-- +goose StatementBegin
create or replace function identity.told_at(in_account uuid) returns table (address text, locale text)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.email, a.locale from account a where a.id = in_account and a.email is not null
  union all
  select a.backup_email, a.locale from account a
   where a.id = in_account and a.backup_email_verified_at is not null and identity.backup_stands(a.id)
$$;
-- +goose StatementEnd

-- The backup address as its owner sees it; no row where there is none.
-- +goose StatementBegin
create function identity.own_backup(in_account uuid) returns table (email text, verified boolean, stands boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select backup_email, backup_email_verified_at is not null, identity.backup_stands(id) from account where id = in_account and backup_email is not null
$$;
-- +goose StatementEnd

-- Removes it for its owner, with what was sent to it, and says which it was; null
-- where there is none.
-- +goose StatementBegin
create function identity.own_backup_remove(in_account uuid, in_at timestamptz) returns text
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  was text;
begin
  select backup_email into was from account where id = in_account for no key update;
  if was is null then
    return null;
  end if;
  update token k set voided_at = in_at from account a
   where a.id = in_account and k.account_id = a.id and k.used_at is null and k.voided_at is null
     and (k.purpose = 'backup_email' or k.mailbox = a.backup_email_key);
  update account set backup_email = null, backup_email_key = null, backup_email_set_at = null, backup_email_set_by = null,
         backup_email_set_in = null, backup_email_verified_at = null
   where id = in_account;
  return was;
end $$;
-- +goose StatementEnd

-- Whether a place gave the account its password, and another has invited its address
-- since: both say whose it is, and who reads it decides.
-- +goose StatementBegin
create function identity.claimed(in_account uuid, in_at timestamptz) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select exists (select from account a
    join invitation i on i.email_key = a.email_key and i.state = 'pending' and i.expires_at > in_at
    join hand h on h.account_id = a.id and h.tenant_id <> i.tenant_id
   where a.id = in_account)
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.own_backup(uuid), identity.own_backup_remove(uuid, timestamptz), identity.claimed(uuid, timestamptz) from public;
grant execute on function identity.own_backup(uuid), identity.own_backup_remove(uuid, timestamptz), identity.claimed(uuid, timestamptz) to habilis_app;

-- +goose Down
select 1;
