-- Ways in: links by mail, more kinds of second factor, passkeys, devices that
-- are known. The functions over them come with what uses them.

-- +goose Up
set local role habilis_identity;

alter table identity.account
  add column must_change              boolean not null default false, -- the password was set by someone else: it opens choosing one's own
  add column password_mailbox         text, -- key of the mailbox that proved who set the password; null when none did
  add column pending_email            text check (length(pending_email) <= 254), -- counts once its owner has confirmed it
  add column pending_email_key        text,
  add column pending_email_at         timestamptz,
  add column backup_email             text check (length(backup_email) <= 254),
  add column backup_email_key         text,
  add column backup_email_set_at      timestamptz,
  add column backup_email_set_by      uuid, -- account
  add column backup_email_verified_at timestamptz,
  add column mobile                   text check (mobile ~ '^\+[1-9][0-9]{6,14}$'), -- E.164
  add column mobile_verified_at       timestamptz,
  add constraint account_pending_email check ((pending_email is null) = (pending_email_key is null) and (pending_email is null) = (pending_email_at is null)),
  add constraint account_backup_email check ((backup_email is null) = (backup_email_key is null) and (backup_email is null) = (backup_email_set_at is null)),
  add constraint account_two_mailboxes check (backup_email_key <> email_key);

-- Until now every password was set after a temporary one that came by mail; an
-- operator's came from the console.
update identity.account a set password_mailbox = email_key
 where password_hash is not null and not exists (select from identity.operator o where o.account_id = a.id);

alter table identity.token
  drop constraint token_purpose_check,
  add constraint token_purpose check (purpose in ('temporary_password', 'activation', 'reset', 'email', 'backup_email')),
  add column mailbox text; -- key of the address that it left for; null for one that was not mailed

-- A code by e-mail or SMS goes to the account's address or mobile of the time.
alter table identity.factor
  drop constraint factor_kind_check,
  add constraint factor_kind check (kind in ('totp', 'email', 'sms')),
  alter column sealed drop not null,
  add constraint factor_sealed check ((kind = 'totp') = (sealed is not null));

-- Passkeys. W3C Web Authentication, level 3, 4: credential records.
create table identity.passkey (
  id           bytea primary key check (length(id) between 1 and 1023),
  account_id   uuid not null references identity.account on delete cascade,
  name         text not null check (length(name) between 1 and 60),
  record       jsonb not null, -- public: key, transports, flags, counter
  created_at   timestamptz not null,
  last_used_at timestamptz
);
create index passkey_account on identity.passkey (account_id);

-- Codes that were sent, each for one flow: the session that asked.
create table identity.factor_code (
  hash       bytea not null check (length(hash) = 32),
  account_id uuid not null references identity.account on delete cascade,
  kind       text not null check (kind in ('email', 'sms')),
  flow       uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  primary key (account_id, flow, hash)
);

-- Browsers from which someone came in, by the hash of their cookie.
create table identity.device (
  hash          bytea primary key check (length(hash) = 32),
  account_id    uuid not null references identity.account on delete cascade,
  agent         text not null,
  address       text not null,
  created_at    timestamptz not null,
  seen_at       timestamptz not null,
  factor_at     timestamptz, -- when a second factor was last shown on it, if it is to be remembered
  factor_strong boolean not null default false
);
create index device_account on identity.device (account_id);

reset role;

-- +goose Down
select 1;
