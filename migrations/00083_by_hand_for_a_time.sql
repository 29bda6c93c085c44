-- A password that someone else set is a temporary one: it opens choosing another as
-- long as one that is sent does where it was set, and nothing after.

-- +goose Up
set local role habilis_identity;

alter table identity.account add column password_until timestamptz; -- until when a password that someone else set opens choosing another

update identity.account set password_until = now() + interval '72 hours' where password_hash is not null and must_change and not factor_gone;

-- As before, for a time.
-- +goose StatementBegin
create or replace function identity.password_by_hand(in_account uuid, in_hash text, in_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = identity, public, pg_temp as $$
declare
  hours int := (select (policies->>'temporary_password_hours')::int from tenant where tenant_id = current_setting('habilis.tenant')::uuid);
begin
  if not identity.hold(in_account, null, in_at) then
    return false;
  end if;
  perform identity.lay_hand(in_account, in_at);
  update token set voided_at = in_at where account_id = in_account and used_at is null and voided_at is null;
  update account set password_hash = in_hash, password_set_at = in_at, password_until = in_at + make_interval(hours => coalesce(hours, 24)),
         password_mailbox = null, must_change = true, password_alone = false, factor_gone = false, generation = generation + 1
   where id = in_account;
  return true;
end $$;
-- +goose StatementEnd

drop function identity.sign_in_lookup(text, text);

-- As before, with until when a password that someone else set is one.
-- +goose StatementBegin
create function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, email_key text, locale text, password_hash text, must_change boolean,
               factor_gone boolean, password_until timestamptz, methods text[], operator boolean, places bigint, generation int)
language plpgsql stable security definer set search_path = identity, public, pg_temp as $$
#variable_conflict use_column
declare
  owner uuid := identity.login_owner(in_username, in_email_key);
begin
  return query
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.locale, coalesce(a.password_hash, ''), a.must_change,
         a.factor_gone, case when a.must_change and not a.factor_gone then a.password_until end, identity.methods(a.id),
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

drop function identity.help_here(uuid, timestamptz);

-- As before, with until when a password that someone else set is one.
-- +goose StatementBegin
create function identity.help_here(in_account uuid, in_at timestamptz)
returns table (authority text, came_in boolean, activated boolean, must_change boolean, password_until timestamptz, outgrown boolean, factor boolean, beside boolean,
               held_until timestamptz, backup text, backup_at timestamptz, backup_verified_at timestamptz, backup_opens_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select w.ours, identity.came_in(a.id), a.password_hash is not null, a.must_change and not a.factor_gone,
         case when a.must_change and not a.factor_gone then a.password_until end, a.must_change and a.factor_gone,
         identity.methods(a.id) <> '{}', identity.lowers_floor(identity.methods(a.id)),
         nullif(identity.held_until(a.id), '-infinity'),
         case when w.ours = 'ours' then coalesce(a.backup_email, '') else '' end,
         case when w.ours = 'ours' then a.backup_email_set_at end,
         case when w.ours = 'ours' then a.backup_email_verified_at end,
         case when w.ours = 'ours' then identity.backup_opens_at(a.id) end
    from account a
   cross join lateral (select identity.authority(a.id, in_at) ours) w
   where a.id = in_account and w.ours is not null
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.sign_in_lookup(text, text) from public;
grant execute on function identity.sign_in_lookup(text, text) to habilis_app;
revoke all on function identity.help_here(uuid, timestamptz) from public;
grant execute on function identity.help_here(uuid, timestamptz) to habilis_app;

-- +goose Down
select 1;
