-- A sign-in asks thrice and no more: whose login it is, whether it must wait and,
-- once the password was compared, to be judged, which is one transaction. What it asks
-- keeps its plans: PostgreSQL makes those of a function in SQL anew at each call, and
-- that was most of its work.

-- +goose Up
set local role habilis_identity;

-- +goose StatementBegin
create or replace function identity.login_owner(in_username text, in_email_key text) returns uuid
language plpgsql stable security definer set search_path = identity, pg_temp as $$
begin
  return (select l.id
            from (select id, 1 as turn from account where username = in_username
                  union all
                  select id, 2 from account where email_key = in_email_key) l
           order by l.turn
           limit 1);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.methods(in_account uuid) returns text[]
language plpgsql stable security definer set search_path = identity, pg_temp as $$
begin
  return array(select 'passkey' from passkey where account_id = in_account limit 1)
      || array(select distinct kind from factor where account_id = in_account and confirmed_at is not null order by kind);
end $$;
-- +goose StatementEnd

drop function identity.sign_in_lookup(text, text);

-- The account of a login, as a sign-in needs it; no row for a login that is nobody's.
-- +goose StatementBegin
create function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, email_key text, locale text, password_hash text, must_change boolean,
               methods text[], operator boolean, places bigint, generation int)
language plpgsql stable security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
declare
  owner uuid := identity.login_owner(in_username, in_email_key);
begin
  return query
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.locale, coalesce(a.password_hash, ''), a.must_change,
         identity.methods(a.id),
         exists (select from operator o where o.account_id = a.id),
         (select count(*) from membership m
            join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
            join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
           where m.account_id = a.id),
         a.generation
    from account a
   where a.id = owner;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.throttle_fail(in_key text, in_free int, in_base int, in_most int, in_at timestamptz)
returns table (failures int, blocked_until timestamptz)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
#variable_conflict use_column
begin
  return query
  insert into throttle as t (key, failures, last_at, blocked_until) values (in_key, 1, in_at, '-infinity')
  on conflict (key) do update set
    failures = case when t.last_at < in_at - interval '1 hour' then 1 else t.failures + 1 end,
    last_at = in_at,
    blocked_until = case
      when t.last_at >= in_at - interval '1 hour' and t.failures + 1 > in_free
      then in_at + make_interval(secs => least(in_most, in_base * power(2, least(t.failures - in_free, 20))))
      else t.blocked_until end
  returning t.failures, t.blocked_until;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.mark_failures(in_account uuid, in_failures int, in_blocked_until timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account order by p.tenant_id for no key update of p)
  update presence p set failures = in_failures, blocked_until = coalesce(in_blocked_until, '-infinity')
    from held h where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.signed_in(in_account uuid, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
begin
  update account set last_sign_in_at = in_at where id = in_account;
  delete from factor where account_id = in_account and kind = 'totp' and confirmed_at is null;
  with held as (
    select p.tenant_id, p.resource_id from membership m join presence p on p.tenant_id = m.tenant_id and p.resource_id = m.resource_id
     where m.account_id = in_account and p.failures > 0 order by p.tenant_id for no key update of p)
  update presence p set failures = 0, blocked_until = '-infinity'
    from held h where p.tenant_id = h.tenant_id and p.resource_id = h.resource_id;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function identity.session_save(in_token text, in_account uuid, in_generation int, in_id uuid, in_began timestamptz, in_address text, in_agent text,
                                                 in_data bytea, in_at timestamptz, in_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into session (token, account_id, generation, id, address, agent, data, created_at, seen_at, expires_at)
  select in_token, in_account, in_generation, in_id, in_address, in_agent, in_data, coalesce(in_began, in_at), in_at, in_expires
   where not exists (select from session where id = in_id and expires_at = '-infinity')
  on conflict (token) do update set account_id = in_account, generation = in_generation, data = in_data, seen_at = in_at, expires_at = in_expires
   where session.expires_at > in_at;
end $$;
-- +goose StatementEnd

-- Judges a sign-in whose password was compared. It counts a wrong one by each of the
-- keys, which come in their order, and shows on the sheet what it comes to by in_mine;
-- after a right one the network is known, and the failures are forgotten. in_waits is
-- whether it is held up, null for what has to be asked once more: of many attempts at
-- once, those that failed meanwhile count against the others. Throttles come before
-- the account, as in all that locks both.
-- +goose StatementBegin
create function identity.sign_in_judge(in_account uuid, in_right boolean, in_waits boolean,
                                       in_hash bytea, in_device text, in_pair text, in_login text, in_address text, in_network text, in_mine text,
                                       in_keys text[], in_free int[], in_base int[], in_most int[], in_at timestamptz)
returns table (came boolean, must_enrol boolean)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if coalesce(in_waits, (select h.held from identity.sign_in_held(in_account, in_hash, in_device, in_pair, in_login, in_address, in_network, in_at) h)) then
    return query values (false, false);
  elsif not in_right then
    perform identity.sign_in_failed(in_account, in_mine, in_keys, in_free, in_base, in_most, in_at);
    return query values (false, false);
  else
    perform identity.sign_in_came(in_pair, in_mine, in_login, in_at);
    perform identity.signed_in(in_account, in_at);
    return query select true, exists (select from account a where a.id = in_account and a.must_enrol);
  end if;
end $$;
-- +goose StatementEnd

-- What the server calls no more, or never did, it may not call either.
revoke execute on function identity.throttle_fail(text, int, int, int, timestamptz) from habilis_app;
revoke execute on function identity.sign_in_came(text, text, text, timestamptz) from habilis_app;
revoke execute on function identity.sign_in_failed(uuid, text, text[], int[], int[], int[], timestamptz) from habilis_app;
revoke execute on function identity.signed_in(uuid, timestamptz) from habilis_app;
drop function identity.must_enrol(uuid);
drop function identity.sign_in_blocked(text, text, text, timestamptz);
drop function identity.session_find(text, timestamptz, interval);
drop function identity.session_holds(text, bytea, timestamptz, interval);
drop function identity.password_set_at(uuid);
drop function identity.factor_step(uuid, bigint);

reset role;
revoke all on function identity.sign_in_lookup(text, text) from public;
grant execute on function identity.sign_in_lookup(text, text) to habilis_app;
revoke all on function identity.sign_in_judge(uuid, boolean, boolean, bytea, text, text, text, text, text, text, text[], int[], int[], int[], timestamptz) from public;
grant execute on function identity.sign_in_judge(uuid, boolean, boolean, bytea, text, text, text, text, text, text, text[], int[], int[], int[], timestamptz) to habilis_app;

-- +goose Down
select 1;
