-- Making someone an operator of support is the console's alone: it connects as
-- the owner. The server could no longer be made to do it, whatever it is told.

-- +goose Up
set local role habilis_identity;
revoke execute on function identity.operator_add(uuid, timestamptz) from habilis_app;
reset role;

-- +goose Down
select 1;
