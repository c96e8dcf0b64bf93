-- The way down from a record's newest commit that is not after a given one: to the nearest snapshot by the longest
-- coalesced operations there are, and where there are none by the operations of all commits of the record within the
-- logical times between; whoever asks leaves out those that are not in its history. It is a function since a statement
-- with all of it takes longer to set up than to run, and uses the indexes however small the tables were at first.
create function omdb.newest_path(
  of_record uuid, up_to_time bigint, up_to_commit bigint,
  -- Null: there is no such commit.
  out head bigint,
  -- The members of the cut that has the snapshot; null: the way leads to the beginning.
  out base bigint[],
  -- [commit, id, path, operation, parameters]; null where there are too many commits beside the history's own.
  out single json,
  -- [logical time of its upper end, id, parameters]
  out coalesced json
) language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set plan_cache_mode = force_generic_plan
as $$
declare
  at omdb.record_cuts;
  head_time bigint;
  -- How many commits may be looked at.
  most bigint;
  base_cut bigint;
  base_from bigint;
  next bigint;
  -- What is read one by one: above the one and up to the other.
  lows bigint[];
  highs bigint[];
  operations bigint[] := '{}';
  untils bigint[] := '{}';
  commits bigint[];
begin
  select r."commit", r.logical_time, r.cut, 2 * r.loose + 16 into head, head_time, next, most
  from omdb.record_commits r
  where r.record = of_record and (r.logical_time, r."commit") <= (up_to_time, up_to_commit)
  order by r.logical_time desc, r."commit" desc limit 1;
  if not found then return; end if;
  select * into at from omdb.record_cuts c where c.id = next;
  base_cut := at.base;
  base_from := coalesce(at.base_rank, 0);
  lows := array[coalesce(at.until, -1)];
  highs := array[head_time];
  while at.id is not null and at.id is distinct from base_cut loop
    if at.jump_operation is not null and at.jump_rank >= base_from then
      operations := operations || at.jump_operation;
      untils := untils || at.until;
      next := at.jump;
    else
      if at.prev_operation is not null then
        operations := operations || at.prev_operation;
        untils := untils || at.until;
      else
        most := most + 32;
        if lows[cardinality(lows)] = at.until then
          lows[cardinality(lows)] := coalesce(at.prev_until, -1);
        else
          lows := lows || coalesce(at.prev_until, -1);
          highs := highs || at.until;
        end if;
      end if;
      next := at.prev;
    end if;
    select * into at from omdb.record_cuts c where c.id = next;
  end loop;
  base := at.members;
  commits := array(
    select r."commit" from unnest(lows, highs) as s(low, high)
    cross join lateral (
      select x."commit" from omdb.record_commits x
      where x.record = of_record and x.logical_time > s.low and x.logical_time <= s.high
        and (x.logical_time, x."commit") <= (head_time, head)
      offset 0
    ) r
    limit most + 1);
  if cardinality(commits) > most then return; end if;
  select json_agg(json_build_array(i."commit", o.id, o.path, o.operation, o.parameters)) into single
  from unnest(commits) as w("commit")
  cross join lateral (
    select x.* from omdb.record_wise_operations x where x.record = of_record and x."commit" = w."commit" offset 0
  ) i
  cross join lateral (select x.* from omdb.operations x where x.id = i.operation offset 0) o;
  if operations <> '{}' then
    select json_agg(json_build_array(w.until, o.id, o.parameters)) into coalesced
    from unnest(operations, untils) as w(id, until)
    cross join lateral (select x.* from omdb.operations x where x.id = w.id offset 0) o;
  end if;
end $$;
