-- Places, their catalogue of permissions, their people, and the facts about
-- them. Each fact has a beginning and an end, [since, until), and nothing is
-- overwritten: "now" and "on that day" are the same query. `open` says that
-- nobody has closed the fact yet: a planned end leaves it open.

-- +goose Up
create table tenant (
  tenant_id   uuid primary key,
  number      text not null constraint tenant_number_taken unique check (number ~ '^[0-9A-Za-z][0-9A-Za-z-]{0,19}$'),
  kind        text not null,
  name        text not null check (length(name) between 1 and 120),
  locale      text not null,
  time_zone   text not null,
  support     text not null default '', -- an https address or an e-mail; empty: the site's own
  state       text not null default 'open' check (state in ('open', 'closed')),
  policies    jsonb not null,
  version     int not null default 1,
  created_at  timestamptz not null
);

create table module (
  tenant_id uuid not null references tenant,
  module    text not null,
  position  int not null,
  name_fr   text not null,
  name_en   text not null,
  primary key (tenant_id, module)
);

create table area (
  tenant_id uuid not null,
  area      text not null,
  module    text not null,
  position  int not null,
  name_fr   text not null,
  name_en   text not null,
  view_ok   smallint not null check (view_ok between 1 and 15), -- bit n: scope n is admitted
  edit_ok   smallint not null check (edit_ok between 1 and 15),
  primary key (tenant_id, area),
  constraint area_masks unique (tenant_id, area, view_ok, edit_ok),
  foreign key (tenant_id, module) references module
);

create table role (
  tenant_id      uuid not null references tenant,
  id             uuid not null,
  preset         text,          -- the kind's role that it was copied from
  module         text not null,
  position       int not null,
  name_fr        text not null,
  name_en        text not null,
  description_fr text not null,
  description_en text not null,
  is_default     boolean not null default false,
  exclusive      boolean not null default false,
  min_holders    int not null default 0 check (min_holders >= 0),
  second_factor  text not null default '' check (second_factor in ('', 'any', 'strong')),
  expires_after  int check (expires_after > 0), -- days
  retired_at     timestamptz,
  version        int not null default 1,
  primary key (tenant_id, id),
  constraint role_exclusive unique (tenant_id, id, exclusive),
  unique (tenant_id, preset),
  foreign key (tenant_id, module) references module,
  check (not (is_default and exclusive))
);
create unique index role_one_default on role (tenant_id) where is_default;

-- Which roles may give a role. None: support alone.
create table role_giver (
  tenant_id uuid not null,
  role_id   uuid not null,
  giver_id  uuid not null,
  primary key (tenant_id, role_id, giver_id),
  foreign key (tenant_id, role_id) references role,
  foreign key (tenant_id, giver_id) references role
);

create table role_pair (
  tenant_id uuid not null,
  role_id   uuid not null,
  pair_id   uuid not null,
  primary key (tenant_id, role_id, pair_id),
  foreign key (tenant_id, role_id) references role,
  foreign key (tenant_id, pair_id) references role
);

create table role_cell (
  tenant_id uuid not null,
  role_id   uuid not null,
  area      text not null,
  view      smallint not null,
  edit      smallint not null,
  view_ok   smallint not null, -- the area's masks, kept true by the foreign key
  edit_ok   smallint not null,
  since     timestamptz not null,
  until     timestamptz not null default 'infinity',
  open      boolean not null default true,
  by_kind   text not null check (by_kind in ('person', 'support', 'console')),
  by_resource uuid,
  primary key (tenant_id, role_id, area, since),
  foreign key (tenant_id, role_id) references role,
  foreign key (tenant_id, area, view_ok, edit_ok) references area (tenant_id, area, view_ok, edit_ok) on update cascade,
  constraint cell_time check (since <= until),
  constraint cell_edit_within_view check (edit <= view),
  constraint cell_view_admitted check (view_ok >> view & 1 = 1),
  constraint cell_edit_admitted check (edit_ok >> edit & 1 = 1)
);
create unique index role_cell_open on role_cell (tenant_id, role_id, area) where open;

create table resource (
  tenant_id   uuid not null references tenant,
  id          uuid not null,
  account_id  uuid not null,
  family      text not null,
  given       text not null,
  username    text not null,
  email       text not null default '',
  phone       text not null default '',
  function    text not null default '',
  flags       text[] not null default '{}',
  state       text not null check (state in ('pending', 'active', 'archived')),
  search      text not null, -- names, user name and e-mail as people.SearchKey writes them
  lone        boolean not null default false, -- holds, or may hold, an exclusive role
  version     int not null default 1,
  created_at  timestamptz not null,
  created_by  uuid,
  archived_at timestamptz,
  archived_by uuid,
  archived_why text not null default '',
  primary key (tenant_id, id),
  constraint resource_once unique (tenant_id, account_id),
  constraint resource_mode unique (tenant_id, id, lone),
  check ((state = 'archived') = (archived_at is not null))
);
create index resource_list on resource (tenant_id, family collate "fr-x-icu", given collate "fr-x-icu", id)
  include (state, search, email, username, version);

-- How many people a place has in each state, kept by triggers: counting 10,000
-- takes longer than showing 50.
create table headcount (
  tenant_id uuid not null references tenant,
  state     text not null,
  people    bigint not null,
  primary key (tenant_id, state)
);

-- What changes often about a person, off the list's covering index.
create table presence (
  tenant_id     uuid not null,
  resource_id   uuid not null,
  last_seen_at  timestamptz not null default '-infinity', -- last sign-in that came to this place
  second_factor text not null default '',                 -- '', 'app'
  failures      int not null default 0,                   -- wrong passwords in a row
  blocked_until timestamptz not null default '-infinity',
  primary key (tenant_id, resource_id),
  foreign key (tenant_id, resource_id) references resource on delete cascade
) with (fillfactor = 80);
create index presence_seen on presence (tenant_id, last_seen_at, resource_id);
create index presence_blocked on presence (tenant_id, blocked_until) include (resource_id) where blocked_until > '-infinity';

create table role_grant (
  tenant_id   uuid not null,
  id          uuid not null,
  resource_id uuid not null,
  role_id     uuid not null,
  exclusive   boolean not null,
  since       timestamptz not null,
  until       timestamptz not null default 'infinity',
  open        boolean not null default true,
  lone        boolean generated always as (case when open then exclusive end) stored,
  by_kind     text not null check (by_kind in ('person', 'support', 'console')),
  by_resource uuid,
  ended_kind  text check (ended_kind in ('person', 'support', 'console')),
  ended_resource uuid,
  primary key (tenant_id, id),
  constraint grant_time check (since <= until),
  foreign key (tenant_id, resource_id) references resource,
  foreign key (tenant_id, role_id, exclusive) references role (tenant_id, id, exclusive) on update cascade,
  constraint grant_exclusive foreign key (tenant_id, resource_id, lone) references resource (tenant_id, id, lone) deferrable initially deferred
);
create unique index grant_once on role_grant (tenant_id, resource_id, role_id) where open;
create unique index grant_alone on role_grant (tenant_id, resource_id) where open and exclusive;
create index grant_of on role_grant (tenant_id, resource_id, since) include (role_id, until);
create index grant_holders on role_grant (tenant_id, role_id, since) include (resource_id, until);

create table override (
  tenant_id   uuid not null,
  resource_id uuid not null,
  area        text not null,
  view        smallint,
  edit        smallint,
  view_ok     smallint not null,
  edit_ok     smallint not null,
  since       timestamptz not null,
  until       timestamptz not null default 'infinity',
  open        boolean not null default true,
  by_kind     text not null check (by_kind in ('person', 'support', 'console')),
  by_resource uuid,
  primary key (tenant_id, resource_id, area, since),
  foreign key (tenant_id, resource_id) references resource,
  foreign key (tenant_id, area, view_ok, edit_ok) references area (tenant_id, area, view_ok, edit_ok) on update cascade,
  constraint override_time check (since <= until),
  constraint override_says_something check (view is not null or edit is not null),
  constraint override_edit_within_view check (edit <= view),
  constraint override_view_admitted check (view_ok >> view & 1 = 1),
  constraint override_edit_admitted check (edit_ok >> edit & 1 = 1)
);
create unique index override_open on override (tenant_id, resource_id, area) where open;

create table invitation (
  tenant_id   uuid not null references tenant,
  id          uuid not null,
  email       text not null,
  email_key   text not null,
  role_id     uuid not null,
  state       text not null default 'pending' check (state in ('pending', 'accepted', 'declined', 'withdrawn')),
  invited_by  uuid not null, -- resource
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  answered_at timestamptz,
  mail_id     uuid,          -- the last letter sent
  version     int not null default 1,
  primary key (tenant_id, id),
  foreign key (tenant_id, role_id) references role,
  foreign key (tenant_id, invited_by) references resource
);
create unique index invitation_pending on invitation (tenant_id, email_key) where state = 'pending';
create index invitation_list on invitation (tenant_id, created_at desc, id);
create index invitation_to on invitation (email_key) where state = 'pending';

-- What only support may grant, asked for in the portal.
create table request (
  tenant_id    uuid not null references tenant,
  id           uuid not null,
  resource_id  uuid not null,
  role_id      uuid not null,
  note         text not null default '',
  state        text not null default 'open' check (state in ('open', 'granted', 'refused')),
  requested_by uuid not null, -- resource
  created_at   timestamptz not null,
  answered_at  timestamptz,
  answered_by  uuid,          -- the operator's account
  reason       text not null default '',
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references resource,
  foreign key (tenant_id, role_id) references role,
  foreign key (tenant_id, requested_by) references resource
);
create unique index request_open on request (tenant_id, resource_id, role_id) where state = 'open';
create index request_queue on request (created_at, tenant_id, id) where state = 'open';

-- A form that was sent twice is done once: the second finds the first's result.
create table submission (
  tenant_id uuid not null references tenant,
  id        uuid not null,
  result    text not null,
  at        timestamptz not null,
  primary key (tenant_id, id)
);

create table mail (
  tenant_id   uuid not null references tenant,
  id          uuid not null,
  template    text not null,
  resource_id uuid,           -- the person whose sheet shows it
  account_id  uuid,           -- for whom a secret is minted, if it carries one
  recipient   text not null,
  locale      text not null,
  params      jsonb not null, -- what the template needs; never a secret
  state       text not null default 'queued' check (state in ('queued', 'sent', 'refused', 'void')),
  attempts    int not null default 0,
  answer      text not null default '', -- the mail server's last words
  created_at  timestamptz not null,
  changed_at  timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references resource
);
create index mail_of on mail (tenant_id, resource_id, created_at desc);
alter table invitation add foreign key (tenant_id, mail_id) references mail;

-- The last holder of a role that must be held: refused here whatever the door.
-- +goose StatementBegin
create function role_keeps_holder() returns trigger language plpgsql as $$
declare
  must record;
begin
  for must in
    select r.tenant_id, r.id
      from role_grant g
      join role r on r.tenant_id = g.tenant_id and r.id = g.role_id
     where g.tenant_id = new.tenant_id
       and (tg_table_name = 'role_grant' and g.id = new.id or tg_table_name = 'resource' and g.resource_id = new.id and g.open)
       and r.min_holders > 0 and r.retired_at is null
     order by r.id
       for no key update of r -- two who end the last two follow one another, even past the place's lock
  loop
    if not exists (
      select from role_grant o
        join resource p on p.tenant_id = o.tenant_id and p.id = o.resource_id and p.state <> 'archived'
       where o.tenant_id = must.tenant_id and o.role_id = must.id and o.open) then
      raise exception 'role % would have no holder left', must.id using errcode = 'check_violation', constraint = 'role_last_holder';
    end if;
  end loop;
  return null;
end $$;
-- +goose StatementEnd
-- A column named by "new.id" exists on both tables; each fires only when it can lose a holder.
create constraint trigger role_last_holder after update on role_grant
  deferrable initially deferred for each row when (old.open and not new.open) execute function role_keeps_holder();
create constraint trigger role_last_holder after update on resource
  deferrable initially deferred for each row when (old.state <> 'archived' and new.state = 'archived') execute function role_keeps_holder();

-- +goose StatementBegin
create function headcount_insert() returns trigger language plpgsql as $$
begin
  insert into headcount as h select tenant_id, state, count(*) from added group by 1, 2
    on conflict (tenant_id, state) do update set people = h.people + excluded.people;
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function headcount_update() returns trigger language plpgsql as $$
begin
  insert into headcount as h values (old.tenant_id, old.state, -1), (new.tenant_id, new.state, 1)
    on conflict (tenant_id, state) do update set people = h.people + excluded.people;
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function headcount_delete() returns trigger language plpgsql as $$
begin
  insert into headcount as h select tenant_id, state, -count(*) from gone group by 1, 2
    on conflict (tenant_id, state) do update set people = h.people + excluded.people;
  return null;
end $$;
-- +goose StatementEnd
create trigger headcount_insert after insert on resource referencing new table as added for each statement execute function headcount_insert();
create trigger headcount_update after update of state on resource for each row when (old.state <> new.state) execute function headcount_update();
create trigger headcount_delete after delete on resource referencing old table as gone for each statement execute function headcount_delete();

-- One rule for every table of a place: what the setting names, and no more.
-- Without the setting each statement fails loudly.
-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['tenant','module','area','role','role_giver','role_pair','role_cell','resource','headcount','presence','role_grant','override','invitation','request','submission','mail'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_tenant on %I to habilis_app
      using (tenant_id = current_setting('habilis.tenant')::uuid)
      with check (tenant_id = current_setting('habilis.tenant')::uuid)$p$, t);
    execute format('grant select, insert, update on %I to habilis_app', t);
  end loop;
  -- What the identity functions may see across places.
  foreach t in array array['tenant','role','resource','role_grant','request','invitation','presence'] loop
    execute format('create policy identity_reads on %I for select to habilis_identity using (true)', t);
    execute format('grant select on %I to habilis_identity', t);
  end loop;
end $$;
-- +goose StatementEnd
create policy identity_activates on resource for update to habilis_identity using (true) with check (true);
grant update (state, search, family, given, username, email, phone) on resource to habilis_identity;
create policy identity_counts on headcount to habilis_identity using (true) with check (true);
grant select, insert, update on headcount to habilis_identity;
create policy identity_marks on presence for update to habilis_identity using (true) with check (true);
grant update on presence to habilis_identity;

-- +goose Down
select 1;
