-- What a superuser does once, before Habilis uses a PostgreSQL of yours:
--
--     psql --set ON_ERROR_STOP=1 --file provision.sql "postgres://postgres@host/postgres"
--     \password habilis_owner
--     \password habilis_app
--
-- Running it again changes nothing. The private cluster runs this same file.
--
--   habilis_owner     owns the database and migrates it (habilis migrate)
--   habilis_app       the server: owns nothing, bound by row-level security
--   habilis_identity  owns the functions that read accounts before a place is known
--   habilis_journal   owns the function that appends to the journal
--
-- None of them is a superuser, and none can bypass row-level security.

do $roles$
declare
  name text;
begin
  foreach name in array array['habilis_owner', 'habilis_app', 'habilis_identity', 'habilis_journal'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I', name);
    end if;
    execute format('alter role %I nosuperuser nobypassrls nocreatedb nocreaterole noreplication', name);
  end loop;
end
$roles$;

alter role habilis_owner login;
alter role habilis_app login;
alter role habilis_identity nologin;
alter role habilis_journal nologin;
grant habilis_identity, habilis_journal to habilis_owner;

select 'create database habilis owner habilis_owner template template0 encoding ''UTF8'' lc_collate ''C.UTF-8'' lc_ctype ''C.UTF-8'''
where not exists (select from pg_database where datname = 'habilis')
\gexec
\connect habilis

revoke all on database habilis from public;
grant connect on database habilis to habilis_app;
grant create, connect, temporary on database habilis to habilis_owner;
grant usage, create on schema public to habilis_owner;
revoke create on schema public from public;
grant usage on schema public to habilis_app, habilis_identity, habilis_journal;

-- What these two own runs with their rights: nobody may call it unless told.
alter default privileges for role habilis_identity revoke execute on functions from public;
alter default privileges for role habilis_journal revoke execute on functions from public;
