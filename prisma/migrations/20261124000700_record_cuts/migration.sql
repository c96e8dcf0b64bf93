-- Cuts of records: what a record's history was up to a logical time, as some commit saw it. Each stands on the one below
-- it, and jumps to one further down, so that the way from any of them to any below it has logarithmically many steps.
create table omdb.record_cuts (
  id bigserial primary key,
  record uuid not null references omdb.records (id),
  -- The maximal commits of the record up to the time, ascending.
  members bigint[] not null,
  until bigint not null,
  -- How many cuts stand below it.
  rank bigint not null,
  prev bigint references omdb.record_cuts (id),
  prev_until bigint,
  jump bigint references omdb.record_cuts (id),
  jump_rank bigint,
  -- How many others stood on the same one when it was made: they share what lies below, and what is charged to it.
  ordinal integer not null,
  -- The nearest cut with a snapshot, itself or one below it.
  base bigint references omdb.record_cuts (id),
  base_rank bigint,
  -- Bytes of operations since that snapshot, as they are charged to the next one.
  since double precision not null,
  -- One operation for all above the cut below; without one, they are read one by one.
  prev_operation bigint references omdb.operations (id),
  prev_bytes bigint not null,
  jump_operation bigint references omdb.operations (id),
  jump_bytes bigint not null,
  unique nulls not distinct (record, prev, until, members)
);
create index omdb_record_cuts_by_prev on omdb.record_cuts (prev);
create index omdb_record_cuts_by_jump on omdb.record_cuts (jump);
create index omdb_record_cuts_by_base on omdb.record_cuts (base);

-- The commits that touch a record, in canonical order: where each stands in its cuts.
create table omdb.record_commits (
  record uuid not null references omdb.records (id),
  "commit" bigint not null references omdb.commits (id),
  logical_time bigint not null,
  -- The highest cut in its history that is kept.
  cut bigint references omdb.record_cuts (id),
  -- How many operations in its history lie above that.
  loose bigint not null,
  primary key (record, "commit")
);
create index omdb_record_commits_in_canonical_order on omdb.record_commits (record, logical_time, "commit");
create index omdb_record_commits_by_cut on omdb.record_commits (cut);

-- The highest cut that several have in common, as in Myers, "An applicative random-access stack" (1983); null where
-- there is none.
create function omdb.common_cut(cuts bigint[]) returns bigint language plpgsql stable parallel safe as $$
declare
  a omdb.record_cuts;
  b omdb.record_cuts;
  next bigint;
begin
  if array_position(cuts, null) is not null then return null; end if;
  select * into a from omdb.record_cuts where id = cuts[1];
  for place in 2 .. cardinality(cuts) loop
    select * into b from omdb.record_cuts where id = cuts[place];
    while a.id is distinct from b.id loop
      if a.rank < b.rank then
        next := case when b.jump_rank >= a.rank then b.jump else b.prev end;
        select * into b from omdb.record_cuts where id = next;
      elsif a.rank > b.rank then
        next := case when a.jump_rank >= b.rank then a.jump else a.prev end;
        select * into a from omdb.record_cuts where id = next;
      elsif a.rank = 0 then
        return null;
      elsif a.jump <> b.jump then
        select * into a from omdb.record_cuts where id = a.jump;
        select * into b from omdb.record_cuts where id = b.jump;
      else
        select * into a from omdb.record_cuts where id = a.prev;
        select * into b from omdb.record_cuts where id = b.prev;
      end if;
    end loop;
  end loop;
  return a.id;
end $$;
