-- One's own account: another address, that counts once it is confirmed; where each
-- session went; and what the places are told of it.

-- +goose Up
grant update (version) on resource to habilis_identity;
grant usage, create on schema public to habilis_journal; -- to grant what it owns
set local role habilis_journal;
grant execute on function journal_append to habilis_identity;
reset role;
revoke create on schema public from habilis_journal;

set local role habilis_identity;

alter table identity.account
  add column former_email    text, -- the one before, which is told that it was replaced
  add column former_email_at timestamptz;

-- Writes a line into the journal of each open place of an account's owner, about
-- what they did to their account outside of all places: in the order of places, as
-- the last thing of a transaction. The setting is what it was afterwards.
-- +goose StatementBegin
create function identity.note_in_places(in_account uuid, in_act text, in_request text, in_facts jsonb, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  here   text := coalesce(current_setting('habilis.tenant', true), '');
  person record;
begin
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

-- Asks for another address, in the place of one that was asked for before, whose
-- link is void; false where it is the backup address, or the present one.
-- +goose StatementBegin
create function identity.email_propose(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for no key update;
  if exists (select from account where id = in_account and in_email_key in (email_key, backup_email_key)) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and purpose = 'email' and used_at is null and voided_at is null;
  update account set pending_email = in_email, pending_email_key = in_email_key, pending_email_at = in_at where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- Takes that back; false when nothing was asked for.
-- +goose StatementBegin
create function identity.email_keep(in_account uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for no key update;
  update token set voided_at = in_at where account_id = in_account and purpose = 'email' and used_at is null and voided_at is null;
  update account set pending_email = null, pending_email_key = null, pending_email_at = null where id = in_account and pending_email is not null;
  return found;
end $$;
-- +goose StatementEnd

-- What is asked for.
-- +goose StatementBegin
create function identity.email_pending(in_account uuid) returns table (email text, asked_at timestamptz)
language sql stable security definer set search_path = identity, pg_temp as $$
  select pending_email, pending_email_at from account where id = in_account and pending_email is not null
$$;
-- +goose StatementEnd

-- The address before the present one, which is told for a day.
-- +goose StatementBegin
create function identity.email_former(in_account uuid, in_at timestamptz) returns text
language sql stable security definer set search_path = identity, pg_temp as $$
  select former_email from account where id = in_account and former_email_at > in_at - interval '4 days'
$$;
-- +goose StatementEnd

-- The people that an account is in its places, as their lists find them.
-- +goose StatementBegin
create function identity.people_of(in_account uuid) returns table (tenant_id uuid, resource_id uuid, family text, given text, username text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select r.tenant_id, r.id, r.family, r.given, r.username from membership m
    join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
   where m.account_id = in_account order by r.tenant_id
$$;
-- +goose StatementEnd

-- The address that was asked for, and confirmed by what it received, becomes the
-- account's, in each of its places; in_search is what the list of each looks into,
-- in the order of people_of. It voids whatever left for the one before, and ends
-- the sessions. Returns the new generation; null when something else is asked for by now.
-- The locks are those of link_take, which comes before.
-- +goose StatementBegin
create function identity.email_confirm(in_account uuid, in_mailbox text, in_tenants uuid[], in_search text[], in_request text, in_address text, in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  was   text;
  fresh int;
  owner account;
begin
  select * into owner from account where id = in_account for no key update;
  if owner.pending_email_key is distinct from in_mailbox then
    return null;
  end if;
  was := owner.email;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set email = pending_email, email_key = pending_email_key, email_verified_at = in_at,
         pending_email = null, pending_email_key = null, pending_email_at = null,
         former_email = was, former_email_at = in_at, generation = generation + 1
   where id = in_account returning generation into fresh;
  update resource r set email = owner.pending_email, search = s.search, version = r.version + 1
    from membership m, unnest(in_tenants, in_search) s(tenant_id, search)
   where m.account_id = in_account and r.tenant_id = m.tenant_id and r.id = m.resource_id and s.tenant_id = m.tenant_id;
  perform identity.note_in_places(in_account, 'account.email', in_request,
    jsonb_build_object('before', jsonb_build_object('email', coalesce(was, '')), 'after', jsonb_build_object('email', owner.pending_email), 'address', in_address), in_at);
  return fresh;
end $$;
-- +goose StatementEnd

-- What the live sessions of an account hold; the places they came to are in it.
-- +goose StatementBegin
create function identity.sessions_data(in_account uuid, in_at timestamptz, in_idle interval) returns table (id uuid, data bytea)
language sql stable security definer set search_path = identity, pg_temp as $$
  select s.id, s.data
    from session s join account a on a.id = s.account_id and a.generation = s.generation
   where s.account_id = in_account and s.id is not null and s.expires_at > in_at and s.seen_at >= in_at - in_idle
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['note_in_places(uuid, text, text, jsonb, timestamptz)', 'email_propose(uuid, text, text, timestamptz)', 'email_keep(uuid, timestamptz)',
    'email_pending(uuid)', 'email_former(uuid, timestamptz)', 'people_of(uuid)', 'email_confirm(uuid, text, uuid[], text[], text, text, timestamptz)',
    'sessions_data(uuid, timestamptz, interval)'] loop
    execute format('revoke all on function identity.%s from public', f);
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
