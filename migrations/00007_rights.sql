-- What grids need to be set by hand, defined by the place, and asked about on any
-- day: who ended a cell, when a person was of the place, and the cells that an
-- invitation brings.

-- +goose Up
alter table role_cell
  add ended_kind text check (ended_kind in ('person', 'support', 'console')),
  add ended_resource uuid;
alter table override
  add ended_kind text check (ended_kind in ('person', 'support', 'console')),
  add ended_resource uuid;
create index override_area on override (tenant_id, area, since) include (resource_id, until);

-- A role of the place's own has no preset.
alter table role
  add created_at timestamptz,
  add created_by uuid, -- resource
  add retired_by uuid; -- resource
create unique index role_name_once_fr on role (tenant_id, module, lower(name_fr)) where retired_at is null;
grant delete on role_giver, role_pair to habilis_app;

-- When a person was of the place: from their coming until they were archived,
-- and again once they were restored. "Now" is the state of the resource.
create table tenure (
  tenant_id   uuid not null,
  resource_id uuid not null,
  since       timestamptz not null,
  until       timestamptz not null default 'infinity',
  primary key (tenant_id, resource_id, since),
  foreign key (tenant_id, resource_id) references resource on delete cascade,
  constraint tenure_time check (since <= until)
);
create unique index tenure_open on tenure (tenant_id, resource_id) where until = 'infinity';
alter table resource add restored_at timestamptz;

-- Kept by the resource's own row, so that no way in or out can forget it.
-- +goose StatementBegin
create function tenure_begin() returns trigger language plpgsql as $$
begin
  insert into tenure (tenant_id, resource_id, since, until)
  values (new.tenant_id, new.id, new.created_at, coalesce(new.archived_at, 'infinity'));
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function tenure_change() returns trigger language plpgsql as $$
begin
  if new.state = 'archived' then
    update tenure set until = greatest(new.archived_at, since)
     where tenant_id = new.tenant_id and resource_id = new.id and until = 'infinity';
  else
    insert into tenure (tenant_id, resource_id, since) values (new.tenant_id, new.id, new.restored_at)
      on conflict (tenant_id, resource_id, since) do update set until = 'infinity';
  end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger tenure_begin after insert on resource for each row execute function tenure_begin();
create trigger tenure_change after update of state on resource for each row
  when ((old.state = 'archived') <> (new.state = 'archived')) execute function tenure_change();

-- The owner sees no row while row-level security binds it too.
alter table resource no force row level security;
insert into tenure (tenant_id, resource_id, since, until)
  select tenant_id, id, created_at, coalesce(greatest(archived_at, created_at), 'infinity') from resource;
alter table resource force row level security;

-- Cells set by hand that come with an invitation.
create table invitation_cell (
  tenant_id     uuid not null,
  invitation_id uuid not null,
  area          text not null,
  view          smallint,
  edit          smallint,
  view_ok       smallint not null,
  edit_ok       smallint not null,
  primary key (tenant_id, invitation_id, area),
  foreign key (tenant_id, invitation_id) references invitation,
  foreign key (tenant_id, area, view_ok, edit_ok) references area (tenant_id, area, view_ok, edit_ok) on update cascade,
  constraint invitation_cell_says_something check (view is not null or edit is not null),
  constraint invitation_cell_edit_within_view check (edit <= view),
  constraint invitation_cell_view_admitted check (view_ok >> view & 1 = 1),
  constraint invitation_cell_edit_admitted check (edit_ok >> edit & 1 = 1)
);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['tenure', 'invitation_cell'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_tenant on %I to habilis_app
      using (tenant_id = current_setting('habilis.tenant')::uuid)
      with check (tenant_id = current_setting('habilis.tenant')::uuid)$p$, t);
    execute format('grant select, insert, update on %I to habilis_app', t);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
