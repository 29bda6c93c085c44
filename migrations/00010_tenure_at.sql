-- Who was of the place at an instant: for questions about everyone at once.

-- +goose Up
create index tenure_at on tenure (tenant_id, since) include (resource_id, until);

-- +goose Down
select 1;
