-- Support's visits of places, called stays here: an operator sees what the people
-- of the place see of its own pages, for a time, and changes nothing. The server
-- reads them in its place; it begins and ends them through functions alone, so that
-- no row of it can say what an operator may not.

-- +goose Up
create table stay (
  tenant_id  uuid not null references tenant,
  id         uuid not null,
  operator   uuid not null, -- account
  session    uuid not null, -- the operator's sign-in: the stay dies with it
  name       text not null, -- the operator's, at that time
  reason     text not null check (length(reason) between 1 and 500),
  ticket     text not null default '' check (length(ticket) <= 60),
  since      timestamptz not null,
  until      timestamptz not null check (until > since and until <= since + interval '60 minutes'),
  ended_at   timestamptz,
  ended_kind text check (ended_kind in ('person', 'support', 'clock')),
  ended_by   uuid,          -- resource, of a person
  primary key (tenant_id, id),
  foreign key (tenant_id, ended_by) references resource,
  check ((ended_at is null) = (ended_kind is null)),
  check ((ended_kind = 'person') = (ended_by is not null))
);
create index stay_list on stay (tenant_id, since desc, id);
create index stay_open on stay (operator) where ended_at is null;
alter table stay enable row level security;
alter table stay force row level security;
create policy own_tenant on stay for select to habilis_app using (tenant_id = current_setting('habilis.tenant')::uuid);
create policy identity_keeps on stay to habilis_identity using (true) with check (true);
grant select on stay to habilis_app;
grant select, insert, update on stay to habilis_identity;

set local role habilis_identity;

-- Whether a stay of the place of the setting still opens anything: nobody ended it,
-- its time isn't over, its operator is one still, has a strong second factor and is
-- nobody of the place, and the session that it began in lives.
-- +goose StatementBegin
create function identity.stay_stands(in_stay uuid, in_at timestamptz) returns boolean
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select exists (
    select from stay y
      join operator o on o.account_id = y.operator
      join account a on a.id = y.operator
     where y.tenant_id = current_setting('habilis.tenant')::uuid and y.id = in_stay
       and y.ended_at is null and y.until > in_at
       and identity.methods(y.operator) && array['totp', 'passkey']
       and exists (select from session s where s.id = y.session and s.account_id = a.id and s.generation = a.generation and s.expires_at > in_at)
       and not exists (select from membership m where m.account_id = y.operator and m.tenant_id = y.tenant_id))
$$;
-- +goose StatementEnd

-- The stay in the place of the setting that a session of an operator may use.
-- +goose StatementBegin
create function identity.stay_now(in_operator uuid, in_session uuid, in_at timestamptz)
returns table (id uuid, name text, reason text, ticket text, since timestamptz, until timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select y.id, y.name, y.reason, y.ticket, y.since, y.until from stay y
   where y.tenant_id = current_setting('habilis.tenant')::uuid and y.operator = in_operator and y.session = in_session
     and y.ended_at is null and identity.stay_stands(y.id, in_at)
$$;
-- +goose StatementEnd

-- Begins a stay in the place of the setting: '' when it began, else why not. An
-- operator has one at a time, which the lock on their row keeps true on every
-- replica, and none where they have an account of their own, or had one.
-- +goose StatementBegin
create function identity.stay_begin(in_stay uuid, in_operator uuid, in_session uuid, in_reason text, in_ticket text, in_at timestamptz, in_until timestamptz)
returns text language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  perform from operator where account_id = in_operator for update;
  if not found or not identity.methods(in_operator) && array['totp', 'passkey'] then
    return 'not_operator';
  elsif exists (select from membership where account_id = in_operator and tenant_id = current_setting('habilis.tenant')::uuid) then
    return 'member';
  elsif exists (select from stay where operator = in_operator and ended_at is null and until > in_at) then
    return 'elsewhere';
  end if;
  insert into stay (tenant_id, id, operator, session, name, reason, ticket, since, until)
    select current_setting('habilis.tenant')::uuid, in_stay, a.id, in_session, a.given || ' ' || a.family, in_reason, in_ticket, in_at, in_until
      from account a where a.id = in_operator;
  return '';
end $$;
-- +goose StatementEnd

-- Ends a stay of the place of the setting, at its own end at the latest; false when
-- it was over. in_by is the resource of someone of the place.
-- +goose StatementBegin
create function identity.stay_end(in_stay uuid, in_kind text, in_by uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  update stay set ended_at = least(in_at, until), ended_kind = in_kind, ended_by = in_by
   where tenant_id = current_setting('habilis.tenant')::uuid and id = in_stay and ended_at is null;
  return found;
end $$;
-- +goose StatementEnd

-- Where an operator is, from whichever session.
-- +goose StatementBegin
create function identity.stay_of(in_operator uuid, in_at timestamptz)
returns table (tenant_id uuid, id uuid, number text, place text, kind text, session uuid, reason text, ticket text, since timestamptz, until timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select y.tenant_id, y.id, t.number, t.name, t.kind, y.session, y.reason, y.ticket, y.since, y.until
    from stay y join tenant t on t.tenant_id = y.tenant_id
   where y.operator = in_operator and y.ended_at is null and y.until > in_at
     and exists (select from operator o where o.account_id = in_operator)
   order by y.since desc limit 1
$$;
-- +goose StatementEnd

-- Where the time of a stay is over, and nobody has ended it. One that opens nothing
-- any more for another reason waits for its time.
-- +goose StatementBegin
create function identity.stays_due(in_at timestamptz) returns setof uuid
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select distinct y.tenant_id from stay y
   where y.ended_at is null and y.until <= in_at
$$;
-- +goose StatementEnd

-- Places by their number or a part of their name, for an operator; in_words is in
-- small letters and without accents.
-- +goose StatementBegin
create function identity.places_for_stay(in_operator uuid, in_words text, in_limit int)
returns table (tenant_id uuid, number text, name text, kind text, state text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select t.tenant_id, t.number, t.name, t.kind, t.state from tenant t
   where exists (select from operator o where o.account_id = in_operator)
     and (starts_with(lower(t.number), in_words)
          or strpos(regexp_replace(normalize(lower(t.name), nfd), '[\u0300-\u036f]', '', 'g'), in_words) > 0)
   order by lower(t.number) <> in_words, t.name, t.number
   limit in_limit
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['stay_stands(uuid, timestamptz)', 'stay_now(uuid, uuid, timestamptz)',
    'stay_begin(uuid, uuid, uuid, text, text, timestamptz, timestamptz)', 'stay_end(uuid, text, uuid, timestamptz)', 'stay_of(uuid, timestamptz)',
    'stays_due(timestamptz)', 'places_for_stay(uuid, text, int)'] loop
    execute format('revoke all on function identity.%s from public', f);
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
