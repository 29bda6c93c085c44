-- A secret that waits for its first code is not shown again after another sign-in:
-- whoever saw it then, with the password alone or in a session that was left open,
-- would have the codes of who confirms it.

-- +goose Up
set local role habilis_identity;

-- +goose StatementBegin
create or replace function identity.signed_in(in_account uuid, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  update account set last_sign_in_at = in_at where id = in_account;
  delete from factor where account_id = in_account and kind = 'totp' and confirmed_at is null;
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account and p.failures > 0 order by p.tenant_id for no key update of p)
  update presence p set failures = 0, blocked_until = '-infinity'
    from held h where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id
$$;
-- +goose StatementEnd

reset role;

-- +goose Down
select 1;
