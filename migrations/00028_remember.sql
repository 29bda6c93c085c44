-- The box that has a device remembered says for how many days.

-- +goose Up
grant execute on function identity.remember_days(uuid) to habilis_app;

-- +goose Down
select 1;
