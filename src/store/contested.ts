/**
 * What of the commits between some versions can matter to the verdict on what they form together. Most of it cannot: an
 * operation fails only if all versions that have it get something new on a record that it touches or reads.
 */
import type { CommitId, RecordId } from "../core/ids";
import type { Join } from "../core/joining";
import type { Sql } from "./database";

export interface Contested {
  /** For each part of the join: the records that the commits beyond it touch. */
  readonly touched: readonly ReadonlySet<RecordId>[];
  /** The records that matter: among them all that commits beyond every part touch. */
  readonly records: readonly RecordId[];
}

/** Reads it for a join of stored commits: the verdict on what happened to these records is the verdict on all. */
export async function readContested(sql: Sql, join: Join): Promise<Contested> {
  const touched = await recordsBeyond(sql, join);
  if (join.suspects.length === 0) return { touched, records: [] };
  // What reads its own record only is on one that is touched beyond every part.
  const [first = new Set<RecordId>(), ...others] = touched;
  const records = new Set([...first].filter((record) => others.every((those) => those.has(record))));
  for (const read of await readsThatCanFail(sql, join, touched)) for (const record of read) records.add(record);
  return { touched, records: [...records] };
}

async function recordsBeyond(sql: Sql, { beyond }: Join): Promise<ReadonlySet<RecordId>[]> {
  const touched = beyond.map(() => new Set<RecordId>());
  // A commit that many parts lack is looked up once.
  const lacking = new Map<CommitId, number[]>();
  for (const [part, commits] of beyond.entries()) {
    for (const commit of commits) {
      const parts = lacking.get(commit);
      if (parts === undefined) lacking.set(commit, [part]);
      else parts.push(part);
    }
  }
  if (lacking.size === 0) return touched;
  const groups = new Map<string, number[]>();
  const numbers = new Map<string, number>();
  const group = [...lacking.values()].map((parts) => {
    const key = parts.join();
    groups.set(key, parts);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
  const { rows } = await sql.query<{ group: number; records: RecordId[] }>({
    name: "omdb records beyond",
    text: `select v."group", array_agg(distinct o.record) as records
     from unnest($1::int[], $2::bigint[]) as v("group", "commit")
     join omdb.operation_to_commit p on p."commit" = v."commit"
     cross join lateral (select x.record from omdb.operations x where x.id = p.operation offset 0) o
     group by v."group"`,
    values: [group, [...lacking.keys()]],
  });
  const partsOf = [...groups.values()];
  for (const { group: number, records } of rows) {
    for (const part of partsOf[number]!) for (const record of records) touched[part]!.add(record);
  }
  return touched;
}

/**
 * For each suspect operation that reads a touched record which is not its own, and that can fail: its own record and those.
 */
async function readsThatCanFail(
  sql: Sql,
  { suspects, beyond }: Join,
  touched: readonly ReadonlySet<RecordId>[],
): Promise<(readonly RecordId[])[]> {
  const least = suspects.reduce((id, other) => Math.min(id, other), Infinity);
  const most = suspects.reduce((id, other) => Math.max(id, other), 0);
  // One range of the index for each record, and the commits in it by a hash, however many of both there are.
  const { rows } = await sql.query<{ commit: CommitId; reads: RecordId[] }>({
    name: "omdb readers",
    text: `select r."commit", o.record || array_agg(r.record) as reads
     from unnest($1::uuid[]) as k(record)
     cross join lateral (
       select x.record, x."commit", x.operation from omdb.operation_reads x
       where x.record = k.record and x."commit" between $3 and $4 offset 0
     ) r
     join unnest($2::bigint[]) as s("commit") on s."commit" = r."commit"
     join omdb.operations o on o.id = r.operation
     group by r.operation, r."commit", o.record`,
    values: [[...new Set(touched.flatMap((records) => [...records]))], suspects, least, most],
  });
  const lacking = beyond.map((commits) => new Set(commits));
  return rows
    .filter(({ commit, reads }) =>
      touched.every((records, part) => lacking[part]!.has(commit) || reads.some((record) => records.has(record))),
    )
    .map(({ reads }) => reads);
}
