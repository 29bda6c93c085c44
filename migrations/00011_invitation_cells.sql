-- Who is invited sees, before answering, in which areas something was set by hand
-- for them beside the role.

-- +goose Up
create policy identity_reads on invitation_cell for select to habilis_identity using (true);
create policy identity_reads on area for select to habilis_identity using (true);
grant select on invitation_cell, area to habilis_identity;
set local role habilis_identity;

-- The areas of an invitation to the account's confirmed address, in the grid's order.
-- +goose StatementBegin
create function identity.invitation_areas(in_account uuid, in_id uuid)
returns table (name_fr text, name_en text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.name_fr, a.name_en
    from identity.account o
    join invitation i on i.email_key = o.email_key and i.id = in_id
    join invitation_cell c on c.tenant_id = i.tenant_id and c.invitation_id = i.id
    join area a on a.tenant_id = c.tenant_id and a.area = c.area
   where o.id = in_account and o.email_verified_at is not null
   order by a.position
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.invitation_areas from public;
grant execute on function identity.invitation_areas to habilis_app;

-- +goose Down
select 1;
