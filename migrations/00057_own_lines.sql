-- What someone did is found in a place's journal as what was done to them is. Made
-- beside the acts of the release that serves, which it must not hold up.

-- +goose NO TRANSACTION
-- +goose Up
create index concurrently if not exists journal_actor on journal (tenant_id, actor, n desc) where actor is not null;

-- +goose Down
select 1;
