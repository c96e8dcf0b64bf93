/**
 * `latest_<type>`: rows hold what replay at the log's members gives for as long as they say; and every record in what a
 * frontier holds is seen through its rows, or those of its bases.
 */
import { canonicalJson } from "../../core/canonical";
import type { CommitId, RecordId } from "../../core/ids";
import type { Json } from "../../core/json";
import type { CommitGraphCache } from "../commitGraphCache";
import type { Sql } from "../database";
import { omdbTable } from "../identifiers";
import type { Level } from "../rowsAt";
import type { Check, Difference, Findings } from "./differences";
import { readFrontierPlaces, readMembersAt, type FrontierPlace } from "./frontierPlaces";
import type { TrueHistory } from "./recordHistory";
import { STATE } from "./storedState";
import { findUnseen, type Unseen } from "./unseen";

interface Row {
  readonly frontier: string;
  readonly record: RecordId;
  readonly from: number;
  readonly to: number | null;
  readonly heads: readonly CommitId[];
  readonly state: Json;
}

interface Context {
  readonly places: ReadonlyMap<string, FrontierPlace>;
  readonly histories: ReadonlyMap<RecordId, TrueHistory>;
  readonly membersAt: (at: Level) => readonly CommitId[];
}

/** @param latest the table, unquoted */
export async function checkLatest(
  sql: Sql,
  graph: CommitGraphCache,
  latest: string,
  records: readonly RecordId[],
  histories: ReadonlyMap<RecordId, TrueHistory>,
): Promise<Findings> {
  const { rows } = await sql.query<Row>(
    `select frontier, record, from_sequence as "from", to_sequence as "to", heads, ${STATE}
     from ${omdbTable(latest)} where record = any($1::uuid[]) order by record, frontier, from_sequence`,
    [records],
  );
  const places = await readFrontierPlaces(sql);
  const levels = rows.flatMap(({ frontier, from, to }) => {
    const sequences = [from - 1, from, ...(to === null ? [] : [to - 1, to])];
    return sequences.map((sequence) => ({ frontier, sequence }));
  });
  const membersAt = await readMembersAt(sql, graph, levels);
  await graph.ensure(new Set([...places.values()].flatMap(({ members }) => members)));
  const context: Context = { places, histories, membersAt };

  const bad = new Map<Row, Difference>();
  for (const own of groups(rows, ({ record }) => record)) {
    // From older to newer ones, so that the replay of one goes on from that of the one before.
    const expected = expectedOf(context, own);
    for (const line of groups(own, ({ frontier }) => frontier)) {
      for (const [place, row] of line.entries()) {
        const wrong = judge(context, row, line[place - 1], line[place + 1], expected.get(row)!);
        if (wrong) bad.set(row, { table: latest, ...wrong });
      }
    }
  }
  const unseen = findUnseen(graph.graph, places.values(), histories, rows);
  const differences = [
    ...bad.values(),
    ...unseen
      .filter(({ seen }) => seen === undefined || !bad.has(seen))
      .map(({ place, record, seen, heads }) => ({
        table: latest,
        key: `${place.name} ${record}`,
        stored: seen ? `the row of ${seen.frontier} from ${seen.from}, heads ${seen.heads.join("+") || "none"}` : null,
        expected: `heads ${heads.join("+") || "none"} at sequence ${place.sequence}`,
      })),
  ];
  const kept = rows.filter((row) => !bad.has(row));
  const repair = async (mending: Sql) => {
    await deleteRows(mending, latest, [...bad.keys()]);
    const missing = findUnseen(graph.graph, places.values(), histories, kept);
    await insertRows(mending, latest, context, missing);
    // What was deleted is missing for those who read earlier sequences.
    const touched = new Set([...[...bad.keys()].map((row) => row.frontier), ...missing.map(({ place }) => place.name)]);
    await mending.query(`update omdb.frontiers set rows_from = sequence where id = any($1)`, [[...touched]]);
  };
  return { differences, repairs: differences.length > 0 ? [repair] : [] };
}

function groups<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Iterable<Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(keyOf(row));
    if (own) own.push(row);
    else found.set(keyOf(row), [row]);
  }
  return found.values();
}

interface Expected {
  readonly heads: readonly CommitId[];
  readonly state: Json;
}

/** What rows of one record have to hold. */
function expectedOf({ histories, membersAt }: Context, rows: readonly Row[]): Map<Row, Expected> {
  const [first] = rows;
  const history = histories.get(first!.record)!;
  const byHeads = new Map<string, { readonly heads: readonly CommitId[]; readonly rows: Row[] }>();
  for (const row of rows) {
    const heads = history.headsIn(membersAt({ frontier: row.frontier, sequence: row.from }));
    const key = heads.join("+");
    const known = byHeads.get(key);
    if (known) known.rows.push(row);
    else byHeads.set(key, { heads, rows: [row] });
  }
  const place = new Map(history.commits.map((commit, index) => [commit, index]));
  const lastOf = (heads: readonly CommitId[]) => Math.max(-1, ...heads.map((head) => place.get(head)!));
  const inOrder = [...byHeads.values()].sort((a, b) => lastOf(a.heads) - lastOf(b.heads));
  const expected = new Map<Row, Expected>();
  for (const { heads, rows: same } of inOrder) {
    const state = history.stateAt(heads) ?? null;
    for (const row of same) expected.set(row, { heads, state });
  }
  return expected;
}

/** What is wrong with a row, if anything is. */
function judge(
  { places, histories, membersAt }: Context,
  row: Row,
  before: Row | undefined,
  after: Row | undefined,
  expected: Expected,
): Omit<Difference, "table"> | undefined {
  const { frontier, record, from, to } = row;
  const place = places.get(frontier)!;
  const key = `${frontier} ${record} ${from}`;
  const wrong = (stored: string, must: string | null) => ({ key, stored, expected: must });
  const headsAt = (sequence: number) => histories.get(record)!.headsIn(membersAt({ frontier, sequence })).join("+");
  const end = to === null ? "without an end" : `to ${to}`;

  const value = (heads: readonly CommitId[], state: Json) => canonicalJson({ heads: [...heads], state });
  const [is, must] = [value(row.heads, row.state), value(expected.heads, expected.state)];
  if (from > place.sequence || (to !== null && (to <= from || to > place.sequence)))
    return wrong(`from ${from} ${end}`, `within the sequences up to ${place.sequence}`);
  if (is !== must) return wrong(shorten(is), shorten(must));
  if (before && (before.to === null || before.to > from))
    return wrong(`from ${from}`, `from the end of the row from ${before.from}`);
  const own = row.heads.join("+");
  if (from > place.rowsFrom && headsAt(from - 1) === own)
    return wrong(`from ${from}`, `from ${from - 1} or before: it is the same there`);
  if (to === null) {
    if (!place.readable) return wrong("without an end", "an end: the frontier is deleted");
    // Else what is to take its place would meet it.
    const now = histories.get(record)!.headsIn(place.members).join("+");
    return now === own ? undefined : wrong("without an end", `an end: heads ${now || "none"} by now`);
  }
  if (to > place.rowsFrom && headsAt(to - 1) !== own)
    return wrong(end, `to ${to - 1} or before: it is another one there`);
  if (to > place.rowsFrom && after?.from !== to && headsAt(to) !== "")
    return wrong(end, "an end where the next row begins");
  return undefined;
}

const shorten = (text: string): string => (text.length <= 300 ? text : `${text.slice(0, 300)}…`);

async function deleteRows(sql: Sql, latest: string, rows: readonly Row[]): Promise<void> {
  await sql.query(
    `delete from ${omdbTable(latest)} l using unnest($1::text[], $2::uuid[], $3::bigint[]) as k(frontier, record, "from")
     where l.frontier = k.frontier and l.record = k.record and l.from_sequence = k."from"`,
    [rows.map(({ frontier }) => frontier), rows.map(({ record }) => record), rows.map(({ from }) => from)],
  );
}

/** Rows of the frontiers' own, from their present on: what is behind them is hidden. */
async function insertRows(
  sql: Sql,
  latest: string,
  { histories }: Context,
  missing: readonly Unseen<Row>[],
): Promise<void> {
  const states = missing.map(({ record, heads }) => histories.get(record)!.stateAt(heads));
  const keys = [
    missing.map(({ place }) => place.name),
    missing.map(({ record }) => record),
    missing.map(({ place }) => place.sequence),
  ];
  const given = `unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[]) as k(frontier, record, sequence, heads, state)`;
  const values = [
    ...keys,
    missing.map(({ heads }) => `{${heads.join()}}`),
    states.map((state) => (state === undefined ? null : JSON.stringify(state))),
  ];
  await sql.query(
    `insert into ${omdbTable(latest)} (frontier, record, from_sequence, heads, state)
     select k.frontier, k.record, k.sequence, k.heads::bigint[], k.state::jsonb from ${given}`,
    values,
  );
}

/** Rows in the tables of another type than their record's. */
export function checkMisplaced(table: string, type: string): Check {
  return async (sql) => {
    const name = omdbTable(table);
    const { rows } = await sql.query<{ row: string; type: string }>(
      `select to_jsonb(l)::text as row, r.type from ${name} l join omdb.records r on r.id = l.record where r.type <> $1`,
      [type],
    );
    const repair = (mending: Sql) =>
      mending.query(`delete from ${name} l using omdb.records r where r.id = l.record and r.type <> $1`, [type]);
    return {
      differences: rows.map(({ row, type: other }) => ({
        ...{ table, key: shorten(row), stored: `a row of a record of the type ${other}`, expected: null },
      })),
      repairs: rows.length > 0 ? [repair] : [],
    };
  };
}
