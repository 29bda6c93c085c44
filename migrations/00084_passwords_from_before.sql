-- What stands in accounts from before passwords knew whether they stand alone, and
-- two places where one waits for the other.

-- +goose Up
set local role habilis_identity;

-- As before, and after a code by e-mail went, too: a password from before may have
-- been let do beside it.
-- +goose StatementBegin
create or replace function identity.factors_went(in_account uuid, in_before text[], in_rest text[]) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set must_change = true, factor_gone = true
   where id = in_account and password_hash is not null and not password_alone and not must_change
     and not in_before <@ in_rest and not identity.lowers_floor(in_rest)
$$;
-- +goose StatementEnd

-- Notes that a password, as it is stored, would do with nothing beside it.
-- +goose StatementBegin
create function identity.password_alone(in_account uuid, in_hash text) returns void
language sql volatile security definer set search_path = identity, pg_temp as $$
  update account set password_alone = true where id = in_account and password_hash = in_hash and not must_change
$$;
-- +goose StatementEnd

-- As before; what was sent to a mailbox that the account has no more opens nothing.
-- +goose StatementBegin
create or replace function identity.token_take(in_hash bytea, in_purpose text, in_account uuid, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  shown text;
begin
  perform from account where id = in_account for no key update;
  update token set used_at = in_at
   where hash = in_hash and purpose = in_purpose and account_id = in_account
     and used_at is null and voided_at is null and expires_at > in_at
     and (exists (select from membership m join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
                   where m.account_id = in_account and m.tenant_id = token.tenant_id and r.state <> 'archived')
          and (mailbox is null or identity.mailbox_held(in_account, mailbox))
       or token.tenant_id = '00000000-0000-0000-0000-000000000000' -- of no place: an operator's, from the console
          and exists (select from operator o where o.account_id = in_account))
  returning mailbox into shown;
  if not found then
    return false;
  end if;
  insert into hand (account_id, tenant_id, at)
  select id, backup_email_set_in, in_at from account where id = in_account and backup_email_key = shown and backup_email_set_in is not null;
  update account set email_verified_at = coalesce(email_verified_at, in_at) where id = in_account and email_key = shown;
  perform identity.mailbox_proved(in_account, shown, in_at);
  return true;
end $$;
-- +goose StatementEnd

-- As before; the account is held before its browser, as by whoever changes it.
-- +goose StatementBegin
create or replace function identity.device_again(in_shown bytea, in_common boolean, in_fresh bytea, in_account uuid, in_agent text, in_address text,
                                                 in_begins boolean, in_request text, in_facts jsonb, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for key share;
  update device set hash = case when in_common then in_fresh else in_shown end, agent = in_agent, address = in_address, seen_at = in_at
   where hash = in_shown and account_id = in_account;
  if not found then
    return false;
  end if;
  if in_begins then
    perform identity.own_note(in_account, 'person', 'signin.begin', in_request, in_facts, in_at);
  end if;
  return true;
end $$;
-- +goose StatementEnd

drop function identity.sign_in_lookup(text, text);

-- As before, with whether the password is known to do with nothing beside it.
-- +goose StatementBegin
create function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, email_key text, locale text, password_hash text, password_alone boolean,
               must_change boolean, factor_gone boolean, password_until timestamptz, methods text[], operator boolean, places bigint, generation int)
language plpgsql stable security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
declare
  owner uuid := identity.login_owner(in_username, in_email_key);
begin
  return query
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.locale, coalesce(a.password_hash, ''), a.password_alone,
         a.must_change, a.factor_gone, case when a.must_change and not a.factor_gone then a.password_until end, identity.methods(a.id),
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

reset role;
revoke all on function identity.sign_in_lookup(text, text) from public;
grant execute on function identity.sign_in_lookup(text, text) to habilis_app;
revoke all on function identity.password_alone(uuid, text) from public;
grant execute on function identity.password_alone(uuid, text) to habilis_app;

-- +goose Down
select 1;
