-- A login is looked up by two indexes. The user name as it is written had none:
-- each sign-in, and each password forgotten, read all accounts.

-- +goose Up
set local role habilis_identity;

create index account_username on identity.account (username);

-- Whose login it is: a user name (capitals count), else the canonical key of an
-- e-mail; null when it is nobody's. Both indexes are asked in any case: no
-- answer takes less time.
-- +goose StatementBegin
create function identity.login_owner(in_username text, in_email_key text) returns uuid
language sql stable security definer set search_path = identity, pg_temp as $$
  select l.id
    from (select id, 1 as turn from account where username = in_username
          union all
          select id, 2 from account where email_key = in_email_key) l
   order by l.turn
   limit 1
$$;
-- +goose StatementEnd
revoke all on function identity.login_owner(text, text) from public;

-- +goose StatementBegin
create or replace function identity.sign_in_lookup(in_username text, in_email_key text)
returns table (id uuid, username text, family text, given text, email text, email_key text, locale text, password_hash text, must_change boolean,
               factor boolean, methods text[], operator boolean, places bigint, generation int)
language sql stable security definer set search_path = identity, public, pg_temp as $$
  select a.id, a.username, a.family, a.given, coalesce(a.email, ''), coalesce(a.email_key, ''), a.locale, coalesce(a.password_hash, ''), a.must_change,
         shown.methods <> '{}', shown.methods,
         exists (select from operator o where o.account_id = a.id),
         (select count(*) from membership m
            join resource r on r.tenant_id = m.tenant_id and r.id = m.resource_id and r.state <> 'archived'
            join tenant t on t.tenant_id = m.tenant_id and t.state = 'open'
           where m.account_id = a.id),
         a.generation
    from account a
   cross join lateral (select identity.methods(a.id) as methods offset 0) shown
   where a.id = (select identity.login_owner(in_username, in_email_key))
$$;
-- +goose StatementEnd

-- Whose login it is; the zero UUID when it is nobody's.
-- +goose StatementBegin
create or replace function identity.forgotten_lookup(in_username text, in_email_key text) returns uuid
language sql stable security definer set search_path = identity, pg_temp as $$
  select coalesce(identity.login_owner(in_username, in_email_key), '00000000-0000-0000-0000-000000000000')
$$;
-- +goose StatementEnd

reset role;

-- +goose Down
select 1;
