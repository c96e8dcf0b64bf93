/** Placing commits on records of which this process knows nothing: one statement reads where they stand, and writes it. */
import { segmentOf } from "../../core/cuts";
import type { RecordId } from "../../core/ids";
import type { Sql } from "../database";
import { few } from "../plannedOnce";
import type { CutBuilder, RecordTouch } from "./cutBuilder";
import { cutColumns, type CutRow, type EntryRow } from "./cutRow";

interface Row extends EntryRow {
  readonly placed: boolean;
  readonly own: CutRow | null;
  readonly base: CutRow | null;
}

/** With fewer operations above a cut none is due, however few its members are. */
const DUE = 2 * segmentOf(1);

const cutAt = (id: string): string =>
  `left join lateral (select x.* from omdb.record_cuts x where x.id = ${id} offset 0)`;
const asJson = (cut: string): string =>
  `case when ${cut}.id is not null then (select row_to_json(own) from (select ${cutColumns(cut)}) own) end`;

/**
 * Commits with one parent whose place is not remembered stand on the same cut as that, unless another one is due: mostly
 * none is, and then all that is to be written has been written. Sent right after the commits.
 * @param builder is told of the commits, their parents and cuts
 * @returns those that are left to be placed, in order
 */
export async function placeUnknown(
  sql: Sql,
  touches: readonly RecordTouch[],
  builder: CutBuilder,
): Promise<readonly RecordTouch[]> {
  const unknown = touches.filter(({ record, parents }) => parents.length === 1 && !builder.knows(record, parents[0]!));
  if (unknown.length === 0) return touches;
  const { rows } = await sql.query<Row>({
    name: "omdb place by parents",
    text: `with found as materialized (
       select k.*, e.logical_time as before, e.cut, e.loose, e.loose + k.operations < $6::bigint as placed
       from ${few("unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])", "$1::uuid[]")}
         as k(record, parent, child, logical_time, operations)
       cross join lateral (
         select e.* from omdb.record_commits e where e.record = k.record and e."commit" = k.parent offset 0
       ) e
     ), entries as (
       insert into omdb.record_commits (record, "commit", logical_time, cut, loose)
       select f.record, f.child, f.logical_time, f.cut, f.loose + f.operations from found f where f.placed
     ), known as materialized (
       select f.record, f.parent as "commit", f.before as "logicalTime", f.cut, f.loose, f.child, f.placed,
         b.members as ancestors, ${asJson("c")} as own, ${asJson("b")} as base
       from found f ${cutAt("f.cut")} c on true ${cutAt("c.base")} b on true
     ), ancestors as (
       insert into omdb.commit_snapshot_ancestors (record, "commit", snapshot)
       select k.record, k.child, unnest(k.ancestors) from known k where k.placed
     )
     select k.record, k."commit", k."logicalTime", k.cut, k.loose, k.placed, k.own, k.base from known k`,
    values: [
      unknown.map(({ record }) => record),
      unknown.map(({ parents }) => parents[0]),
      unknown.map(({ commit }) => commit),
      unknown.map(({ logicalTime }) => logicalTime),
      unknown.map(({ effects }) => effects.length),
      DUE,
    ],
  });
  const placed = new Map<RecordId, EntryRow>();
  for (const { placed: isPlaced, own, base, record, commit, logicalTime, cut, loose } of rows) {
    const parent: EntryRow = { record, commit, logicalTime, cut, loose };
    builder.learn([{ ...parent, placed: true }], [...(own ? [own] : []), ...(base ? [base] : [])]);
    if (isPlaced) placed.set(record, parent);
  }
  return touches.filter((touch) => {
    const parent = placed.get(touch.record);
    if (!parent) return true;
    const { record, commit, logicalTime, effects } = touch;
    const loose = parent.loose + effects.length;
    builder.learn([{ record, commit, logicalTime, cut: parent.cut, loose, touch, placed: true }], []);
    return false;
  });
}
