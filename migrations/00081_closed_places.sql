-- Where a place closes, the sessions end of whoever belongs to no other, and so does a
-- sign-in that is under way: they come in nowhere any more.

-- +goose Up
set local role habilis_identity;

-- +goose StatementBegin
create function identity.place_closed() returns trigger
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  with held as (
    select a.id from membership m join account a on a.id = m.account_id
     where m.tenant_id = new.tenant_id and not identity.account_open(a.id)
     order by a.id for no key update of a)
  update account a set generation = a.generation + 1 from held where held.id = a.id;
  return null;
end $$;
-- +goose StatementEnd

reset role;
create trigger tenant_closed after update of state on tenant
  for each row when (old.state = 'open' and new.state = 'closed') execute function identity.place_closed();
revoke all on function identity.place_closed() from public;

-- +goose Down
select 1;
