-- The index by time served nothing but what asks for a time, yet the planner took it, as cheap as the primary key in a small
-- or an old estimate, where a sequence was asked for: every change of a frontier then read its whole log. What is
-- partial by a condition that always holds is taken only where the condition is known to hold: by `"time" <= …`.
drop index omdb.omdb_frontier_log_by_time;
create index omdb_frontier_log_by_time on omdb.frontier_log (frontier, "time", sequence) where "time" is not null;
