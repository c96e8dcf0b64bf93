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
  -- [id, path, operation, parameters]; null where there are too many commits beside the history's own.
  out single json,
  -- [id, commit] of the same.
  out standing json,
  -- [logical time of its upper end, id, parameters]
  out coalesced json
) language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set plan_cache_mode = force_generic_plan
as $$
declare
  -- The cut at which the way is.
  cut bigint;
  base_cut bigint;
  base_from bigint;
  c record;
  head_time bigint;
  -- How many commits may be looked at.
  most bigint;
  commits bigint[];
  numbers bigint[];
  -- What is read one by one: above the one and up to the other.
  lows bigint[];
  highs bigint[];
  operations bigint[];
  untils bigint[];
begin
  select r."commit", r.logical_time, 2 * r.loose + 16, r.cut, k.base, coalesce(k.base_rank, 0), array[coalesce(k.until, -1)],
    array[r.logical_time], k.members
  into head, head_time, most, cut, base_cut, base_from, lows, highs, base
  from (
    select x."commit", x.logical_time, x.loose, x.cut from omdb.record_commits x
    where x.record = of_record and (x.logical_time, x."commit") <= (up_to_time, up_to_commit)
    order by x.logical_time desc, x."commit" desc limit 1
  ) r
  left join lateral (select x.* from omdb.record_cuts x where x.id = r.cut offset 0) k on true;
  if not found then return; end if;
  while cut is distinct from base_cut loop
    select x.until, x.prev, x.prev_until, x.prev_operation, x.jump, x.jump_rank, x.jump_operation into c
    from omdb.record_cuts x where x.id = cut;
    if c.jump_operation is not null and c.jump_rank >= base_from then
      operations := operations || c.jump_operation;
      untils := untils || c.until;
      cut := c.jump;
    else
      if c.prev_operation is not null then
        operations := operations || c.prev_operation;
        untils := untils || c.until;
      else
        most := most + 32;
        if lows[cardinality(lows)] = c.until then
          lows[cardinality(lows)] := coalesce(c.prev_until, -1);
        else
          lows := lows || coalesce(c.prev_until, -1);
          highs := highs || c.until;
        end if;
      end if;
      cut := c.prev;
    end if;
    base := null;
  end loop;
  if cut is not null and base is null then
    select x.members into base from omdb.record_cuts x where x.id = cut;
  end if;
  commits := array(
    select e."commit" from unnest(lows, highs) as s(low, high)
    cross join lateral (
      select x."commit" from omdb.record_commits x
      where x.record = of_record and x.logical_time > s.low and x.logical_time <= s.high
        and (x.logical_time, x."commit") <= (head_time, head)
      offset 0
    ) e
    limit most + 1);
  if cardinality(commits) > most then return; end if;
  -- By lists of keys, since those that stand side by side are found together.
  select array_agg(x.operation), json_agg(json_build_array(x.operation, x."commit")) into numbers, standing
  from omdb.record_wise_operations x where x.record = of_record and x."commit" = any(commits);
  select json_agg(json_build_array(o.id, o.path, o.operation, o.parameters)) into single
  from omdb.operations o where o.id = any(numbers);
  if operations is not null then
    select json_agg(json_build_array(w.until, o.id, o.parameters)) into coalesced
    from unnest(operations, untils) as w(id, until)
    cross join lateral (select x.* from omdb.operations x where x.id = w.id offset 0) o;
  end if;
end $$;
