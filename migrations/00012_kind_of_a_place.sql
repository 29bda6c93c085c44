-- A page is said in the words of its place's kind from its first sentence, so the
-- kind is found with the place, before anyone has come in.

-- +goose Up
set local role habilis_identity;

-- +goose StatementBegin
create function identity.tenant_kind(in_tenant uuid) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select kind from tenant where tenant_id = in_tenant
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.tenant_kind from public;
grant execute on function identity.tenant_kind to habilis_app;

-- +goose Down
select 1;
