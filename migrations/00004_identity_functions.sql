-- All that the server may do with identities. Each function is narrow, owned
-- by habilis_identity and executed with its rights; the server has EXECUTE on
-- these and nothing else in the schema. Names of arguments start with in_.

-- +goose Up
grant create on schema public to habilis_identity;
set local role habilis_identity;

-- Accounts ------------------------------------------------------------------

-- By user name (capitals count) or by the canonical key of an e-mail.
-- +goose StatementBegin
create function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, locale text, password_hash text,
               factor boolean, operator boolean, places bigint, generation int)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), a.locale, coalesce(a.password_hash, ''),
         exists (select from factor f where f.account_id = a.id and f.confirmed_at is not null),
         exists (select from operator o where o.account_id = a.id),
         (select count(*) from membership m
            join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
            join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
           where m.account_id = a.id),
         a.generation
    from account a
   where a.username = in_username or a.email_key = in_email_key
   order by a.username = in_username desc
   limit 1
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.account_get(in_account uuid)
returns table (id uuid, username text, family text, given text, email text, email_key text, email_verified boolean, locale text,
               factor boolean, operator boolean, generation int)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.email_verified_at is not null, a.locale,
         exists (select from factor f where f.account_id = a.id and f.confirmed_at is not null),
         exists (select from operator o where o.account_id = a.id),
         a.generation
    from account a where a.id = in_account
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.account_create(in_id uuid, in_username text, in_username_key text, in_email text, in_email_key text,
  in_family text, in_given text, in_phone text, in_locale text, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into account (id, username, username_key, email, email_key, family, given, phone, locale, created_at)
  values (in_id, in_username, in_username_key, nullif(in_email, ''), nullif(in_email_key, ''), in_family, in_given, nullif(in_phone, ''), in_locale, in_at)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.email_taken(in_email_key text) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (select from account where email_key = in_email_key)
$$;
-- +goose StatementEnd

-- Those of the given keys that are somebody's.
-- +goose StatementBegin
create function identity.usernames_taken(in_keys text[]) returns setof text
language sql stable security definer set search_path = identity, pg_temp as $$
  select username_key from account where username_key = any (in_keys)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.locale_set(in_account uuid, in_locale text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set locale = in_locale where id = in_account
$$;
-- +goose StatementEnd

-- Places --------------------------------------------------------------------

-- +goose StatementBegin
create function identity.membership_add(in_account uuid, in_tenant uuid, in_resource uuid) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into membership values (in_account, in_tenant, in_resource)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.tenant_by_number(in_number text) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select tenant_id from tenant where number = in_number
$$;
-- +goose StatementEnd

-- The open places of an account, with the roles held there at in_at. Each page
-- asks: in plpgsql the plan is kept, in sql it would be made again each time.
-- +goose StatementBegin
create function identity.places(in_account uuid, in_at timestamptz)
returns table (tenant_id uuid, number text, kind text, name text, resource_id uuid, role_ids uuid[], roles_fr text[], roles_en text[])
language plpgsql stable security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
begin
  return query
  select t.tenant_id, t.number, t.kind, t.name, m.resource_id, h.ids, h.fr, h.en
    from membership m
    join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
    join resource p on p.tenant_id = m.tenant_id and p.id = m.resource_id and p.state <> 'archived'
    cross join lateral (
      select coalesce(array_agg(r.id order by r.position), '{}') ids,
             coalesce(array_agg(r.name_fr order by r.position), '{}') fr,
             coalesce(array_agg(r.name_en order by r.position), '{}') en
        from role_grant g join role r on r.tenant_id = g.tenant_id and r.id = g.role_id
       where g.tenant_id = m.tenant_id and g.resource_id = m.resource_id and g.since <= in_at and g.until > in_at offset 0) h
   where m.account_id = in_account
   order by t.name, t.number;
end $$;
-- +goose StatementEnd

-- The same but for one of them: for the menu of a page there. Most people have
-- one place.
-- +goose StatementBegin
create function identity.other_places(in_account uuid, in_tenant uuid, in_at timestamptz)
returns table (tenant_id uuid, number text, kind text, name text, resource_id uuid, role_ids uuid[], roles_fr text[], roles_en text[])
language plpgsql stable security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
begin
  if exists (select from membership where account_id = in_account and tenant_id <> in_tenant) then
    return query select * from identity.places(in_account, in_at) p where p.tenant_id <> in_tenant;
  end if;
end $$;
-- +goose StatementEnd

-- Who of the place of the setting has an address. Of other places it says nothing.
-- +goose StatementBegin
create function identity.member_by_email(in_email_key text) returns uuid
language sql stable security definer set search_path = identity, pg_temp as $$
  select m.resource_id from account a
    join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
   where a.email_key = in_email_key
$$;
-- +goose StatementEnd

-- What the place of the setting may know of the account of one of its people.
-- The address is the place's to correct while nobody has used the account, and
-- no other place, nor support, counts on it.
-- +goose StatementBegin
create function identity.account_here(in_account uuid) returns table (locale text, email_verified boolean, activated boolean, email_ours boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.locale, a.email_verified_at is not null, a.password_hash is not null,
         a.password_hash is null and a.email_verified_at is null
           and not exists (select from token t where t.account_id = a.id and t.used_at is not null)
           and not exists (select from membership o where o.account_id = a.id and o.tenant_id <> m.tenant_id)
           and not exists (select from operator o where o.account_id = a.id)
    from account a join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
   where a.id = in_account
$$;
-- +goose StatementEnd

-- The place that made an account corrects it until its owner first comes in;
-- from then on it is the owner's. (Who never came in belongs to one place.)
-- +goose StatementBegin
create function identity.account_correct(in_account uuid, in_family text, in_given text, in_phone text, in_locale text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account a set family = in_family, given = in_given, phone = nullif(in_phone, ''), locale = in_locale
    from membership m
   where a.id = in_account and a.password_hash is null
     and m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
$$;
-- +goose StatementEnd

-- Gives the account of one of the place's people another address, where that is
-- the place's to do, and voids what was sent to the one before; false where it is
-- not. Rows are locked in the order of token_take, and judged once they are held.
-- +goose StatementBegin
create function identity.email_correct(in_account uuid, in_email text, in_email_key text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from token where account_id = in_account and used_at is null for update;
  perform from account where id = in_account for update;
  if not exists (select from identity.account_here(in_account) h where h.email_ours) then
    return false;
  end if;
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set email = in_email, email_key = in_email_key where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

-- Passwords and tokens --------------------------------------------------------

-- Sets the password, voids what could still set another, ends all sessions,
-- and makes a person who had never come in active. Returns the new generation.
-- +goose StatementBegin
create function identity.password_set(in_account uuid, in_hash text, in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  fresh int;
begin
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, generation = generation + 1
   where id = in_account returning generation into fresh;
  update resource r set state = 'active' from membership m
   where m.account_id = in_account and r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state = 'pending';
  return fresh;
end $$;
-- +goose StatementEnd

-- The same password under better parameters: ends nothing.
-- +goose StatementBegin
create function identity.password_rehash(in_account uuid, in_old text, in_new text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set password_hash = in_new where id = in_account and password_hash = in_old
$$;
-- +goose StatementEnd

-- When the account's password was last chosen; null when it has none.
-- +goose StatementBegin
create function identity.password_set_at(in_account uuid) returns timestamptz
language sql stable security definer set search_path = identity, pg_temp as $$
  select password_set_at from account where id = in_account
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.token_mint(in_hash bytea, in_purpose text, in_account uuid, in_tenant uuid, in_at timestamptz, in_expires timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update token set voided_at = in_at where account_id = in_account and purpose = in_purpose and used_at is null and voided_at is null;
  insert into token (hash, purpose, account_id, tenant_id, created_at, expires_at) values (in_hash, in_purpose, in_account, in_tenant, in_at, in_expires)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.token_void(in_account uuid, in_tenant uuid, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update token set voided_at = in_at where account_id = in_account and tenant_id = in_tenant and used_at is null and voided_at is null
$$;
-- +goose StatementEnd

-- Whether a password is one of the account's temporary ones, used or not.
-- +goose StatementBegin
create function identity.token_known(in_account uuid, in_hash bytea) returns boolean
language sql stable security definer set search_path = identity, pg_temp as $$
  select exists (select from token where account_id = in_account and hash = in_hash)
$$;
-- +goose StatementEnd

-- One use: of any number of simultaneous takers one gets true. A secret that
-- came by mail proves the mailbox.
-- +goose StatementBegin
create function identity.token_take(in_hash bytea, in_purpose text, in_account uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  update token set used_at = in_at
   where hash = in_hash and purpose = in_purpose and account_id = in_account
     and used_at is null and voided_at is null and expires_at > in_at
     and (exists (select from membership m join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
                   where m.account_id = in_account and m.tenant_id = token.tenant_id and r.state <> 'archived')
       or token.tenant_id = '00000000-0000-0000-0000-000000000000' -- of no place: an operator's, from the console
          and exists (select from operator o where o.account_id = in_account));
  if not found then
    return false;
  end if;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email is not null;
  return true;
end $$;
-- +goose StatementEnd

-- Second factor -----------------------------------------------------------------

-- +goose StatementBegin
create function identity.factor_get(in_account uuid) returns table (sealed bytea, confirmed boolean, last_step bigint)
language sql stable security definer set search_path = identity, pg_temp as $$
  select sealed, confirmed_at is not null, last_step from factor where account_id = in_account and kind = 'totp'
$$;
-- +goose StatementEnd

-- A pending secret replaces another pending one, never a confirmed one.
-- +goose StatementBegin
create function identity.factor_propose(in_account uuid, in_sealed bytea, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into factor (account_id, kind, sealed, created_at) values (in_account, 'totp', in_sealed, in_at)
    on conflict (account_id, kind) do update set sealed = in_sealed, created_at = in_at where factor.confirmed_at is null;
  return found;
end $$;
-- +goose StatementEnd

-- Confirms the pending secret, stores the hashes of fresh recovery codes, ends
-- the other sessions. Returns the new generation, null when nothing was pending.
-- +goose StatementBegin
create function identity.factor_confirm(in_account uuid, in_step bigint, in_codes bytea[], in_at timestamptz) returns int
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  fresh int;
begin
  update factor set confirmed_at = in_at, last_step = in_step where account_id = in_account and kind = 'totp' and confirmed_at is null;
  if not found then
    return null;
  end if;
  delete from recovery_code where account_id = in_account;
  insert into recovery_code (account_id, hash) select in_account, unnest(in_codes);
  update account set generation = generation + 1 where id = in_account returning generation into fresh;
  update presence p set second_factor = 'app' from membership m
   where m.account_id = in_account and p.tenant_id = m.tenant_id and p.resource_id = m.resource_id;
  return fresh;
end $$;
-- +goose StatementEnd

-- One use of a step, whatever the number of simultaneous takers.
-- +goose StatementBegin
create function identity.factor_step(in_account uuid, in_step bigint) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update factor set last_step = in_step where account_id = in_account and kind = 'totp' and confirmed_at is not null and last_step < in_step;
  return found;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.recovery_take(in_account uuid, in_hash bytea, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update recovery_code set used_at = in_at where account_id = in_account and hash = in_hash and used_at is null;
  return found;
end $$;
-- +goose StatementEnd

-- Throttles ---------------------------------------------------------------------

-- Whether a sign-in must wait. A person's own failures from an address hold that
-- pair up. What others do holds up only who has not signed in from there within
-- 90 days: failures of the address, and failures of the login from elsewhere once
-- three were made from here. So nobody can lock a person out. It is shut when
-- the address alone says so, whomever it tries.
-- +goose StatementBegin
create function identity.sign_in_blocked(in_pair text, in_login text, in_address text, in_at timestamptz)
returns table (held boolean, shut boolean)
language sql stable security definer set search_path = identity, pg_temp as $$
  select pair or not known and (address or login and tried), address and not known
    from (
      select coalesce(bool_or(key = in_pair and blocked_until > in_at), false) pair,
             coalesce(bool_or(key = in_pair and failures >= 3), false) tried,
             coalesce(bool_or(key = 'known:' || in_pair and last_at > in_at - interval '90 days'), false) known,
             coalesce(bool_or(key = in_address and blocked_until > in_at), false) address,
             coalesce(bool_or(key = in_login and blocked_until > in_at), false) login
        from throttle where key in (in_pair, in_login, in_address, 'known:' || in_pair)) t
$$;
-- +goose StatementEnd

-- A success from an address: the pair is known, its failures and the login's are forgotten.
-- +goose StatementBegin
create function identity.sign_in_known(in_pair text, in_login text, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  delete from throttle where key in (in_pair, in_login);
  insert into throttle values ('known:' || in_pair, 0, in_at, '-infinity') on conflict (key) do update set last_at = in_at
$$;
-- +goose StatementEnd

-- Until when the most blocked of the keys is.
-- +goose StatementBegin
create function identity.throttle_until(in_keys text[]) returns timestamptz
language sql stable security definer set search_path = identity, pg_temp as $$
  select coalesce(max(blocked_until), '-infinity') from throttle where key = any (in_keys)
$$;
-- +goose StatementEnd

-- Counts one failure of a key. Beyond in_free failures the key is blocked for
-- in_base seconds, doubled at each further one up to in_most; an hour without
-- failure forgets them.
-- +goose StatementBegin
create function identity.throttle_fail(in_key text, in_free int, in_base int, in_most int, in_at timestamptz)
returns table (failures int, blocked_until timestamptz)
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into throttle as t (key, failures, last_at, blocked_until) values (in_key, 1, in_at, '-infinity')
  on conflict (key) do update set
    failures = case when t.last_at < in_at - interval '1 hour' then 1 else t.failures + 1 end,
    last_at = in_at,
    blocked_until = case
      when t.last_at >= in_at - interval '1 hour' and t.failures + 1 > in_free
      then in_at + make_interval(secs => least(in_most, in_base * power(2, least(t.failures - in_free, 20))))
      else t.blocked_until end
  returning t.failures, t.blocked_until
$$;
-- +goose StatementEnd

-- Counts one try of a key before it is judged, and reports whether it may be
-- made: of any number of simultaneous ones, no more than in_free + 1. The caller
-- clears the key after a right one.
-- +goose StatementBegin
create function identity.throttle_take(in_key text, in_free int, in_base int, in_most int, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into throttle values (in_key, 0, in_at, '-infinity') on conflict (key) do nothing;
  perform from throttle where key = in_key and blocked_until <= in_at for update;
  if not found then
    return false;
  end if;
  perform identity.throttle_fail(in_key, in_free, in_base, in_most, in_at);
  return true;
end $$;
-- +goose StatementEnd

-- Removes what no longer counts: failures of more than an hour ago, and
-- addresses from which nobody has come in for 90 days.
-- +goose StatementBegin
create function identity.throttles_sweep(in_at timestamptz) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with gone as (
    delete from throttle
     where blocked_until <= in_at
       and last_at < in_at - case when starts_with(key, 'known:') then interval '90 days' else interval '1 hour' end returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.throttle_clear(in_keys text[]) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  delete from throttle where key = any (in_keys)
$$;
-- +goose StatementEnd

-- What the sheet and the list of each place show of an account's failures.
-- +goose StatementBegin
create function identity.mark_failures(in_account uuid, in_failures int, in_blocked_until timestamptz) returns void
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  update presence p set failures = in_failures, blocked_until = coalesce(in_blocked_until, '-infinity') from membership m
   where m.account_id = in_account and p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.signed_in(in_account uuid, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, public, pg_temp as $$
  update account set last_sign_in_at = in_at where id = in_account;
  update presence p set failures = 0, blocked_until = '-infinity' from membership m
   where m.account_id = in_account and p.tenant_id = m.tenant_id and p.resource_id = m.resource_id and p.failures > 0
$$;
-- +goose StatementEnd

-- Sessions ------------------------------------------------------------------------

-- The data of a live session: neither expired, nor idle, nor of an account
-- whose sessions were ended since. Seen is written at most once a minute.
-- +goose StatementBegin
create function identity.session_find(in_token text, in_at timestamptz, in_idle interval) returns bytea
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  found_data bytea;
  seen       timestamptz;
begin
  select s.data, s.seen_at into found_data, seen
    from session s left join account a on a.id = s.account_id
   where s.token = in_token and s.expires_at > in_at and s.seen_at >= in_at - in_idle
     and (s.account_id is null or a.generation = s.generation);
  if seen < in_at - interval '1 minute' then
    update session set seen_at = in_at where token = in_token;
  end if;
  return found_data;
end $$;
-- +goose StatementEnd

-- A session that has ended is not written to again, nor goes on under another
-- token: a request that was under way when its owner signed out, or closed it from
-- elsewhere, would bring it back to life.
-- +goose StatementBegin
create function identity.session_save(in_token text, in_account uuid, in_generation int, in_id uuid, in_began timestamptz, in_address text, in_agent text,
  in_data bytea, in_at timestamptz, in_expires timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into session (token, account_id, generation, id, address, agent, data, created_at, seen_at, expires_at)
  select in_token, in_account, in_generation, in_id, in_address, in_agent, in_data, coalesce(in_began, in_at), in_at, in_expires
   where not exists (select from session where id = in_id and expires_at = '-infinity')
  on conflict (token) do update set account_id = in_account, generation = in_generation, data = in_data, seen_at = in_at, expires_at = in_expires
   where session.expires_at > in_at
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.session_delete(in_token text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update session set account_id = null, generation = null, id = null, address = null, agent = null, data = '', expires_at = '-infinity' where token = in_token
$$;
-- +goose StatementEnd

-- The live sessions of an account, last used first; those whose sign-in is not
-- complete are among them: whoever made them knows the password.
-- +goose StatementBegin
create function identity.sessions_of(in_account uuid, in_at timestamptz, in_idle interval)
returns table (id uuid, began timestamptz, seen timestamptz, address text, agent text)
language sql stable security definer set search_path = identity, pg_temp as $$
  select s.id, s.created_at, s.seen_at, s.address, s.agent
    from session s join account a on a.id = s.account_id and a.generation = s.generation
   where s.account_id = in_account and s.id is not null and s.expires_at > in_at and s.seen_at >= in_at - in_idle
   order by s.seen_at desc, s.id
$$;
-- +goose StatementEnd

-- Ends one session of an account; of another account's it does nothing. The id
-- stays, so that the session can't go on under a new token.
-- +goose StatementBegin
create function identity.session_end(in_account uuid, in_id uuid) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  update session set account_id = null, generation = null, address = null, agent = null, data = '', expires_at = '-infinity'
   where account_id = in_account and id = in_id;
  return found;
end $$;
-- +goose StatementEnd

-- Ended sessions stay for longer than any request lasts.
-- +goose StatementBegin
create function identity.sessions_sweep(in_at timestamptz, in_idle interval) returns bigint
language sql volatile security definer set search_path = identity, pg_temp as $$
  with gone as (
    delete from session
     where (expires_at <= in_at or seen_at < in_at - in_idle) and seen_at < in_at - interval '10 minutes' returning 1)
  select count(*) from gone
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.sessions_end(in_account uuid) returns int
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set generation = generation + 1 where id = in_account returning generation
$$;
-- +goose StatementEnd

-- Invitations, before their place is known ------------------------------------------

-- Pending invitations to the account's confirmed address.
-- +goose StatementBegin
create function identity.invitations(in_account uuid, in_at timestamptz)
returns table (tenant_id uuid, id uuid, number text, place text, role_fr text, role_en text, role_description_fr text, role_description_en text,
               inviter text, created_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select i.tenant_id, i.id, t.number, t.name, r.name_fr, r.name_en, r.description_fr, r.description_en,
         p.given || ' ' || p.family, i.created_at, i.expires_at
    from account a
    join invitation i on i.email_key = a.email_key and i.state = 'pending' and i.expires_at > in_at
    join tenant t on t.tenant_id = i.tenant_id and t.state = 'open'
    join role r on r.tenant_id = i.tenant_id and r.id = i.role_id
    join resource p on p.tenant_id = i.tenant_id and p.id = i.invited_by
   where a.id = in_account and a.email_verified_at is not null
   order by i.created_at desc
$$;
-- +goose StatementEnd

-- One invitation to the account's confirmed address, whatever became of it.
-- +goose StatementBegin
create function identity.invitation_find(in_account uuid, in_id uuid)
returns table (tenant_id uuid, id uuid, number text, place text, role_fr text, role_en text, role_description_fr text, role_description_en text,
               inviter text, created_at timestamptz, expires_at timestamptz, state text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select i.tenant_id, i.id, t.number, t.name, r.name_fr, r.name_en, r.description_fr, r.description_en,
         p.given || ' ' || p.family, i.created_at, i.expires_at, i.state
    from account a
    join invitation i on i.email_key = a.email_key and i.id = in_id
    join tenant t on t.tenant_id = i.tenant_id
    join role r on r.tenant_id = i.tenant_id and r.id = i.role_id
    join resource p on p.tenant_id = i.tenant_id and p.id = i.invited_by
   where a.id = in_account and a.email_verified_at is not null
$$;
-- +goose StatementEnd

-- Support ---------------------------------------------------------------------------

-- +goose StatementBegin
create function identity.operator_add(in_account uuid, in_at timestamptz) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  insert into operator values (in_account, in_at) on conflict do nothing
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function identity.operators() returns table (account_id uuid, email text, locale text, given text, family text)
language sql stable security definer set search_path = identity, pg_temp as $$
  select a.id, coalesce(a.email, ''), a.locale, a.given, a.family from operator o join account a on a.id = o.account_id order by o.since
$$;
-- +goose StatementEnd

-- The queue of support, over all places, oldest first; an operator's session
-- is checked here too, so that no other path reads it.
-- +goose StatementBegin
create function identity.support_queue(in_operator uuid, in_state text, in_limit int)
returns table (tenant_id uuid, id uuid, number text, place text, kind text, person text, email text, username text, role_fr text, role_en text,
               note text, asked_by text, created_at timestamptz, state text, answered_at timestamptz, reason text)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select q.tenant_id, q.id, t.number, t.name, t.kind, p.given || ' ' || p.family, p.email, p.username, r.name_fr, r.name_en,
         q.note, b.given || ' ' || b.family, q.created_at, q.state, q.answered_at, q.reason
    from request q
    join tenant t on t.tenant_id = q.tenant_id
    join resource p on p.tenant_id = q.tenant_id and p.id = q.resource_id
    join resource b on b.tenant_id = q.tenant_id and b.id = q.requested_by
    join role r on r.tenant_id = q.tenant_id and r.id = q.role_id
   where exists (select from operator o where o.account_id = in_operator)
     and (in_state = 'open') = (q.state = 'open')
   order by case when in_state = 'open' then q.created_at end, q.answered_at desc
   limit in_limit
$$;
-- +goose StatementEnd

reset role;
revoke create on schema public from habilis_identity;
-- +goose StatementBegin
do $$
declare
  f regprocedure;
begin
  for f in select p.oid from pg_proc p where p.pronamespace = 'identity'::regnamespace loop
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
