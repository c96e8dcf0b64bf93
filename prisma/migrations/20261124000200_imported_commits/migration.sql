-- Which commit of a source each imported commit stands for, so that an import finds again what an earlier one has made.
-- Metadata would not do: they are anybody's to write. A name may stand twice, with other parents: a history that a
-- shallow clone cut off is another history.
create table omdb.imported_commits (
  "commit" bigint primary key references omdb.commits (id),
  source text not null,
  name text not null
);
create index omdb_imported_commits_by_source on omdb.imported_commits (source, name);
