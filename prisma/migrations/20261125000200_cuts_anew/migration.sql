-- What is worth keeping is decided by the bytes that PostgreSQL takes for it, and a coalesced operation holds nothing but
-- its operations: cuts that were made before are forgotten, and made anew when the program starts.
do $$
declare
  snapshots text;
begin
  if not exists (select from omdb.record_commits) then return; end if;
  truncate omdb.record_commits, omdb.record_cuts, omdb.coalesced_operations, omdb.commit_snapshot_ancestors,
    omdb.snapshot_to_snapshot;
  for snapshots in select t.snapshots from omdb.types t where to_regclass(format('omdb.%I', t.snapshots)) is not null loop
    execute format('truncate omdb.%I', snapshots);
  end loop;
  delete from omdb.operations o where o.operation = 'coalesced'
    and not exists (select from omdb.operation_to_commit p where p.operation = o.id);
end $$;
