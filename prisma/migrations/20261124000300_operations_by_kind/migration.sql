-- The kinds of operations that are stored, found by a step for each kind: a server looks at them before it starts.
create index omdb_operations_by_kind on omdb.operations (operation);
