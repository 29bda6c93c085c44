-- Who people are, before any place is known: accounts, credentials, tokens,
-- factors, sessions, throttles. The server has no right on these tables: it
-- calls the narrow functions below, which a role that cannot log in owns.

-- +goose Up
-- +goose StatementBegin
do $$
begin
  if (select count(*) from pg_roles where rolname in ('habilis_app', 'habilis_identity', 'habilis_journal')) < 3 then
    raise exception 'the roles habilis_app, habilis_identity and habilis_journal are missing: run provision.sql as a superuser first';
  end if;
end $$;
-- +goose StatementEnd

create schema identity authorization habilis_identity;
grant usage on schema identity to habilis_app;
set local role habilis_identity;
alter default privileges revoke execute on functions from public;

create table identity.account (
  id                uuid primary key,
  username          text not null check (length(username) between 1 and 64),
  username_key      text not null constraint account_username_taken unique,
  email             text check (length(email) <= 254),
  email_key         text constraint account_email_taken unique,
  email_verified_at timestamptz,
  family            text not null,
  given             text not null,
  phone             text,
  locale            text not null,
  password_hash     text,
  password_set_at   timestamptz,
  generation        int not null default 1, -- a session of an older generation is dead
  created_at        timestamptz not null,
  last_sign_in_at   timestamptz,
  check ((email is null) = (email_key is null))
);

-- An account's places. Kept here, beside resource, because it is read before
-- a tenant is known.
create table identity.membership (
  account_id  uuid not null references identity.account on delete cascade,
  tenant_id   uuid not null,
  resource_id uuid not null,
  primary key (account_id, tenant_id)
);

create table identity.token (
  hash       bytea primary key check (length(hash) = 32),
  purpose    text not null check (purpose in ('temporary_password')),
  account_id uuid not null references identity.account on delete cascade,
  tenant_id  uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  voided_at  timestamptz
);
create index token_account on identity.token (account_id, purpose);

create table identity.factor (
  account_id   uuid not null references identity.account on delete cascade,
  kind         text not null check (kind in ('totp')),
  sealed       bytea not null,  -- the secret, encrypted under the key ring, bound to the account
  created_at   timestamptz not null,
  confirmed_at timestamptz,     -- until then the secret is inert
  last_step    bigint not null default 0,
  primary key (account_id, kind)
);

create table identity.recovery_code (
  account_id uuid not null references identity.account on delete cascade,
  hash       bytea not null,
  used_at    timestamptz,
  primary key (account_id, hash)
);

-- Support operators: outside every place.
create table identity.operator (
  account_id uuid primary key references identity.account on delete cascade,
  since      timestamptz not null
);

create table identity.session (
  token      text primary key, -- hash of the cookie's value
  account_id uuid references identity.account on delete cascade,
  generation int,
  id         uuid,             -- of a sign-in: the same under each of its tokens
  address    text,             -- where the sign-in came from
  agent      text,             -- the browser, as it called itself then
  data       bytea not null,
  created_at timestamptz not null,
  seen_at    timestamptz not null,
  expires_at timestamptz not null
);
create index session_account on identity.session (account_id);
create index session_id on identity.session (id);
create index session_expiry on identity.session (expires_at);

-- Failures of a key (a login with an address, a login, an address, a factor).
create table identity.throttle (
  key           text primary key,
  failures      int not null,
  last_at       timestamptz not null,
  blocked_until timestamptz not null
);

reset role;

-- +goose Down
select 1;
