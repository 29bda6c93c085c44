-- Who was given a password by one place answers no invitation of another until
-- whoever reads the mailbox that was invited has chosen the password by a link.

-- +goose Up
set local role habilis_identity;

-- As before, without those that are not to be answered yet: what they say is for who
-- reads the mailbox.
-- +goose StatementBegin
create or replace function identity.invitations(in_account uuid, in_at timestamptz)
returns table (tenant_id uuid, id uuid, number text, place text, role_fr text, role_en text, role_description_fr text, role_description_en text,
               inviter text, created_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select i.tenant_id, i.id, t.number, t.name, r.role_fr, r.role_en, r.description_fr, r.description_en,
         p.given || ' ' || p.family, i.created_at, i.expires_at
    from account a
    join invitation i on i.email_key = a.email_key and i.state = 'pending' and i.expires_at > in_at
    join tenant t on t.tenant_id = i.tenant_id and t.state = 'open'
   cross join lateral identity.invitation_words(i.tenant_id, i.id) r
    join resource p on p.tenant_id = i.tenant_id and p.id = i.invited_by
   where a.id = in_account and a.email_verified_at is not null and not identity.hand_binds(a.id, i.tenant_id, i.email_key, '-infinity')
   order by i.created_at desc
$$;
-- +goose StatementEnd

drop function identity.invitation_find(uuid, uuid);

-- As before, and whether the mailbox must be proved first.
-- +goose StatementBegin
create function identity.invitation_find(in_account uuid, in_id uuid)
returns table (tenant_id uuid, id uuid, number text, place text, role_fr text, role_en text, role_description_fr text, role_description_en text,
               inviter text, created_at timestamptz, expires_at timestamptz, state text, unproved boolean)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select i.tenant_id, i.id, t.number, t.name, r.role_fr, r.role_en, r.description_fr, r.description_en,
         p.given || ' ' || p.family, i.created_at, i.expires_at, i.state, b.unproved
    from account a
    join invitation i on i.email_key = a.email_key and i.id = in_id
    join tenant t on t.tenant_id = i.tenant_id
   cross join lateral identity.invitation_words(i.tenant_id, i.id) r
    join resource p on p.tenant_id = i.tenant_id and p.id = i.invited_by
   cross join lateral (select identity.hand_binds(a.id, i.tenant_id, i.email_key, '-infinity') unproved) b
   where a.id = in_account and (a.email_verified_at is not null or b.unproved)
$$;
-- +goose StatementEnd

-- Whether an account may join the place of the setting, which knows its owner by
-- in_mailbox. Holds the account, so that nobody lays hands on it meanwhile.
-- +goose StatementBegin
create function identity.may_join(in_account uuid, in_mailbox text) returns boolean
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  perform from account where id = in_account for update;
  return not identity.hand_binds(in_account, current_setting('habilis.tenant')::uuid, in_mailbox, '-infinity');
end $$;
-- +goose StatementEnd

-- As before; whom another place invited is not its own yet: until they accept, and
-- have shown their mailbox, they are helped where they are.
-- +goose StatementBegin
create or replace function identity.authority(in_account uuid, in_at timestamptz default now()) returns text
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select case
    when r.state <> 'archived' and t.state = 'open'
     and not exists (select from operator o where o.account_id = a.id)
     and not exists (select from membership m2
           join resource r2 on r2.tenant_id = m2.tenant_id and r2.id = m2.resource_id and r2.state <> 'archived'
           join tenant t2 on t2.tenant_id = m2.tenant_id and t2.state = 'open'
          where m2.account_id = a.id and m2.tenant_id <> m.tenant_id)
    then 'ours' else 'shared' end
    from account a
    join membership m on m.account_id = a.id and m.tenant_id = current_setting('habilis.tenant')::uuid
    join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id
    join tenant t on t.tenant_id = m.tenant_id
   where a.id = in_account
$$;
-- +goose StatementEnd

reset role;
revoke all on function identity.invitation_find(uuid, uuid), identity.may_join(uuid, text) from public;
grant execute on function identity.invitation_find(uuid, uuid), identity.may_join(uuid, text) to habilis_app;

-- +goose Down
select 1;
