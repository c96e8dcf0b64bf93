-- What the model adds: who and why on commits, schemas and indexes on types, and the log of every change of a frontier.

alter table omdb.types
  add column schema jsonb,
  add column indexes jsonb not null default '[]';

alter table omdb.commits
  add column author text,
  add column message text,
  add column metadata jsonb;
create index omdb_commits_in_canonical_order on omdb.commits (logical_time, id);
create index omdb_commits_by_author on omdb.commits (author, logical_time, id);
create index omdb_commits_by_ts on omdb.commits (ts);
create index omdb_commits_by_metadata on omdb.commits using gin (metadata jsonb_path_ops);

-- A deleted frontier keeps its row: its name goes on counting. `materialised` says that latest_<type> holds its rows.
alter table omdb.frontiers
  add column sequence bigint not null default 0,
  add column incarnation bigint not null default 1,
  add column locked boolean not null default false,
  add column materialised boolean not null default false,
  add column created_at timestamptz not null default now(),
  add column deleted_at timestamptz;
create index omdb_frontier_commits_by_commit on omdb.frontier_commits ("commit");

-- Gapless per frontier: the sequence is counted up under the lock of the frontier's row.
create table omdb.frontier_log (
  frontier text not null references omdb.frontiers (id),
  sequence bigint not null,
  cause text not null,
  "time" timestamptz not null,
  author text,
  message text,
  members bigint[],
  joined bigint[],
  "left" bigint[],
  primary key (frontier, sequence)
);
create index omdb_frontier_log_by_time on omdb.frontier_log (frontier, "time", sequence);

create table omdb.idempotency_keys (
  frontier text not null references omdb.frontiers (id),
  key text not null,
  fingerprint text not null,
  "commit" bigint,
  sequence bigint,
  created_at timestamptz not null default now(),
  primary key (frontier, key)
);

-- Frontiers that were there before the log get their first row in it.
with members as (
  select frontier, array_agg("commit" order by "commit") as commits from omdb.frontier_commits group by frontier
)
insert into omdb.frontier_log (frontier, sequence, cause, "time", members, joined, "left")
select f.id, 1, 'CREATE', date_trunc('milliseconds', now()), coalesce(m.commits, '{}'), coalesce(m.commits, '{}'), '{}'
from omdb.frontiers f left join members m on m.frontier = f.id;
update omdb.frontiers set sequence = 1, incarnation = 1;

insert into omdb.frontiers (id, materialised) values ('main', true) on conflict (id) do nothing;
