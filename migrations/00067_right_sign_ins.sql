-- Right passwords are counted, too. Whoever knows one came in without end: each time
-- a password was compared, a browser was noted and its letter was written, while
-- nobody else came in.

-- +goose Up
set local role habilis_identity;

-- Judges a sign-in whose password was compared, as before, and lets someone in so
-- often by in_came: their browser, or their network. From a network that nobody came
-- in from with the account within 90 days, by in_anew instead: all of those together.
-- Who comes in more often is told to wait, by often, and no more is written; what
-- they wait for is never longer than in_most. in_came is '' for what is not to be
-- counted, as it can be shown once. Wrong passwords neither count by these keys nor
-- wait for them.
-- +goose StatementBegin
create function identity.sign_in_judge(in_account uuid, in_right boolean, in_waits boolean,
                                       in_hash bytea, in_device text, in_pair text, in_login text, in_address text, in_network text, in_mine text,
                                       in_keys text[], in_free int[], in_base int[], in_most int[],
                                       in_came text, in_anew text, in_came_free int, in_came_base int, in_came_most int, in_at timestamptz)
returns table (came boolean, must_enrol boolean, often boolean)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  counted text := in_came;
begin
  if coalesce(in_waits, (select h.held from identity.sign_in_held(in_account, in_hash, in_device, in_pair, in_login, in_address, in_network, in_at) h)) then
    return query values (false, false, false);
    return;
  elsif not in_right then
    perform identity.sign_in_failed(in_account, in_mine, in_keys, in_free, in_base, in_most, in_at);
    return query values (false, false, false);
    return;
  end if;
  if in_mine <> in_device and not exists (select from throttle where key = 'known:' || in_pair and last_at > in_at - interval '90 days') then
    counted := in_anew;
  end if;
  if in_came <> '' and not identity.throttle_take(counted, in_came_free, in_came_base, in_came_most, in_at) then
    return query values (false, false, true);
    return;
  end if;
  perform identity.sign_in_came(in_pair, in_mine, in_login, in_at);
  perform identity.signed_in(in_account, in_at);
  return query select true, exists (select from account a where a.id = in_account and a.must_enrol), false;
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.sign_in_judge(uuid, boolean, boolean, bytea, text, text, text, text, text, text, text[], int[], int[], int[], text, text, int, int, int, timestamptz) from public;
grant execute on function identity.sign_in_judge(uuid, boolean, boolean, bytea, text, text, text, text, text, text, text[], int[], int[], int[], text, text, int, int, int, timestamptz) to habilis_app;

-- +goose Down
select 1;
