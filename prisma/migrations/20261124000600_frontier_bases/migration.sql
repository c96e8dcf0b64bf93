-- Frontiers that inherit: what one has no rows of its own for it reads from its bases, the nearest first, as they stood at
-- a sequence. A path belongs to one incarnation of a name and never changes. `ended_at` says since when it is not read any
-- more: documents that began before may still read rows for it.
create table omdb.frontier_bases (
  frontier text not null references omdb.frontiers (id),
  incarnation bigint not null,
  depth int not null,
  base text not null references omdb.frontiers (id),
  base_sequence bigint not null,
  ended_at timestamptz,
  primary key (frontier, incarnation, depth)
);
create index omdb_frontier_bases_by_base on omdb.frontier_bases (base, base_sequence);
create index omdb_frontier_bases_by_end on omdb.frontier_bases (ended_at);

-- Which frontier has passed through a version: one that can be inherited from.
create index omdb_frontier_log_by_members on omdb.frontier_log using hash (members);

-- The first sequence from which latest_<type> holds what the frontier held at every later one. Of what is there already
-- only the present is sure.
alter table omdb.frontiers add column rows_from bigint not null default 0;
update omdb.frontiers set rows_from = sequence;

-- Rows that ended, in the order in which the sweep looks at them.
do $$
declare
  known record;
begin
  for known in select latest from omdb.types where to_regclass(format('omdb.%I', latest)) is not null loop
    execute format(
      'create index if not exists %I on omdb.%I (frontier, to_sequence, record) where to_sequence is not null',
      'omdb_ended_' || left(encode(sha256(convert_to(known.latest, 'UTF8')), 'hex'), 16),
      known.latest
    );
  end loop;
end
$$;
