/**
 * What of the commits between some versions can matter to the verdict on what they form together. Most of it cannot: an
 * operation fails only if all versions that have it get something new on a record that it touches or reads.
 */
import type { CommitId, RecordId } from "../core/ids";
import { bitOf, partsHaving, type Join } from "../core/joining";
import type { Sql } from "./database";

/** For each part of a join: the records that the commits beyond it touch. */
export type Touched = readonly ReadonlySet<RecordId>[];

/** The records that are touched beyond every part: no part has them as the whole has them. */
export function touchedBeyondAll([first = new Set(), ...others]: Touched): RecordId[] {
  return [...first].filter((record) => others.every((records) => records.has(record)));
}

/** Reads what the commits beyond the parts of a join touch; all of them are stored. */
export async function readTouched(sql: Sql, join: Join): Promise<Touched> {
  const touched = join.beyond.map(() => new Set<RecordId>());
  const commits = [...new Set(join.beyond.flat())];
  if (commits.length === 0) return touched;
  // A commit that many parts lack is looked up once, and what the same parts lack is told once.
  const having = partsHaving(join);
  const classes = [...new Set(commits.map(having))];
  const classOf = new Map(classes.map((parts, place) => [parts, place]));
  const { rows } = await sql.query<{ class: number; records: RecordId[] }>({
    name: "omdb records beyond",
    text: `select v.class, array_agg(distinct o.record) as records
     from unnest($1::int[], $2::bigint[]) as v(class, "commit")
     join omdb.operation_to_commit p on p."commit" = v."commit"
     cross join lateral (select x.record from omdb.operations x where x.id = p.operation offset 0) o
     group by v.class`,
    values: [commits.map((commit) => classOf.get(having(commit))), commits],
  });
  for (const { class: place, records } of rows) {
    for (const [part, own] of touched.entries()) {
      if ((classes[place]! & bitOf(part)) === 0n) for (const record of records) own.add(record);
    }
  }
  return touched;
}

/**
 * The records that matter to the verdict on a join of stored commits: the verdict on what happened to them is the verdict
 * on all. Among them are all that are touched beyond every part.
 */
export async function contestedRecords(sql: Sql, join: Join, touched: Touched): Promise<RecordId[]> {
  if (join.suspects.length === 0) return [];
  // What reads its own record only is on one that is touched beyond every part.
  return [...new Set([...touchedBeyondAll(touched), ...(await readByThoseThatCanFail(sql, join, touched))])];
}

/** What suspect operations read that can fail by a touched record which is not their own: their own records and those. */
async function readByThoseThatCanFail(sql: Sql, join: Join, touched: Touched): Promise<RecordId[]> {
  const { suspects } = join;
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
  const having = partsHaving(join);
  const canFail = ({ commit, reads }: (typeof rows)[number]) =>
    touched.every(
      (records, part) => (having(commit) & bitOf(part)) === 0n || reads.some((record) => records.has(record)),
    );
  return rows.filter(canFail).flatMap(({ reads }) => reads);
}
