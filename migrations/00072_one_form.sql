-- What no server calls any more: forms that a function had before it had another.

-- +goose Up
set local role habilis_identity;

drop function identity.sign_in_judge(uuid, boolean, boolean, bytea, text, text, text, text, text, text, text[], int[], int[], int[], timestamptz);
drop function identity.factor_shown(uuid, text);

reset role;

-- +goose Down
select 1;
