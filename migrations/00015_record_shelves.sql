-- A place may have 100,000 records, and is searched while one types. An index of
-- trigrams can't be used behind row-level security (no operator on texts is
-- leakproof) and doubles what an import writes. So what a search looks into stands
-- once more, forty records to a row: looking through all of it reads few rows.
-- Kept by triggers, like the headcount.

-- +goose Up
create table record_shelf (
  tenant_id uuid not null references tenant,
  shelf     int not null,
  ids       uuid[] not null, -- of the records, as they came
  search    text not null,   -- theirs, a line each
  primary key (tenant_id, shelf)
);

-- The records added fill up the last shelf, then new ones.
-- +goose StatementBegin
create function record_shelf_insert() returns trigger language plpgsql as $$
begin
  insert into record_shelf as s (tenant_id, shelf, ids, search)
  select a.tenant_id, coalesce(l.shelf, 0) + (coalesce(l.full, 0) + a.n) / 40, array_agg(a.id order by a.n), string_agg(a.search, e'\n' order by a.n)
    from (select tenant_id, id, search, row_number() over (partition by tenant_id) - 1 n from added) a
    left join lateral (select shelf, cardinality(ids) as full from record_shelf where tenant_id = a.tenant_id order by shelf desc limit 1) l on true
   group by 1, 2
      on conflict (tenant_id, shelf) do update set ids = s.ids || excluded.ids, search = s.search || e'\n' || excluded.search;
  return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function record_shelf_update() returns trigger language plpgsql as $$
begin
  if not exists (select from is_now n join was o using (tenant_id, id) where n.search <> o.search) then
    return null;
  end if;
  with found as (
    select distinct s.tenant_id, s.shelf
      from record_shelf s cross join lateral unnest(s.ids) i (id) join is_now n on n.tenant_id = s.tenant_id and n.id = i.id),
  again as (
    select s.tenant_id, s.shelf, string_agg(coalesce(n.search, i.line, ''), e'\n' order by i.at) search
      from found f join record_shelf s on s.tenant_id = f.tenant_id and s.shelf = f.shelf
     cross join lateral unnest(s.ids, string_to_array(s.search, e'\n')) with ordinality i (id, line, at)
      left join is_now n on n.tenant_id = s.tenant_id and n.id = i.id
     group by 1, 2)
  update record_shelf s set search = a.search from again a where s.tenant_id = a.tenant_id and s.shelf = a.shelf;
  return null;
end $$;
-- +goose StatementEnd

create trigger record_shelf_insert after insert on record referencing new table as added
  for each statement execute function record_shelf_insert();
create trigger record_shelf_update after update on record referencing old table as was new table as is_now
  for each statement execute function record_shelf_update();

-- The records there are already: their owner may look past the policies for it.
alter table record no force row level security;
insert into record_shelf
select tenant_id, n / 40, array_agg(id order by n), string_agg(search, e'\n' order by n)
  from (select tenant_id, id, search, row_number() over (partition by tenant_id order by id) - 1 n from record) r
 group by 1, 2;
alter table record force row level security;

alter table record_shelf enable row level security;
alter table record_shelf force row level security;
create policy own_tenant on record_shelf to habilis_app
  using (tenant_id = current_setting('habilis.tenant')::uuid)
  with check (tenant_id = current_setting('habilis.tenant')::uuid);
grant select, insert, update on record_shelf to habilis_app;

-- +goose Down
select 1;
