-- A page checks its session in the same batch as it reads its rows.

-- +goose Up
set local role habilis_identity;

-- Whether a session lives, as session_find has it, and still says what in_digest
-- is the SHA-256 of. Seen is written at most once a minute.
-- +goose StatementBegin
create function identity.session_holds(in_token text, in_digest bytea, in_at timestamptz, in_idle interval) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
declare
  seen timestamptz;
begin
  select s.seen_at into seen
    from session s left join account a on a.id = s.account_id
   where s.token = in_token and s.expires_at > in_at and s.seen_at >= in_at - in_idle
     and (s.account_id is null or a.generation = s.generation) and sha256(s.data) = in_digest;
  if not found then
    return false;
  end if;
  if seen < in_at - interval '1 minute' then
    update session set seen_at = in_at where token = in_token;
  end if;
  return true;
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.session_holds from public;
grant execute on function identity.session_holds to habilis_app;

-- +goose Down
select 1;
