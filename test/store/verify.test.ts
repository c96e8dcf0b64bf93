/** Verification: clean where everything is as it follows; every damage is found by table and key, and mended. */
import type { Proposal } from "../../src/core/admission";
import type { CommitId, RecordId } from "../../src/core/ids";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { MemoryCommitGraph } from "../../src/core/graph";
import type { Effect } from "../../src/core/operation";
import type { Predicate } from "../../src/core/predicates";
import { commitOnFrontier } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction, openDatabase } from "../../src/store/database";
import { deleteFrontier, moveFrontier } from "../../src/store/moveFrontier";
import { readRecordVersions } from "../../src/store/recordStates";
import { openStore, type Store } from "../../src/store/store";
import { ensureType } from "../../src/store/typeTables";
import type { Difference } from "../../src/store/verify/differences";
import { parentsByPass, TrueHistory } from "../../src/store/verify/recordHistory";
import { verifyDatabase, type Verified } from "../../src/store/verify/verify";
import { antichainOf, resolveVersion, type VersionName } from "../../src/store/versions";
import { readFrontiers } from "../../src/store/frontiers";
import { testDatabase } from "../support/database";
import { databaseContents } from "../support/databaseContents";
import { heldByRows, naiveHeld } from "../support/derivedRows";
import { NaiveHistory } from "../support/naiveStates";
import { storeShape, type ShapedRecord } from "../support/shapedRecords";
import { seeded } from "../support/seeded";
import { shape, SHAPES } from "../support/shapes";
import type { TestDatabase } from "../support/database";

jest.setTimeout(180_000);

const NOBODY = { author: null, message: null };
const A = "0190abab-0000-7000-8000-00000000000a";
const B = "0190abab-0000-7000-8000-00000000000b";
const C = "0190abab-0000-7000-8000-00000000000c";

let database: TestDatabase;
let store: Store;
let shaped: ShapedRecord[];

const create: Effect = { path: [], operation: "create", parameters: { value: { a: 0, b: 0, c: 0 } } };
const effectsAt = (place: number): Effect[] =>
  place === 0 ? [create] : [{ path: ["abc"[place % 3]!], operation: "increment", parameters: { by: place } }];
const text: Effect = { ...create, parameters: { value: { a: 0, b: 0, c: 0, text: "x".repeat(20_000) } } };

async function change(
  at: Store,
  frontier: string,
  record: RecordId,
  effect: Effect,
  more: { predicates?: Predicate[]; parents?: CommitId[] } = {},
): Promise<CommitId> {
  const { predicates = [], parents } = more;
  const proposal = { kind: "operation", record, predicates, at: ["operations", 0], ...effect };
  const typed = effect.operation === "create" ? { ...proposal, type: "thing" } : proposal;
  const request = { frontier, proposals: [typed as Proposal], ...NOBODY, metadata: undefined };
  return (await commitOnFrontier(at, { ...request, ...(parents && { parents: await antichainOf(at, parents, []) }) }))
    .commit!;
}

const add = (by: number): Effect => ({ path: ["a"], operation: "increment", parameters: { by } });

const resolve = (name: VersionName) =>
  resolveVersion(store, name, [], async (frontier) => (await readFrontiers(database.pool, [frontier])).get(frontier));

async function make(name: string, from: VersionName): Promise<void> {
  await createFrontier(store, { name, version: await resolve(from), locked: false, ...NOBODY });
}

/** Two servers that write on what each had seen a while ago. */
async function writeAtOnce(): Promise<void> {
  const other = openDatabase({ url: database.url });
  const stores = [store, openStore(other, DEFAULT_LIMITS)];
  let seen = [await change(store, "main", B, create)];
  for (let round = 0; round < 16; round += 1) {
    seen = await Promise.all(
      [0, 1, 2, 3].map((writer) => change(stores[writer % 2]!, "main", B, add(writer), { parents: seen })),
    );
  }
  await other.close();
}

beforeAll(async () => {
  database = await testDatabase();
  store = openStore(database, DEFAULT_LIMITS);
  await inTransaction(database, (sql) => ensureType(sql, "thing"));
  shaped = [];
  for (const name of SHAPES) {
    const first = name === "line" ? [text] : [create];
    shaped.push(
      await storeShape(database, shape(name, 48, seeded(7)), (place) => (place === 0 ? first : effectsAt(place)), {
        chunk: 20,
        every: name === "ladder" ? 2 : 1,
        type: "thing",
      }),
    );
  }
  await inTransaction(database, (sql) => ensureType(sql, "other"));
  await change(store, "main", A, create);
  for (let n = 0; n < 30; n += 1) await change(store, "main", A, add(n));
  await writeAtOnce();
  await make("early", { kind: "frontier", frontier: "main" });
  await change(store, "main", C, create, { predicates: [{ atLeast: { record: A, path: ["a"], value: 1 } }] });
  await change(store, "main", A, { path: ["b"], operation: "put", parameters: { value: { list: [1, 2] } } });
  await make("late", { kind: "frontier", frontier: "main" });
  await change(store, "early", A, add(5), { predicates: [{ exists: { record: B, path: ["a"] } }] });
  await make("heir", { kind: "frontier", frontier: "early" });
  await change(store, "heir", B, { path: [], operation: "remove", parameters: {} });
  await make("fan", { kind: "commit", commit: shaped[4]!.commits.at(-1)! });
  await moveFrontier(store, await resolve({ kind: "frontier", frontier: "early" }), { name: "late", ...NOBODY });
  await make("gone", { kind: "frontier", frontier: "late" });
  await change(store, "gone", A, add(1));
  await make("orphan", { kind: "frontier", frontier: "gone" });
  await deleteFrontier(store, { name: "gone", ...NOBODY });
  await make("old", { kind: "sequence", frontier: "main", sequence: 3 });
});

/** States of every record at many versions, and what every frontier holds, are what replay by the letter gives. */
async function expectStates(): Promise<void> {
  const history = await NaiveHistory.read(database.pool);
  const fresh = openStore(database, DEFAULT_LIMITS);
  for (const { record, commits } of shaped) {
    const picked = commits.filter((_, place) => place % 16 === 15);
    const requests = await Promise.all(
      picked.map(async (commit) => ({ record, version: await antichainOf(fresh, [commit], []) })),
    );
    const found = await readRecordVersions(fresh, requests);
    expect(found.map(({ state }) => state)).toEqual(picked.map((commit) => history.states([commit]).get(record)));
  }
  for (const [place, { members, held }] of await heldByRows(database.pool)) {
    // What is hidden by the rows of who inherits it need not be there.
    if (place.includes(" as ")) continue;
    expect([place, held]).toEqual([place, naiveHeld(history, members)]);
  }
}

const summaryOf = ({ found, left }: Verified) => ({ found: found.first, left: left.total });

test("what commits, imports, merges and frontiers wrote is clean, and a repair writes nothing", async () => {
  const before = await databaseContents(database);
  expect(summaryOf(await verifyDatabase(database))).toEqual({ found: [], left: 0 });
  const repaired = await verifyDatabase(database, { repair: true });
  expect(summaryOf(repaired)).toEqual({ found: [], left: 0 });
  expect(repaired.records).toBe(SHAPES.length + 3);
  expect(await databaseContents(database)).toEqual(before);
  const { rows } = await database.pool.query<{ many: boolean }>(
    `select (select count(*) from omdb.snapshot_to_snapshot) > 2 and (select count(*) from omdb.coalesced_operations) > 5
       and (select count(*) from omdb.record_cuts where ordinal > 0) > 0
       and (select count(*) from omdb.operation_reads) > 1 as many`,
  );
  expect(rows).toEqual([{ many: true }]);
  await expectStates();
});

interface Damage {
  readonly what: string;
  readonly table: string;
  /** Makes the damage; the first row that it returns says what key it has to be found by. */
  readonly sql: string;
}

const LINE = `(select record from omdb.record_commits group by record order by count(*) desc, record limit 1)`;
const someCut = (more = "true") =>
  `(select id from omdb.record_cuts c where ${more} and exists (select from omdb.record_cuts d where d.prev = c.id) order by id limit 1)`;

const DAMAGES: readonly Damage[] = [
  {
    what: "a logical time that is too great",
    table: "commits",
    sql: `update omdb.commits set logical_time = logical_time + 7 where id = (select max(child) from omdb.commit_to_commit)
          returning id::text as key`,
  },
  {
    what: "logical times that are all alike",
    table: "commits",
    sql: `update omdb.commits set logical_time = 3 returning (select min(id)::text from omdb.commits) as key`,
  },
  ...["sequence - 1", "sequence + 1", "0"].map((sequence) => ({
    what: `a frontier that stands at ${sequence}`,
    table: "frontiers",
    sql: `update omdb.frontiers set sequence = ${sequence} where id = 'main' returning id as key`,
  })),
  {
    what: "a member of a frontier that is missing",
    table: "frontier_commits",
    sql: `delete from omdb.frontier_commits where frontier = 'main' returning frontier || ' ' || "commit" as key`,
  },
  {
    what: "a member of a frontier that is none",
    table: "frontier_commits",
    sql: `insert into omdb.frontier_commits (frontier, "commit") select 'main', min(id) from omdb.commits
          returning frontier || ' ' || "commit" as key`,
  },
  {
    what: "a record read that is missing",
    table: "operation_reads",
    sql: `delete from omdb.operation_reads where ctid = (select min(ctid) from omdb.operation_reads)
          returning concat_ws(' ', record, "commit", operation) as key`,
  },
  {
    what: "a record read that is not",
    table: "operation_reads",
    sql: `insert into omdb.operation_reads (record, "commit", operation)
          select '${C}', "commit", operation from omdb.operation_reads where record <> '${C}' limit 1
          returning concat_ws(' ', record, "commit", operation) as key`,
  },
  {
    what: "a commit of a record that is missing",
    table: "record_wise_operations",
    sql: `delete from omdb.record_wise_operations where record = '${A}'
            and "commit" = (select max("commit") from omdb.record_wise_operations where record = '${A}')
          returning concat_ws(' ', record, "commit", operation) as key`,
  },
  {
    what: "a commit of another record",
    table: "record_wise_operations",
    sql: `insert into omdb.record_wise_operations (record, "commit", operation)
          select '${C}', "commit", operation from omdb.record_wise_operations where record = '${A}' limit 1
          returning concat_ws(' ', record, "commit", operation) as key`,
  },
  {
    what: "a coalesced operation among the single ones",
    table: "record_wise_operations",
    sql: `insert into omdb.record_wise_operations (record, "commit", operation)
          select '${C}', (select max("commit") from omdb.record_wise_operations where record = '${C}'), prev_operation
          from omdb.record_cuts where prev_operation is not null order by id limit 1
          returning concat_ws(' ', record, "commit", operation) as key`,
  },
  {
    what: "an edge of a record that is missing",
    table: "record_wise_operations_edges",
    sql: `delete from omdb.record_wise_operations_edges where record = '${B}'
            and child = (select max(child) from omdb.record_wise_operations_edges where record = '${B}')
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "an edge of a record that is implied by others",
    table: "record_wise_operations_edges",
    sql: `insert into omdb.record_wise_operations_edges (record, parent, child)
          select record, min(parent), max(child) from omdb.record_wise_operations_edges where record = '${A}' group by record
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "no place of a commit among the cuts",
    table: "record_commits",
    sql: `delete from omdb.record_commits where record = ${LINE}
            and "commit" = (select max("commit") from omdb.record_commits where record = ${LINE})
          returning concat_ws(' ', record, "commit") as key`,
  },
  {
    what: "a place of a commit that does not touch the record",
    table: "record_commits",
    sql: `insert into omdb.record_commits (record, "commit", logical_time, cut, loose)
          select '${C}', min(id), 0, null, 1 from omdb.commits returning concat_ws(' ', record, "commit") as key`,
  },
  ...["logical_time = logical_time + 1", "cut = null", "loose = loose + 1"].map((set) => ({
    what: `a place of a commit with ${set}`,
    table: "record_commits",
    sql: `update omdb.record_commits set ${set} where record = ${LINE} and cut is not null
            and "commit" = (select max("commit") from omdb.record_commits where record = ${LINE})
          returning concat_ws(' ', record, "commit") as key`,
  })),
  {
    what: "a cut that is missing",
    table: "record_cuts",
    sql: `with lost as materialized (
            select c.id, c.record, c.members, c.until, c.prev from omdb.record_cuts c
            where c.record = ${LINE} and not exists (select from omdb.record_cuts d where d.prev = c.id) order by id limit 1
          ), entries as (
            update omdb.record_commits e set cut = lost.prev from lost where e.cut = lost.id returning 1
          )
          delete from omdb.record_cuts c using lost where c.id = lost.id and (select count(*) from entries) >= 0
          returning concat(c.record, ' ', array_to_string(c.members, '+'), ' until ', c.until) as key`,
  },
  {
    what: "a cut that nobody made",
    table: "record_cuts",
    sql: `insert into omdb.record_cuts (record, members, until, rank, prev, prev_until, jump, jump_rank, ordinal, base,
            base_rank, since, prev_bytes, jump_bytes)
          select record, members, until + 1, rank + 1, id, until, id, rank, 0, base, base_rank, since, 1, 1
          from omdb.record_cuts c where id = (select max(id) from omdb.record_cuts)
          returning concat(record, ' ', array_to_string(members, '+'), ' until ', until, ' (id ', id, ')') as key`,
  },
  ...[
    "members = members || (select min(id) from omdb.commits)",
    "until = until + 1000",
    "rank = rank + 1",
    "prev = null",
    "prev_until = prev_until - 1",
    "jump = null",
    "jump_rank = jump_rank + 1",
    "ordinal = ordinal + 2",
    "base = case when base is null then id end",
    "base_rank = coalesce(base_rank, 0) + 1",
    "since = since + 0.5",
    "prev_operation = null",
    "prev_operation = (select operation from omdb.operation_to_commit limit 1)",
    "prev_bytes = prev_bytes + 1",
    "jump_operation = prev_operation",
    "jump_bytes = jump_bytes - 1",
  ].map((set) => ({
    what: `a cut with ${set}`,
    table: "record_cuts",
    sql: `update omdb.record_cuts c set ${set} where id = ${someCut("c.prev_operation is not null and c.jump <> c.prev")}
          returning concat(record, ' ', array_to_string(members, '+'), ' until ', until, ' (id ', id, ')') as key`,
  })),
  {
    what: "a cut that stands on itself",
    table: "record_cuts",
    sql: `update omdb.record_cuts c set prev = id, jump = id where id = ${someCut("c.prev is not null")}
          returning concat(record, ' ', array_to_string(members, '+'), ' until ', until, ' (id ', id, ')') as key`,
  },
  {
    what: "a cut that stands on another record's",
    table: "record_cuts",
    sql: `update omdb.record_cuts c set base = d.id from omdb.record_cuts d
          where c.id = ${someCut("c.prev is not null")}
            and d.id = (select min(o.id) from omdb.record_cuts o where o.record <> (select record from omdb.record_cuts where id = ${someCut("c.prev is not null")}))
          returning concat(c.record, ' ', array_to_string(c.members, '+'), ' until ', c.until, ' (id ', c.id, ')') as key`,
  },
  {
    what: "a coalesced operation with another effect",
    table: "operations",
    sql: `update omdb.operations set parameters = jsonb_set(parameters, '{operations}', '[["put", ["a"], {"value": "?"}]]')
          where id = (select min(prev_operation) from omdb.record_cuts) returning record || ' ' || id as key`,
  },
  ...[
    `path = '["a"]'`,
    `operation = 'put'`,
    `predicates = '[{"exists":{"path":["a"]}}]'`,
    `parameters = parameters || '{"from": [0]}'`,
    `parameters = '{}'`,
  ].map((set) => ({
    what: `a coalesced operation with ${set}`,
    table: "operations",
    sql: `update omdb.operations set ${set} where id = (select max(jump_operation) from omdb.record_cuts)
          returning record || ' ' || id as key`,
  })),
  {
    what: "a coalesced operation of another record",
    table: "operations",
    sql: `update omdb.operations set record = '${C}' where id = (select max(prev_operation) from omdb.record_cuts)
          returning (select record from omdb.record_cuts order by prev_operation desc nulls last limit 1) || ' ' || id as key`,
  },
  {
    what: "a coalesced operation that nobody needs",
    table: "operations",
    sql: `insert into omdb.operations (record, predicates, path, operation, parameters)
          values ('${A}', '[]', '[]', 'coalesced', '{"operations": []}') returning record || ' ' || id as key`,
  },
  {
    what: "a pair of a coalesced operation that is missing",
    table: "coalesced_operations",
    sql: `delete from omdb.coalesced_operations where ctid = (select max(ctid) from omdb.coalesced_operations)
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "a pair too many",
    table: "coalesced_operations",
    sql: `insert into omdb.coalesced_operations (record, parent, child, operation)
          select record, child, parent, operation from omdb.coalesced_operations order by operation limit 1
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "a pair with the operation of another one",
    table: "coalesced_operations",
    sql: `update omdb.coalesced_operations c set operation = (select min(operation) from omdb.coalesced_operations)
          where operation = (select max(operation) from omdb.coalesced_operations)
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "a snapshot that is missing",
    table: "snapshots_thing",
    sql: `delete from omdb.snapshots_thing where ctid = (select max(ctid) from omdb.snapshots_thing)
          returning record || ' ' || array_to_string(heads, '+') as key`,
  },
  {
    what: "a snapshot with another state",
    table: "snapshots_thing",
    sql: `update omdb.snapshots_thing set state = state || '{"a": -1}'
          where ctid = (select max(ctid) from omdb.snapshots_thing where state is not null)
          returning record || ' ' || array_to_string(heads, '+') as key`,
  },
  {
    what: "a snapshot too many",
    table: "snapshots_thing",
    sql: `insert into omdb.snapshots_thing (record, heads, state) values ('${C}', '{1}', '{}')
          returning record || ' ' || array_to_string(heads, '+') as key`,
  },
  {
    what: "a snapshot in another type's table",
    table: "snapshots_other",
    sql: `insert into omdb.snapshots_other (record, heads, state) values ('${C}', '{1}', '{}')
          returning '"record": "' || record as key`,
  },
  {
    what: "no snapshot below a commit",
    table: "commit_snapshot_ancestors",
    sql: `delete from omdb.commit_snapshot_ancestors where ctid = (select max(ctid) from omdb.commit_snapshot_ancestors)
          returning concat_ws(' ', record, "commit", snapshot) as key`,
  },
  {
    what: "a snapshot that is not below a commit",
    table: "commit_snapshot_ancestors",
    sql: `insert into omdb.commit_snapshot_ancestors (record, "commit", snapshot)
          select '${C}', max(id), min(id) from omdb.commits returning concat_ws(' ', record, "commit", snapshot) as key`,
  },
  {
    what: "an edge between snapshots that is missing",
    table: "snapshot_to_snapshot",
    sql: `delete from omdb.snapshot_to_snapshot where ctid = (select max(ctid) from omdb.snapshot_to_snapshot)
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "an edge between snapshots too many",
    table: "snapshot_to_snapshot",
    sql: `insert into omdb.snapshot_to_snapshot (record, parent, child) select '${C}', min(id), max(id) from omdb.commits
          returning concat_ws(' ', record, parent, child) as key`,
  },
  {
    what: "a record that a frontier's own rows miss",
    table: "latest_thing",
    sql: `delete from omdb.latest_thing where frontier = 'main' and record = '${A}' and to_sequence is null
          returning frontier || ' ' || record as key`,
  },
  {
    what: "a record whose rows are all missing, for those who inherit them, too",
    table: "latest_thing",
    sql: `delete from omdb.latest_thing where record = '${B}' returning 'early ' || record as key`,
  },
  {
    what: "a row of a record that the frontier does not hold",
    table: "latest_thing",
    sql: `insert into omdb.latest_thing (frontier, record, from_sequence, heads, state)
          select 'fan', '${C}', 1, heads, state from omdb.latest_thing where frontier = 'main' and record = '${C}' limit 1
          returning concat_ws(' ', frontier, record, from_sequence) as key`,
  },
  ...[
    `state = '{"a": -1}'`,
    "state = null",
    "heads = '{1}'",
    "from_sequence = 0",
    "from_sequence = from_sequence - 1",
    "to_sequence = from_sequence",
    "to_sequence = from_sequence + 100000",
  ].map((set) => ({
    what: `a current row with ${set}`,
    table: "latest_thing",
    sql: `update omdb.latest_thing l set ${set}
          where frontier = 'main' and record = '${A}' and to_sequence is null
          returning concat_ws(' ', frontier, record, from_sequence) as key`,
  })),
  ...[`state = '{"a": -1}'`, "heads = '{1}'", "to_sequence = to_sequence - 1", "to_sequence = to_sequence + 1"].map(
    (set) => ({
      what: `an ended row with ${set}`,
      table: "latest_thing",
      sql: `update omdb.latest_thing l set ${set}
          where frontier = 'main' and record = '${A}' and to_sequence - from_sequence = 3
            and to_sequence = (select max(to_sequence) from omdb.latest_thing where frontier = 'main' and record = '${A}')
          returning concat_ws(' ', l.frontier, l.record) as key`,
    }),
  ),
  {
    what: "no current row, and none that ends before it",
    table: "latest_thing",
    sql: `with gone as (
            delete from omdb.latest_thing where frontier = 'main' and record = '${A}' and to_sequence is null
            returning from_sequence
          )
          update omdb.latest_thing set to_sequence = null
          where frontier = 'main' and record = '${A}' and to_sequence = (select from_sequence from gone)
          returning concat_ws(' ', frontier, record, from_sequence) as key`,
  },
  {
    what: "a record that is gone with a state that is null",
    table: "latest_thing",
    sql: `update omdb.latest_thing set state = 'null' where frontier = 'heir' and record = '${B}' and state is null
          returning concat_ws(' ', frontier, record, from_sequence) as key`,
  },
  {
    what: "a current row of a frontier that is deleted",
    table: "latest_thing",
    sql: `update omdb.latest_thing set to_sequence = null where frontier = 'gone'
          returning concat_ws(' ', frontier, record, from_sequence) as key`,
  },
  {
    what: "a row that begins too late",
    table: "latest_thing",
    sql: `update omdb.latest_thing l set from_sequence = from_sequence + 1
          where frontier = 'main' and record = '${C}' and to_sequence is null
          returning concat_ws(' ', frontier, record, from_sequence) as key`,
  },
  {
    what: "a row in another type's table",
    table: "latest_other",
    sql: `insert into omdb.latest_other (frontier, record, from_sequence, heads, state)
          select frontier, record, from_sequence, heads, state from omdb.latest_thing where record = '${A}' limit 1
          returning '"record": "' || record as key`,
  },
  {
    what: "bases that a frontier had",
    table: "latest_thing",
    sql: `delete from omdb.frontier_bases where frontier = 'heir' returning frontier as key`,
  },
  {
    what: "all that is derived",
    table: "record_wise_operations",
    sql: `with operations as (delete from omdb.record_wise_operations returning *),
            edges as (delete from omdb.record_wise_operations_edges), places as (delete from omdb.record_commits),
            coalesced as (delete from omdb.coalesced_operations), cuts as (delete from omdb.record_cuts),
            ancestors as (delete from omdb.commit_snapshot_ancestors), links as (delete from omdb.snapshot_to_snapshot),
            snapshots as (delete from omdb.snapshots_thing), latest as (delete from omdb.latest_thing),
            members as (delete from omdb.frontier_commits), reads as (delete from omdb.operation_reads)
          select concat_ws(' ', record, "commit", operation) as key from operations limit 1`,
  },
];

const contains = (found: readonly Difference[], table: string, key: string): boolean =>
  found.some((difference) => difference.table === table && difference.key.includes(key));

test.each(DAMAGES.map((damage) => [damage.table, damage.what, damage] as const))(
  "%s: %s is found and mended",
  async (table, _, { sql }) => {
    if (table.startsWith("latest_")) for (const record of [A, C, C, A]) await change(store, "main", record, add(1));
    const { rows } = await database.pool.query<{ key: string }>(sql);
    const key = rows[0]!.key;
    const repaired = await verifyDatabase(database, { repair: true });
    expect({
      found: repaired.found.first.slice(0, 5),
      key,
      told: contains(repaired.found.first, table, key),
    }).toMatchObject({
      told: true,
    });
    expect(repaired.left.first).toEqual([]);
    expect(summaryOf(await verifyDatabase(database))).toEqual({ found: [], left: 0 });
    await expectStates();
  },
);

test("without a repair all that is found is left, and nothing is written", async () => {
  await database.pool.query(`update omdb.record_cuts set since = since + 1 where record = $1`, [B]);
  const before = await databaseContents(database);
  const { found, left } = await verifyDatabase(database);
  expect(found.counts.get("record_cuts")).toBeGreaterThan(1);
  expect(left).toEqual(found);
  expect(await databaseContents(database)).toEqual(before);
  expect((await verifyDatabase(database, { repair: true })).left.total).toBe(0);
});

test("an operation that no commit holds is told of, and stays", async () => {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into omdb.operations (record, predicates, path, operation, parameters)
     values ('${A}', '[]', '["a"]', 'put', '{"value": 1}') returning id`,
  );
  const repaired = await verifyDatabase(database, { repair: true });
  expect(repaired.left.first).toMatchObject([{ table: "operations", key: `${A} ${rows[0]!.id}` }]);
  await database.pool.query(`delete from omdb.operations where id = $1`, [rows[0]!.id]);
  expect(summaryOf(await verifyDatabase(database))).toEqual({ found: [], left: 0 });
});

test("what others write meanwhile is no difference", async () => {
  let writing = true;
  const writers = [0, 1, 2].map(async (writer) => {
    for (let n = 0; writing; n += 1) await change(store, "main", [A, B, C][(n + writer) % 3]!, add(1));
  });
  for (let round = 0; round < 3; round += 1) {
    expect(summaryOf(await verifyDatabase(database))).toEqual({ found: [], left: 0 });
    await database.pool.query(`update omdb.record_commits set loose = loose + 1 where record = '${A}' and cut is null`);
    const repaired = await verifyDatabase(database, { repair: true });
    expect([repaired.found.counts.has("record_commits"), repaired.left.total]).toEqual([true, 0]);
  }
  writing = false;
  await Promise.all(writers);
  expect(summaryOf(await verifyDatabase(database))).toEqual({ found: [], left: 0 });
  await expectStates();
});

test.each(SHAPES)("the two ways to a record's edges are one: %s", (name) => {
  const graph = new MemoryCommitGraph();
  const random = seeded(3);
  for (const [place, parents] of shape(name, 150, random).entries()) {
    const time = parents.reduce((most, parent) => Math.max(most, graph.logicalTime(parent) + 1), 0);
    graph.add(place, time, parents);
  }
  const commits = Array.from({ length: graph.size }, (_, place) => place).filter(() => random() < 0.4);
  const operations = commits.map((commit, id) => ({
    ...effectsAt(1)[0]!,
    id,
    commit,
    logicalTime: graph.logicalTime(commit),
  }));
  const history = new TrueHistory(graph, A, operations);
  const sorted = (parents: ReadonlyMap<CommitId, readonly CommitId[]>) => [...parents].sort(([a], [b]) => a - b);
  expect(sorted(parentsByPass(graph, commits))).toEqual(sorted(history.parents));
});
