/** Tables that follow from commits and operations: as they are, and as they have to be. */
import type { CommitId, RecordId } from "../../src/core/ids";
import { canonicalJson } from "../../src/core/canonical";
import type { Json } from "../../src/core/json";
import { recordsRead } from "../../src/core/predicates";
import type { Sql } from "../../src/store/database";
import { grouped } from "./grouped";
import type { History } from "./histories";
import type { NaiveHistory } from "./naiveStates";

/** For each table its rows as texts, in one order. */
export type DerivedRows = Readonly<Record<string, readonly string[]>>;

const IN_COMMITS = `(select p.operation from omdb.operation_to_commit p where p."commit" > $1)`;

/** `$1`: the number of a commit; what belongs to it and to earlier ones is left out. */
const TABLES = {
  records: `select id::text as row from omdb.records
    where id in (select record from omdb.record_wise_operations where "commit" > $1)
      or id not in (select record from omdb.record_wise_operations)`,
  operations: `select id::text as row from omdb.operations
    where id in ${IN_COMMITS}
      -- Those that stand for several others are in none.
      or operation <> 'coalesced' and id not in (select operation from omdb.operation_to_commit)`,
  commits: `select concat_ws(' ', id, logical_time) as row from omdb.commits where id > $1`,
  operation_reads: `select concat_ws(' ', record, "commit", operation) as row from omdb.operation_reads where "commit" > $1`,
  record_wise_operations: `select concat_ws(' ', record, "commit", operation) as row from omdb.record_wise_operations
    where "commit" > $1`,
  record_wise_operations_edges: `select concat_ws(' ', record, parent, child) as row
    from omdb.record_wise_operations_edges where child > $1`,
};

/** @param after only of commits with greater numbers, and of no commit at all */
export async function derivedRows(sql: Sql, after: CommitId = 0): Promise<DerivedRows> {
  const found = Object.entries(TABLES).map(async ([table, text]) => {
    const { rows } = await sql.query<{ row: string }>(text, [after]);
    return [table, rows.map(({ row }) => row).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** What the tables have to hold for a history. */
export function naiveRows(history: History): DerivedRows {
  const { commits, operations } = history;
  const rows = {
    records: [...new Set(operations.map(({ record }) => record))],
    operations: operations.map(({ id }) => String(id)),
    commits: commits.map((commit) => `${commit} ${naiveTime(history, commit)}`),
    operation_reads: operations.flatMap(({ id, commit, record, predicates }) => {
      const read = new Set(predicates.flatMap(recordsRead));
      read.delete(record);
      return [...read].map((other) => `${other} ${commit} ${id}`);
    }),
    record_wise_operations: operations.map(({ id, commit, record }) => `${record} ${commit} ${id}`),
    record_wise_operations_edges: [...grouped(operations, ({ record }) => record)].flatMap(([record, own]) =>
      edgesOf(history, record, new Set(own.map(({ commit }) => commit))),
    ),
  };
  return Object.fromEntries(Object.entries(rows).map(([table, texts]) => [table, texts.sort()]));
}

function naiveTime({ graph }: History, commit: CommitId): number {
  return Math.max(-1, ...graph.parents(commit).map((parent) => graph.logicalTime(parent))) + 1;
}

function edgesOf(history: History, record: RecordId, touching: ReadonlySet<CommitId>): string[] {
  return [...touching].flatMap((child) => {
    const below = [...touching].filter((other) => other !== child && history.descends(child, other));
    return history.latest(below).map((parent) => `${record} ${parent} ${child}`);
  });
}

interface HeldRow {
  readonly frontier: string;
  readonly record: RecordId;
  readonly from: number;
  readonly to: number | null;
  readonly heads: CommitId[];
  readonly state: Json;
}

interface Place {
  readonly frontier: string;
  readonly sequence: number;
}

/** What a version holds: for each record that exists `record heads state`, in one order. */
export type Held = readonly string[];

const held = (record: RecordId, heads: readonly CommitId[], state: Json): string =>
  `${record} ${heads.join("+")} ${canonicalJson(state)}`;

/**
 * What frontiers hold by the rows of `latest_<type>`: every frontier now, and every one that is inherited from, as it
 * stood at the sequence from which it is. Read by the letter: a row hides those of the levels behind it.
 * @returns by place, with the members that the log gives for it
 */
export async function heldByRows(
  sql: Sql,
): Promise<Map<string, { readonly members: readonly CommitId[]; readonly held: Held }>> {
  const types = await sql.query<{ latest: string }>(`select latest from omdb.types`);
  const tables = types.rows.map(
    ({ latest }) =>
      `select frontier, record, from_sequence as "from", to_sequence as "to", heads, state from omdb."${latest}"`,
  );
  const { rows } = tables.length === 0 ? { rows: [] } : await sql.query<HeldRow>(tables.join(" union all "));
  const frontiers = await sql.query<Place & { bases: Place[] }>(
    `select f.id as frontier, f.sequence, coalesce((
       select json_agg(json_build_object('frontier', b.base, 'sequence', b.base_sequence) order by b.depth)
       from omdb.frontier_bases b where b.frontier = f.id and b.incarnation = f.incarnation and b.ended_at is null
     ), '[]') as bases
     from omdb.frontiers f where f.deleted_at is null order by f.id`,
  );
  const log = await sql.query<Place & { members: CommitId[] }>(
    `select frontier, sequence, members from omdb.frontier_log`,
  );
  const members = new Map(log.rows.map((row) => [`${row.frontier}@${row.sequence}`, row.members]));
  const own = grouped(rows, ({ frontier }) => frontier);
  const found = new Map<string, { members: readonly CommitId[]; held: Held }>();
  for (const { frontier, sequence, bases } of frontiers.rows) {
    const levels = [{ frontier, sequence }, ...bases];
    for (const [index, level] of levels.entries()) {
      const name = `${level.frontier}@${level.sequence}${index === 0 ? "" : ` as ${index} of ${frontier}`}`;
      const records = new Map<RecordId, HeldRow>();
      for (const { frontier: near, sequence: at } of levels.slice(index)) {
        for (const row of own.get(near) ?? []) {
          const valid = row.from <= at && (row.to === null || row.to > at);
          if (valid && !records.has(row.record)) records.set(row.record, row);
        }
      }
      found.set(name, {
        members: members.get(`${level.frontier}@${level.sequence}`) ?? [],
        held: [...records.values()]
          .flatMap(({ record, heads, state }) => (state === null ? [] : [held(record, heads, state)]))
          .sort(),
      });
    }
  }
  return found;
}

/** What a version has to hold. */
export function naiveHeld(history: NaiveHistory, members: readonly CommitId[]): Held {
  const heads = history.heads(members);
  return [...history.states(members)].map(([record, state]) => held(record, heads.get(record) ?? [], state)).sort();
}
