-- When a change was written: an import gives its changes the times of its source, which say nothing about how long ago a
-- document may have read what they ended. Rows that are there already count from now.
alter table omdb.frontier_log add column written_at timestamptz not null default now();
alter table omdb.frontier_log alter column written_at set default clock_timestamp();
