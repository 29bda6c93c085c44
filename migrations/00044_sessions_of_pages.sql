-- What a page asks of the database about its session is answered in the page's own
-- transaction, and says also whether its account is of other places.

-- +goose Up
set local role habilis_identity;

-- Of the requests that come at once, one notes that the session lives, and none
-- waits for that.
-- +goose StatementBegin
create function identity.session_seen(in_token text, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from session where token = in_token for no key update nowait;
  update session set seen_at = in_at where token = in_token;
exception when lock_not_available or serialization_failure then
  null; -- another is at it, or has been since this transaction began
end $$;
-- +goose StatementEnd

-- The data of a live session, which is neither expired, nor idle, nor of an account
-- whose sessions were ended since; and whether that account is of one place at most.
-- +goose StatementBegin
create function identity.session_get(in_token text, in_at timestamptz, in_idle interval) returns table (data bytea, alone boolean)
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  seen timestamptz;
begin
  select s.data, not exists (select from membership m where m.account_id = s.account_id offset 1), s.seen_at into data, alone, seen
    from session s left join account a on a.id = s.account_id
   where s.token = in_token and s.expires_at > in_at and s.seen_at >= in_at - in_idle
     and (s.account_id is null or a.generation = s.generation);
  if not found then
    return;
  end if;
  if seen < in_at - interval '1 minute' then
    perform session_seen(in_token, in_at);
  end if;
  return next;
end $$;
-- +goose StatementEnd

-- Whether a session lives, as session_get has it, and still says in_data; and whether
-- its account is still of one place, if in_alone has it so.
-- +goose StatementBegin
create function identity.session_stands(in_token text, in_data bytea, in_alone boolean, in_at timestamptz, in_idle interval) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  seen timestamptz;
begin
  select s.seen_at into seen
    from session s left join account a on a.id = s.account_id
   where s.token = in_token and s.expires_at > in_at and s.seen_at >= in_at - in_idle
     and (s.account_id is null or a.generation = s.generation) and s.data = in_data
     and (not in_alone or not exists (select from membership m where m.account_id = s.account_id offset 1));
  if not found then
    return false;
  end if;
  if seen < in_at - interval '1 minute' then
    perform session_seen(in_token, in_at);
  end if;
  return true;
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.session_seen, identity.session_get, identity.session_stands from public;
grant execute on function identity.session_get, identity.session_stands to habilis_app;

-- +goose Down
select 1;
