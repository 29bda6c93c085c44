-- What the modules and roles of a place are called, and what its roles open, changes
-- once in a while and is asked for by each page. The server remembers it by the
-- edition that the place itself names, and reads that with the page.

-- +goose Up
-- Random, so that no edition comes twice: not after an act that was undone, nor in a
-- database restored from a backup.
alter table tenant add column edition uuid not null default gen_random_uuid();

-- Whatever says something else of a place gives it another edition, in the transaction
-- that says so. An act holds the lock on the place's row already. Who can't reach that
-- row may not change anything either: the servers would not be told.
-- +goose StatementBegin
create function edition_change() returns trigger language plpgsql as $$
declare
  told int;
begin
  update tenant set edition = gen_random_uuid() where tenant_id in (select tenant_id from changed);
  get diagnostics told = row_count;
  if told < (select count(distinct tenant_id) from changed) then
    raise exception 'the edition of a place could not be changed';
  end if;
  return null;
end $$;
-- +goose StatementEnd

create trigger edition_insert after insert on module referencing new table as changed for each statement execute function edition_change();
create trigger edition_update after update on module referencing new table as changed for each statement execute function edition_change();
create trigger edition_delete after delete on module referencing old table as changed for each statement execute function edition_change();
create trigger edition_insert after insert on role referencing new table as changed for each statement execute function edition_change();
create trigger edition_update after update on role referencing new table as changed for each statement execute function edition_change();
create trigger edition_delete after delete on role referencing old table as changed for each statement execute function edition_change();
create trigger edition_insert after insert on role_cell referencing new table as changed for each statement execute function edition_change();
create trigger edition_update after update on role_cell referencing new table as changed for each statement execute function edition_change();
create trigger edition_delete after delete on role_cell referencing old table as changed for each statement execute function edition_change();

-- +goose Down
select 1;
