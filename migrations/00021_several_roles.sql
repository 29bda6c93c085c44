-- Several roles at once: an invitation may bring more than one, and what ends by
-- itself is told before it does and noted once it did.

-- +goose Up

-- The roles of an invitation beside the one that it names.
create table invitation_role (
  tenant_id     uuid not null,
  invitation_id uuid not null,
  role_id       uuid not null,
  primary key (tenant_id, invitation_id, role_id),
  foreign key (tenant_id, invitation_id) references invitation,
  foreign key (tenant_id, role_id) references role
);

-- What was done about a grant that has a planned end: so many days before it
-- someone was written to; none, and the journal says that it came. Once each.
create table grant_notice (
  tenant_id uuid not null,
  grant_id  uuid not null,
  days      int not null check (days >= 0),
  at        timestamptz not null,
  primary key (tenant_id, grant_id, days),
  foreign key (tenant_id, grant_id) references role_grant
);
create index grant_ending on role_grant (until, tenant_id) where open and until < 'infinity';

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['invitation_role', 'grant_notice'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy own_tenant on %I to habilis_app
      using (tenant_id = current_setting('habilis.tenant')::uuid)
      with check (tenant_id = current_setting('habilis.tenant')::uuid)$p$, t);
    execute format('grant select, insert on %I to habilis_app', t);
    execute format('create policy identity_reads on %I for select to habilis_identity using (true)', t);
    execute format('grant select on %I to habilis_identity', t);
  end loop;
end $$;
-- +goose StatementEnd

set local role habilis_identity;

-- The places in which a planned end has come, or is near enough to be told: the
-- clock's work, which goes to each through its door.
-- +goose StatementBegin
create function identity.places_with_ends(in_at timestamptz, in_days int[]) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct g.tenant_id
    from role_grant g
   cross join unnest(in_days) d
   where g.open and g.until < 'infinity' and g.until <= in_at + make_interval(days => d)
     and g.since <= g.until - make_interval(days => d)
     and not exists (select from grant_notice n where n.tenant_id = g.tenant_id and n.grant_id = g.id and n.days <= d)
$$;
-- +goose StatementEnd

-- The roles that an invitation brings, in words.
-- +goose StatementBegin
create function identity.invitation_words(in_tenant uuid, in_id uuid)
returns table (role_fr text, role_en text, description_fr text, description_en text)
language sql stable security definer set search_path = public, pg_temp as $$
  select string_agg(r.name_fr, ', ' order by r.position), string_agg(r.name_en, ', ' order by r.position),
         string_agg(r.description_fr, ' ' order by r.position), string_agg(r.description_en, ' ' order by r.position)
    from role r
   where r.tenant_id = in_tenant
     and r.id in (select i.role_id from invitation i where i.tenant_id = in_tenant and i.id = in_id
                  union all select b.role_id from invitation_role b where b.tenant_id = in_tenant and b.invitation_id = in_id)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.invitations(in_account uuid, in_at timestamptz)
returns table (tenant_id uuid, id uuid, number text, place text, role_fr text, role_en text, role_description_fr text, role_description_en text,
               inviter text, created_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select i.tenant_id, i.id, t.number, t.name, r.role_fr, r.role_en, r.description_fr, r.description_en,
         p.given || ' ' || p.family, i.created_at, i.expires_at
    from account a
    join invitation i on i.email_key = a.email_key and i.state = 'pending' and i.expires_at > in_at
    join tenant t on t.tenant_id = i.tenant_id and t.state = 'open'
   cross join lateral identity.invitation_words(i.tenant_id, i.id) r
    join resource p on p.tenant_id = i.tenant_id and p.id = i.invited_by
   where a.id = in_account and a.email_verified_at is not null
   order by i.created_at desc
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.invitation_find(in_account uuid, in_id uuid)
returns table (tenant_id uuid, id uuid, number text, place text, role_fr text, role_en text, role_description_fr text, role_description_en text,
               inviter text, created_at timestamptz, expires_at timestamptz, state text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select i.tenant_id, i.id, t.number, t.name, r.role_fr, r.role_en, r.description_fr, r.description_en,
         p.given || ' ' || p.family, i.created_at, i.expires_at, i.state
    from account a
    join invitation i on i.email_key = a.email_key and i.id = in_id
    join tenant t on t.tenant_id = i.tenant_id
   cross join lateral identity.invitation_words(i.tenant_id, i.id) r
    join resource p on p.tenant_id = i.tenant_id and p.id = i.invited_by
   where a.id = in_account and a.email_verified_at is not null
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.places_with_ends, identity.invitation_words from public;
grant execute on function identity.places_with_ends to habilis_app;

-- +goose Down
select 1;
