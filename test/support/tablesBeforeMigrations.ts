/** The reference schema, which omdb's first migration takes over, with a small history in its tables. */
export const tablesBeforeMigrations = `
create schema omdb;
create table omdb.types (
  id text primary key, snapshots text unique not null, latest text unique not null,
  created_at timestamptz not null default now());
create table omdb.records (
  id uuid primary key, type text not null references omdb.types (id), created_at timestamptz not null default now());
create index omdb_records_by_type on omdb.records (type);
create table omdb.operations (
  id bigserial primary key, predicates jsonb not null, record uuid not null references omdb.records (id),
  path jsonb not null, operation text not null, parameters jsonb not null);
create index omdb_operations_by_record on omdb.operations (record);
create table omdb.commits (
  id bigserial primary key, logical_time bigint not null, ts timestamptz not null default now());
create index omdb_commits_by_logical_time on omdb.commits (logical_time);
create table omdb.commit_to_commit (
  parent bigint not null references omdb.commits (id), child bigint not null references omdb.commits (id),
  primary key (parent, child));
create index omdb_commit_to_commit_by_parent on omdb.commit_to_commit (parent);
create index omdb_commit_to_commit_by_child on omdb.commit_to_commit (child);
create table omdb.operation_to_commit (
  operation bigint not null references omdb.operations (id) primary key,
  "commit" bigint not null references omdb.commits (id));
create index omdb_operation_to_commit_by_commit on omdb.operation_to_commit ("commit");
create table omdb.frontiers (id text primary key);
create table omdb.frontier_commits (
  frontier text not null references omdb.frontiers (id), "commit" bigint not null references omdb.commits (id),
  primary key (frontier, "commit"));
create index omdb_frontier_commits_by_frontier on omdb.frontier_commits (frontier);
create table omdb.record_wise_operations (
  record uuid not null references omdb.records (id), "commit" bigint not null references omdb.commits (id),
  operation bigint not null references omdb.operations (id), primary key (record, "commit", operation));
create index omdb_record_wise_operations_by_record on omdb.record_wise_operations (record);
create index omdb_record_wise_operations_by_record_commit on omdb.record_wise_operations (record, "commit");
create table omdb.record_wise_operations_edges (
  record uuid not null references omdb.records (id), parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id), primary key (record, parent, child));
create index omdb_record_wise_operations_edges_by_record_parent on omdb.record_wise_operations_edges (record, parent);
create index omdb_record_wise_operations_edges_by_record_child on omdb.record_wise_operations_edges (record, child);
create table omdb.coalesced_operations (
  record uuid not null references omdb.records (id), parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id), operation bigint not null references omdb.operations (id),
  primary key (record, parent, child));
create index omdb_coalesced_operations_by_record_parent on omdb.coalesced_operations (record, parent);
create index omdb_coalesced_operations_by_record_child on omdb.coalesced_operations (record, child);
create table omdb.commit_snapshot_ancestors (
  record uuid not null references omdb.records (id), "commit" bigint not null references omdb.commits (id),
  snapshot bigint not null references omdb.commits (id), primary key (record, "commit", snapshot));
create index omdb_commit_snapshot_ancestors_by_commit on omdb.commit_snapshot_ancestors (record, "commit");
create index omdb_commit_snapshot_ancestors_by_snapshot on omdb.commit_snapshot_ancestors (record, snapshot);
create table omdb.snapshot_to_snapshot (
  record uuid not null references omdb.records (id), parent bigint not null references omdb.commits (id),
  child bigint not null references omdb.commits (id), primary key (record, parent, child));
create index omdb_snapshot_to_snapshot_by_record_parent on omdb.snapshot_to_snapshot (record, parent);
create index omdb_snapshot_to_snapshot_by_record_child on omdb.snapshot_to_snapshot (record, child);

insert into omdb.types (id, snapshots, latest) values ('note', 'snapshots_note', 'latest_note');
insert into omdb.records (id, type) values ('00000000-0000-4000-8000-000000000001', 'note');
insert into omdb.commits (logical_time) values (0), (1);
insert into omdb.commit_to_commit values (1, 2);
insert into omdb.operations (predicates, record, path, operation, parameters)
  values ('[]', '00000000-0000-4000-8000-000000000001', '[]', 'create', '{"value": {"title": "first"}}');
insert into omdb.operation_to_commit values (1, 1);
insert into omdb.frontiers values ('trunk');
insert into omdb.frontier_commits values ('trunk', 2);
insert into omdb.record_wise_operations values ('00000000-0000-4000-8000-000000000001', 1, 1);
insert into omdb.record_wise_operations_edges values ('00000000-0000-4000-8000-000000000001', 1, 2);
insert into omdb.coalesced_operations values ('00000000-0000-4000-8000-000000000001', 1, 2, 1);
insert into omdb.commit_snapshot_ancestors values ('00000000-0000-4000-8000-000000000001', 2, 1);
insert into omdb.snapshot_to_snapshot values ('00000000-0000-4000-8000-000000000001', 1, 2);
`;
