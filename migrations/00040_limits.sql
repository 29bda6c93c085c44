-- Limits of sign-ins: a browser that someone has come in from has a counter of its
-- own, and so does each place. Migration 00004 says what the others are.

-- +goose Up
set local role habilis_identity;

-- Whether a sign-in must wait.
--
-- A browser that the account was come into from before is held up by its own
-- failures alone (OWASP, "device cookies"): neither an attacker nor a neighbour
-- behind the same address takes its turn.
--
-- Any other is held up by the failures of the account from its network. What others
-- do holds up only who has not come in from there within 90 days: failures of the
-- address; of the account from everywhere, once three were made from here; of the
-- people of its place, from everywhere or from this network, once one was made from
-- here. So the first try of anybody is judged, and who resets their password by
-- mail has come in: nobody locks a person out.
--
-- It is shut when the address alone says so, whomever it tries. place is what the
-- account's place is counted by; nobody's is one too.
-- +goose StatementBegin
create function identity.sign_in_held(in_account uuid, in_hash bytea, in_device text, in_pair text, in_login text, in_address text, in_network text, in_at timestamptz)
returns table (held boolean, shut boolean, own boolean, place text)
language plpgsql stable security definer set search_path = identity, pg_temp as $$
declare
  mine  boolean := exists (select from device d where d.hash = in_hash and d.account_id = in_account and d.seen_at > in_at - interval '400 days');
  whole text    := 'place:' || coalesce((select m.tenant_id::text from membership m where m.account_id = in_account order by m.tenant_id limit 1), '');
begin
  return query
  select case when mine then t.device else t.pair or not t.known and (t.address or t.login and t.tried >= 3 or t.place and t.tried >= 1) end,
         t.address and not t.known and not mine, mine, whole
    from (
      select coalesce(bool_or(key = in_device and blocked_until > in_at), false) device,
             coalesce(bool_or(key = in_pair and blocked_until > in_at), false) pair,
             coalesce(max(failures) filter (where key = in_pair), 0) tried,
             coalesce(bool_or(key = 'known:' || in_pair and last_at > in_at - interval '90 days'), false) known,
             coalesce(bool_or(key = in_address and blocked_until > in_at), false) address,
             coalesce(bool_or(key = in_login and blocked_until > in_at), false) login,
             coalesce(bool_or(key in (whole, whole || '|' || in_network) and blocked_until > in_at), false) place
        from throttle
       where key in (in_device, in_pair, in_login, in_address, 'known:' || in_pair, whole, whole || '|' || in_network)) t;
end $$;
-- +goose StatementEnd

-- Counts a failed sign-in by each of the keys, which come in their order, and shows
-- what it comes to by one of them beside the account's people.
-- +goose StatementBegin
create function identity.sign_in_failed(in_account uuid, in_shown text, in_keys text[], in_free int[], in_base int[], in_most int[], in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  counted record;
  shown   record;
begin
  for i in 1 .. cardinality(in_keys) loop
    select f.failures, f.blocked_until into counted from identity.throttle_fail(in_keys[i], in_free[i], in_base[i], in_most[i], in_at) f;
    if in_keys[i] = in_shown then
      shown := counted;
    end if;
  end loop;
  perform identity.mark_failures(in_account, shown.failures, nullif(shown.blocked_until, '-infinity'));
end $$;
-- +goose StatementEnd

-- A success: the network is known, and the failures that were one's own are
-- forgotten, with those of the login. What others did from the same network is not,
-- where one came in from a browser with a counter of its own.
-- +goose StatementBegin
create function identity.sign_in_came(in_pair text, in_own text, in_login text, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  insert into throttle values ('known:' || in_pair, 0, in_at, '-infinity') on conflict (key) do update set last_at = in_at;
  delete from throttle where key = in_login;
  delete from throttle where key = in_own;
end $$;
-- +goose StatementEnd

-- What holds up the account of one of the people of the place of the setting, and
-- until when: 'password' from a network, 'device' from a browser of theirs, 'code',
-- or 'proof' within a session.
-- +goose StatementBegin
create function identity.held_why(in_account uuid, in_at timestamptz) returns table (why text, until timestamptz)
language sql stable security definer set search_path = identity, pg_temp as $$
  select w.why, max(t.blocked_until)
    from membership m
   cross join lateral (select identity.login_of(m.account_id) login) l
    join throttle t on t.key in ('factor:' || m.account_id, 'password:' || m.account_id)
      or t.key ~>=~ ('pair:' || l.login || '|') and t.key ~<~ ('pair:' || l.login || '}')
   cross join lateral (select case when starts_with(t.key, 'factor:') then 'code' when starts_with(t.key, 'password:') then 'proof'
                                   when starts_with(t.key, 'pair:' || l.login || '|device:') then 'device' else 'password' end why) w
   where m.account_id = in_account and m.tenant_id = current_setting('habilis.tenant')::uuid and t.blocked_until > in_at
   group by w.why
   order by max(t.blocked_until) desc
$$;
-- +goose StatementEnd

reset role;
-- +goose StatementBegin
do $$
declare
  f text;
begin
  foreach f in array array['sign_in_held(uuid, bytea, text, text, text, text, text, timestamptz)', 'sign_in_failed(uuid, text, text[], int[], int[], int[], timestamptz)',
    'sign_in_came(text, text, text, timestamptz)', 'held_why(uuid, timestamptz)'] loop
    execute format('revoke all on function identity.%s from public', f);
    execute format('grant execute on function identity.%s to habilis_app', f);
  end loop;
end $$;
-- +goose StatementEnd

-- +goose Down
select 1;
