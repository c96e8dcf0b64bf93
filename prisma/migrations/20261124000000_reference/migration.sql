-- The tables that omdb grew from. Everything is "if not exists": a database that already has them is adopted as it is.

create schema if not exists omdb;

-- Record types. Each owns two tables, named here: states at snapshots, and the current state of every record.
create table if not exists omdb.types (
  id text primary key,
  snapshots text unique not null,
  latest text unique not null,
  created_at timestamptz not null default now()
);

create table if not exists omdb.records (
  id uuid primary key,
  "type" text not null references omdb.types (id),
  created_at timestamptz not null default now()
);
create index if not exists omdb_records_by_type on omdb.records ("type");

-- A named function (operation, parameters) of one record's state at a path, guarded by predicates.
create table if not exists omdb.operations (
  id bigserial primary key,
  predicates jsonb not null,
  record uuid not null references omdb.records (id),
  "path" jsonb not null,
  operation text not null,
  parameters jsonb not null
);
create index if not exists omdb_operations_by_record on omdb.operations (record);

-- Logical time is the depth in the DAG; ordering by it is a topological order.
create table if not exists omdb.commits (
  id bigserial primary key,
  logical_time bigint not null,
  ts timestamptz not null default now()
);
create index if not exists omdb_commits_by_logical_time on omdb.commits (logical_time);

create table if not exists omdb.commit_to_commit (
  parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id),
  primary key (parent, child)
);
create index if not exists omdb_commit_to_commit_by_parent on omdb.commit_to_commit (parent);
create index if not exists omdb_commit_to_commit_by_child on omdb.commit_to_commit (child);

create table if not exists omdb.operation_to_commit (
  operation bigint not null references omdb.operations (id) primary key,
  "commit" bigint not null references omdb.commits (id)
);
create index if not exists omdb_operation_to_commit_by_commit on omdb.operation_to_commit ("commit");

-- Named antichains of commits that do not conflict.
create table if not exists omdb.frontiers (
  id text primary key
);

create table if not exists omdb.frontier_commits (
  frontier text not null references omdb.frontiers (id),
  "commit" bigint not null references omdb.commits (id),
  primary key (frontier, "commit")
);
create index if not exists omdb_frontier_commits_by_frontier on omdb.frontier_commits (frontier);

-- The DAG restricted to the commits that touch one record, with their operations on it.
create table if not exists omdb.record_wise_operations (
  record uuid not null references omdb.records (id),
  "commit" bigint not null references omdb.commits (id),
  operation bigint not null references omdb.operations (id),
  primary key (record, "commit", operation)
);
create index if not exists omdb_record_wise_operations_by_record on omdb.record_wise_operations (record);
create index if not exists omdb_record_wise_operations_by_record_commit on omdb.record_wise_operations (record, "commit");

create table if not exists omdb.record_wise_operations_edges (
  record uuid not null references omdb.records (id),
  parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id),
  primary key (record, parent, child)
);
create index if not exists omdb_record_wise_operations_edges_by_record_parent
  on omdb.record_wise_operations_edges (record, parent);
create index if not exists omdb_record_wise_operations_edges_by_record_child
  on omdb.record_wise_operations_edges (record, child);

-- One operation in place of many, from one commit of a record to another: the edges of a skip graph.
create table if not exists omdb.coalesced_operations (
  record uuid not null references omdb.records (id),
  parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id),
  operation bigint not null references omdb.operations (id),
  primary key (record, parent, child)
);
create index if not exists omdb_coalesced_operations_by_record_parent on omdb.coalesced_operations (record, parent);
create index if not exists omdb_coalesced_operations_by_record_child on omdb.coalesced_operations (record, child);

-- The nearest snapshots (an antichain) below each commit of a record.
create table if not exists omdb.commit_snapshot_ancestors (
  record uuid not null references omdb.records (id),
  "commit" bigint not null references omdb.commits (id),
  "snapshot" bigint not null references omdb.commits (id),
  primary key (record, "commit", "snapshot")
);
create index if not exists omdb_commit_snapshot_ancestors_by_commit
  on omdb.commit_snapshot_ancestors (record, "commit");
create index if not exists omdb_commit_snapshot_ancestors_by_snapshot
  on omdb.commit_snapshot_ancestors (record, "snapshot");

-- The DAG of a record's snapshots.
create table if not exists omdb.snapshot_to_snapshot (
  record uuid not null references omdb.records (id),
  parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id),
  primary key (record, parent, child)
);
create index if not exists omdb_snapshot_to_snapshot_by_record_parent on omdb.snapshot_to_snapshot (record, parent);
create index if not exists omdb_snapshot_to_snapshot_by_record_child on omdb.snapshot_to_snapshot (record, child);
