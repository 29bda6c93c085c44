-- The journal: append-only and chained per place. Only journal_append inserts,
-- with the tenant of the setting, last before the act commits.
--
-- What can name a person (labels, before and after, address) lies in `facts`,
-- which erasure may empty: the chain is over its salted digest.

-- +goose Up
create table journal (
  tenant_id   uuid not null,
  n           bigint not null,
  at          timestamptz not null,
  actor_kind  text not null check (actor_kind in ('person', 'support', 'console', 'mailer')),
  actor       uuid,           -- account
  act         text not null,
  target_kind text not null default '',
  target      uuid,
  result      text not null check (result in ('done', 'refused')),
  request_id  text not null default '',
  facts       jsonb,
  salt        bytea,
  digest      bytea not null, -- sha256(salt || facts)
  hash        bytea not null, -- sha256(previous hash || this row)
  primary key (tenant_id, n)
);
create index journal_at on journal (tenant_id, at desc, n desc);
create index journal_target on journal (tenant_id, target, n desc);
create index journal_act on journal (tenant_id, act, n desc);

create table journal_head (
  tenant_id uuid primary key,
  n         bigint not null,
  at        timestamptz not null,
  hash      bytea not null
);

alter table journal enable row level security;
alter table journal force row level security;
alter table journal_head enable row level security;
alter table journal_head force row level security;
create policy own_tenant on journal for select to habilis_app using (tenant_id = current_setting('habilis.tenant')::uuid);
create policy own_tenant on journal_head for select to habilis_app using (tenant_id = current_setting('habilis.tenant')::uuid);
grant select on journal, journal_head to habilis_app;
create policy chain on journal to habilis_journal using (true) with check (tenant_id = current_setting('habilis.tenant')::uuid);
create policy chain on journal_head to habilis_journal using (true) with check (tenant_id = current_setting('habilis.tenant')::uuid);
grant select, insert on journal to habilis_journal;
grant select, insert, update on journal_head to habilis_journal;
grant create on schema public to habilis_journal;

set local role habilis_journal;

-- The bytes that a row's hash is taken over.
-- +goose StatementBegin
create function journal_hash(previous bytea, j journal) returns bytea language sql stable
set search_path = pg_catalog, pg_temp
return sha256(previous || convert_to(concat_ws(E'\x1f',
    j.tenant_id, j.n, (extract(epoch from j.at) * 1000000)::bigint, j.actor_kind, coalesce(j.actor::text, ''), j.act,
    j.target_kind, coalesce(j.target::text, ''), j.result, j.request_id, encode(j.digest, 'hex')), 'UTF8'));
-- +goose StatementEnd

-- +goose StatementBegin
create function journal_append(at timestamptz, actor_kind text, actor uuid, act text, target_kind text, target uuid,
    result text, request_id text, facts jsonb) returns bigint
language plpgsql security definer set search_path = public, pg_catalog, pg_temp as $$
declare
  head journal_head;
  j    journal;
begin
  insert into journal_head values (current_setting('habilis.tenant')::uuid, 0, '-infinity', sha256(''))
    on conflict (tenant_id) do nothing;
  select * into head from journal_head h where h.tenant_id = current_setting('habilis.tenant')::uuid for update;
  j.tenant_id := head.tenant_id;
  j.n := head.n + 1;
  j.at := greatest(journal_append.at, head.at);
  j.actor_kind := journal_append.actor_kind;
  j.actor := journal_append.actor;
  j.act := journal_append.act;
  j.target_kind := journal_append.target_kind;
  j.target := journal_append.target;
  j.result := journal_append.result;
  j.request_id := journal_append.request_id;
  j.facts := journal_append.facts;
  j.salt := decode(replace(gen_random_uuid()::text, '-', ''), 'hex');
  j.digest := sha256(j.salt || convert_to(j.facts::text, 'UTF8'));
  j.hash := journal_hash(head.hash, j);
  insert into journal select j.*;
  update journal_head h set n = j.n, at = j.at, hash = j.hash where h.tenant_id = j.tenant_id;
  return j.n;
end $$;
-- +goose StatementEnd

-- The first row of a place at which the chain is broken, and why; no row when
-- it holds. Rows are read in order of n, so a gap is seen where it is.
-- +goose StatementBegin
create function journal_broken(place uuid) returns table (n bigint, why text)
language plpgsql stable security definer set search_path = public, pg_catalog, pg_temp as $$
declare
  j        journal;
  previous bytea := sha256('');
  expected bigint := 1;
  head     journal_head;
begin
  for j in select * from journal r where r.tenant_id = place order by r.n loop
    if j.n <> expected then
      return query select expected, 'missing'; return;
    elsif j.facts is not null and j.digest <> sha256(j.salt || convert_to(j.facts::text, 'UTF8')) then
      return query select j.n, 'facts'; return;
    elsif j.hash <> journal_hash(previous, j) then
      return query select j.n, 'hash'; return;
    end if;
    previous := j.hash;
    expected := expected + 1;
  end loop;
  select * into head from journal_head h where h.tenant_id = place;
  if coalesce(head.n, 0) <> expected - 1 or coalesce(head.hash, previous) <> previous then
    return query select expected, 'head';
  end if;
end $$;
-- +goose StatementEnd

-- What to keep outside the database, to notice a rewritten tail.
-- +goose StatementBegin
create function journal_hash_at(place uuid, row_n bigint) returns bytea language sql stable security definer
set search_path = public, pg_catalog, pg_temp
as $$ select hash from journal where tenant_id = place and n = row_n $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function journal_heads() returns table (tenant_id uuid, n bigint, hash bytea) language sql stable security definer
set search_path = public, pg_catalog, pg_temp
as $$ select h.tenant_id, h.n, h.hash from journal_head h order by h.tenant_id $$;
-- +goose StatementEnd
revoke execute on function journal_append, journal_broken, journal_hash_at, journal_heads from public;
grant execute on function journal_append to habilis_app;

reset role;
revoke create on schema public from habilis_journal;
-- +goose Down
select 1;
