-- What "assigned" points at: records, of which the portal keeps the reference
-- and the label alone, and who is assigned which, from when until when.

-- +goose Up
create table record (
  tenant_id     uuid not null references tenant,
  id            uuid not null,
  reference     text not null check (length(reference) between 1 and 64), -- as the place writes it
  reference_key text not null,                                            -- as two of them are compared
  label         text not null check (length(label) between 1 and 200),
  search        text not null,
  state         text not null default 'open' check (state in ('open', 'archived')),
  version       int not null default 1,
  created_at    timestamptz not null,
  created_by    uuid,                                                     -- resource
  archived_at   timestamptz,
  archived_by   uuid,
  primary key (tenant_id, id),
  constraint record_reference_taken unique (tenant_id, reference_key),
  check ((state = 'archived') = (archived_at is not null))
);
create index record_list on record (tenant_id, label collate "fr-x-icu", id) include (state, search, reference, version);

create table assignment (
  tenant_id      uuid not null,
  resource_id    uuid not null,
  record_id      uuid not null,
  since          timestamptz not null,
  until          timestamptz not null default 'infinity',
  open           boolean not null default true,
  by_kind        text not null check (by_kind in ('person', 'support', 'console')),
  by_resource    uuid,
  ended_kind     text check (ended_kind in ('person', 'support', 'console')),
  ended_resource uuid,
  primary key (tenant_id, resource_id, record_id, since),
  foreign key (tenant_id, resource_id) references resource,
  foreign key (tenant_id, record_id) references record,
  constraint assignment_time check (since <= until)
);
create unique index assignment_once on assignment (tenant_id, resource_id, record_id) where open;
create index assignment_of_record on assignment (tenant_id, record_id, since) include (resource_id, until);

-- A file that was read and shown, and waits for a person to say yes.
create table draft (
  tenant_id  uuid not null references tenant,
  id         uuid not null,
  purpose    text not null check (purpose in ('records')),
  lines      jsonb not null,
  made_by    uuid not null, -- resource: nobody else may say yes
  made_at    timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, made_by) references resource
);
create index draft_age on draft (tenant_id, made_at);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['record', 'assignment', 'draft'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_tenant on %I to habilis_app
      using (tenant_id = current_setting('habilis.tenant')::uuid)
      with check (tenant_id = current_setting('habilis.tenant')::uuid)$p$, t);
    execute format('grant select, insert, update on %I to habilis_app', t);
  end loop;
end $$;
-- +goose StatementEnd
grant delete on draft to habilis_app;

-- +goose Down
select 1;
