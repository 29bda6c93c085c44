-- What comes to its planned end is noted by the clock, an office of its own.

-- +goose Up
alter table journal
  drop constraint journal_actor_kind_check,
  add constraint journal_actor_kind_check check (actor_kind in ('person', 'support', 'console', 'mailer', 'clock'));

-- +goose Down
select 1;
