-- What someone did to their own account, and came in by, outside all places: their
-- journal has it beside the lines of each place about them. It is theirs, no place
-- reads it, and it goes with the account.

-- +goose Up
set local role habilis_identity;

create table identity.own_act (
  account_id uuid not null references identity.account on delete cascade,
  at         timestamptz not null,
  n          bigint generated always as identity,
  actor_kind text not null default 'person' check (actor_kind in ('person', 'mailer')),
  act        text not null,
  request_id text not null default '',
  facts      jsonb not null,
  primary key (account_id, at, n)
);
create index own_act_age on identity.own_act (at) where act = 'signin.begin';

-- Notes an act outside places: of an account's owner, or of who sends mail for them.
-- +goose StatementBegin
create function identity.own_note(in_account uuid, in_kind text, in_act text, in_request text, in_facts jsonb, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into own_act (account_id, at, actor_kind, act, request_id, facts)
  select id, in_at, in_kind, in_act, in_request,
         case in_kind when 'person' then in_facts || jsonb_build_object('actor', given || ' ' || family) else in_facts end
    from account where id = in_account
$$;
-- +goose StatementEnd

-- A page of them, the last first: those until an instant, and until a number
-- within it.
-- +goose StatementBegin
create function identity.own_acts(in_account uuid, in_room text, in_at timestamptz, in_n bigint, in_limit int)
returns table (n bigint, at timestamptz, actor_kind text, act text, request_id text, facts jsonb)
language sql stable security definer set search_path = identity, pg_temp as $$
  select n, at, actor_kind, act, request_id, facts from own_act
   where account_id = in_account and (at, n) <= (in_at, in_n) and (in_room = '' or starts_with(act, in_room || '.'))
   order by at desc, n desc limit in_limit
$$;
-- +goose StatementEnd

-- Forgets when people came in after 400 days, as long as browsers are known.
-- +goose StatementBegin
create function identity.own_acts_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with gone as (delete from own_act where act = 'signin.begin' and at < in_at - interval '400 days' returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

-- As before, and once in the journal of who did it.
-- +goose StatementBegin
create or replace function identity.note_in_places(in_account uuid, in_act text, in_request text, in_facts jsonb, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  here   text := coalesce(current_setting('habilis.tenant', true), '');
  person record;
begin
  perform identity.own_note(in_account, 'person', in_act, in_request, in_facts, in_at);
  for person in
    select r.tenant_id, r.id, r.given || ' ' || r.family as name from membership m
      join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
      join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
     where m.account_id = in_account
     order by r.tenant_id
  loop
    perform set_config('habilis.tenant', person.tenant_id::text, true);
    perform journal_append(in_at, 'person', in_account, in_act, 'resource', person.id, 'done', in_request,
      in_facts || jsonb_build_object('actor', person.name, 'label', person.name));
  end loop;
  perform set_config('habilis.tenant', here, true);
end $$;
-- +goose StatementEnd

-- What the places were told of until now, once: the role of their journals reads it
-- there, and may write it here for as long as this takes.
grant usage on schema identity to habilis_journal;
grant select (id) on identity.account to habilis_journal;
grant insert on identity.own_act to habilis_journal;
set local role habilis_journal;
insert into identity.own_act (account_id, at, act, request_id, facts)
select actor, at, act, request_id, facts from (
  select distinct on (j.actor, j.act, j.request_id, case when j.request_id = '' then j.at end)
         j.actor, j.at, j.act, j.request_id, coalesce(j.facts, '{}') - 'label' as facts
    from public.journal_head h
   cross join lateral (select actor, at, act, request_id, facts from public.journal
                        where tenant_id = h.tenant_id and act = any('{account.codes_renewed, account.email, account.export, account.factor_added,
                              account.factor_removed, account.factor_replaced, account.passkey_copied, account.password}')) j
   where exists (select from identity.account a where a.id = j.actor)
   order by j.actor, j.act, j.request_id, case when j.request_id = '' then j.at end, j.at) told
 order by at;
set local role habilis_identity;
revoke insert on identity.own_act from habilis_journal;
revoke select (id) on identity.account from habilis_journal;
revoke usage on schema identity from habilis_journal;

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['own_note(uuid, text, text, text, jsonb, timestamptz)', 'own_acts(uuid, text, timestamptz, bigint, int)', 'own_acts_sweep(timestamptz)'] loop
    execute format('revoke all on function identity.%s from public', f);
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
