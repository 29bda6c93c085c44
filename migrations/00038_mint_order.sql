-- Two mailers mint at once for one account: the last to have the account's lock
-- has the newest, whatever its clock said before it waited. Else the one would be
-- void and the other replaced.

-- +goose Up
set local role habilis_identity;

-- +goose StatementBegin
create or replace function identity.token_mint(in_hash bytea, in_purpose text, in_account uuid, in_tenant uuid, in_mailbox text, in_mail uuid,
  in_at timestamptz, in_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  first text[] := '{temporary_password,activation}';
  latest timestamptz;
begin
  perform from account where id = in_account for no key update;
  update token set voided_at = in_at
   where account_id = in_account and used_at is null and voided_at is null
     and (purpose = in_purpose or purpose = any (first) and in_purpose = any (first));
  select max(created_at) into latest from token where account_id = in_account and purpose = in_purpose;
  insert into token (hash, purpose, account_id, tenant_id, mailbox, mail_id, created_at, expires_at)
  values (in_hash, in_purpose, in_account, in_tenant, nullif(in_mailbox, ''), in_mail,
          greatest(in_at, latest + interval '1 microsecond'), in_expires);
end $$;
-- +goose StatementEnd

reset role;

-- +goose Down
select 1;
