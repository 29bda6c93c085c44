-- What was asked for is withdrawn by the place that asked: a role or help of support
-- while nobody has answered, another address for someone while nobody has confirmed it.

-- +goose Up
alter table request drop constraint request_state_check,
  add constraint request_state_check check (state in ('open', 'granted', 'refused', 'withdrawn'));
alter table help_request drop constraint help_request_state_check,
  add constraint help_request_state_check check (state in ('open', 'done', 'refused', 'withdrawn'));

set local role habilis_identity;

-- Takes back an address that someone else asked for, and voids what was sent to it:
-- '' when it is done, 'shared' where that is not to be done from here, 'none' where
-- nobody else asked for one.
-- +goose StatementBegin
create function identity.email_unname(in_account uuid, in_operator uuid, in_at timestamptz) returns text
language plpgsql volatile security definer set search_path = identity, pg_temp as $$
begin
  if not identity.hold(in_account, in_operator, in_at) then
    return 'shared';
  elsif not exists (select from account where id = in_account and pending_email is not null and pending_email_by is not null) then
    return 'none';
  end if;
  perform identity.email_keep(in_account, in_at);
  update account set pending_email_by = null, pending_email_in = null where id = in_account;
  return '';
end $$;
-- +goose StatementEnd

reset role;
revoke all on function identity.email_unname(uuid, uuid, timestamptz) from public;
grant execute on function identity.email_unname(uuid, uuid, timestamptz) to habilis_app;

-- +goose Down
select 1;
