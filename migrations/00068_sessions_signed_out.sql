-- Who signs out ends the session under whatever token. A request of it that was under
-- way gave it another one: the token that was signed out was no longer known to be its.

-- +goose Up
set local role habilis_identity;

-- A session that has ended is not written to again, nor goes on under another token: a
-- request that was under way when its owner signed out, or closed it from elsewhere,
-- would bring it back to life. It waits for who is ending it, and they for it.
-- +goose StatementBegin
create or replace function identity.session_save(in_token text, in_account uuid, in_generation int, in_id uuid, in_began timestamptz, in_address text, in_agent text,
                                                 in_data bytea, in_at timestamptz, in_expires timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if in_id is not null then
    perform pg_advisory_xact_lock_shared(hashtextextended(in_id::text, 0));
  end if;
  insert into session (token, account_id, generation, id, address, agent, data, created_at, seen_at, expires_at)
  select in_token, in_account, in_generation, in_id, in_address, in_agent, in_data, coalesce(in_began, in_at), in_at, in_expires
   where not exists (select from session where id = in_id and expires_at = '-infinity')
  on conflict (token) do update set account_id = in_account, generation = in_generation, data = in_data, seen_at = in_at, expires_at = in_expires
   where session.expires_at > in_at;
end $$;
-- +goose StatementEnd

-- As before, and no request saves it meanwhile.
-- +goose StatementBegin
create or replace function identity.session_end(in_account uuid, in_id uuid) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(in_id::text, 0));
  update session set account_id = null, generation = null, address = null, agent = null, data = '', expires_at = '-infinity'
   where account_id = in_account and id = in_id;
  return found;
end $$;
-- +goose StatementEnd

-- Ends the session that someone is in, for good. What tells that it has ended is a row
-- of its own: one that is just given another token has none that bears the id.
-- +goose StatementBegin
create function identity.session_leave(in_account uuid, in_id uuid, in_at timestamptz) returns void
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform identity.session_end(in_account, in_id);
  insert into session (token, id, data, created_at, seen_at, expires_at) values ('ended ' || in_id, in_id, '', in_at, in_at, '-infinity')
  on conflict (token) do nothing;
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.session_leave(uuid, uuid, timestamptz) from public;
grant execute on function identity.session_leave(uuid, uuid, timestamptz) to habilis_app;

-- +goose Down
select 1;
