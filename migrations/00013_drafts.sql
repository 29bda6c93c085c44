-- A file that waits for a yes is kept line by line, each beside the record that it
-- was judged against and that record's version: a page of its preview reads a page
-- of lines, and the yes is refused once a record is no longer what was shown.

-- +goose Up
drop table draft; -- what waited is chosen again: it would have been forgotten within the day
create table draft (
  tenant_id  uuid not null references tenant,
  id         uuid not null,
  purpose    text not null check (purpose in ('records')),
  file       text not null default '',
  digest     bytea not null default '', -- SHA-256 of the file
  ignored    text[] not null default '{}', -- heads of columns that mean nothing here
  edition    int not null default 0,    -- how often it was judged
  added      int not null default 0,
  changed    int not null default 0,
  unchanged  int not null default 0,
  wrong      int not null default 0,
  made_by    uuid not null,             -- resource: nobody else may say yes
  made_at    timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, made_by) references resource
);
create index draft_age on draft (made_at);

create table draft_line (
  tenant_id     uuid not null,
  draft_id      uuid not null,
  position      int not null,
  number        int not null,             -- of the line in the file
  id            uuid not null,            -- of the record, should it be new
  reference     text not null,
  label         text not null,
  key           text not null,            -- '' when something is wrong
  search        text not null,
  wrong         text not null default '', -- a fault as JSON
  outcome       text not null check (outcome in ('new', 'changed', 'unchanged', 'wrong')),
  record_id     uuid,                     -- the record that has the reference, as it was judged
  version       int,
  was_reference text,
  was_label     text,
  primary key (tenant_id, draft_id, position),
  foreign key (tenant_id, draft_id) references draft on delete cascade
);
create index draft_line_outcome on draft_line (tenant_id, draft_id, outcome, position);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['draft', 'draft_line'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_tenant on %I to habilis_app
      using (tenant_id = current_setting('habilis.tenant')::uuid)
      with check (tenant_id = current_setting('habilis.tenant')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to habilis_app', t);
  end loop;
end $$;
-- +goose StatementEnd

-- Nobody's clients wait for more than a day, also where no other file comes.
create policy identity_sweeps on draft to habilis_identity using (true);
grant select, update, delete on draft to habilis_identity;
set local role habilis_identity;

-- +goose StatementBegin
create function identity.drafts_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = public, pg_temp as $$
  with old as (
    select tenant_id, id from draft where made_at < in_at - interval '1 day' for update skip locked),
  gone as (delete from draft d using old where d.tenant_id = old.tenant_id and d.id = old.id returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.drafts_sweep from public;
grant execute on function identity.drafts_sweep to habilis_app;

-- +goose Down
select 1;
