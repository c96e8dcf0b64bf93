/** Random histories, imported in one go and in pieces, against the letter of the model. */
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../../../src/core/limits";
import type { CommitId, RecordId } from "../../../src/core/ids";
import type { JsonObject } from "../../../src/core/json";
import { inTransaction, type Database } from "../../../src/store/database";
import type { FrontierGoal } from "../../../src/store/import/frontierMoves";
import { importHistory } from "../../../src/store/import/importHistory";
import { readKnown } from "../../../src/store/import/known";
import { goalsWithViews, moveFrontiers } from "../../../src/store/import/moveFrontiers";
import { recordIdOf } from "../../../src/store/import/recordIds";
import type { Contents, ImportSource, SourceCommit, SourceNode } from "../../../src/store/import/source";
import { openStore } from "../../../src/store/store";
import { checkLater, timeFor } from "../../support/arbitraries";
import { testDatabase } from "../../support/database";
import { heldByRows, naiveHeld } from "../../support/derivedRows";
import { NaiveHistory } from "../../support/naiveStates";

jest.setTimeout(timeFor(120_000));

const TYPE = "thing";
const LIMITS = { ...DEFAULT_LIMITS, valueDepth: 1, stateDepth: 4 };

type Holding =
  /** The file cannot be read. */
  | "unreadable"
  /** All records; null: something that omdb cannot hold. */
  | ReadonlyMap<string, JsonObject | null>;

interface Made {
  readonly node: SourceNode;
  readonly holding: Holding;
}

const keys = ["a", "b", "__proto__"];
const tooDeep: JsonObject = { a: { b: { c: { d: { e: 1 } } } } };
const value = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom("x", null, true),
  fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
);
const state = fc
  .array(
    fc.tuple(fc.constantFrom("m", "n", "__proto__"), fc.oneof(value, fc.dictionary(fc.constantFrom("p", "q"), value))),
    {
      maxLength: 3,
    },
  )
  .map((members) => JSON.parse(JSON.stringify(Object.fromEntries(members))) as JsonObject);
const records = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...keys), fc.oneof({ weight: 9, arbitrary: state }, fc.constant(null))), {
    selector: ([key]) => key,
    maxLength: 3,
  })
  .map((entries) => new Map(entries));
const holding: fc.Arbitrary<Holding> = fc.oneof({ weight: 7, arbitrary: records }, fc.constant("unreadable" as const));

/** A DAG in topological order: each commit has up to three parents among those before it. */
const histories: fc.Arbitrary<Made[]> = fc
  .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), holding), { minLength: 1, maxLength: 14 })
  .map((commits) =>
    commits.map(([choices, holding], index) => ({
      node: {
        name: `c${index}`,
        time: new Date(index * 1000),
        parents: index === 0 ? [] : [...new Set(choices.map((choice) => `c${choice % index}`))],
      },
      holding,
    })),
  );

/** What a commit holds, all of it or, as the source pleases, only what differs from the commit's parents. */
function contentsOf(
  made: Made,
  all: ReadonlyMap<string, Made>,
  partial: boolean,
  contested: ReadonlySet<RecordId>,
): Contents {
  const states: Map<RecordId, { key: string; state: JsonObject | null }> = new Map();
  const kept = new Set<RecordId>();
  const problems: { what: string; key?: string }[] = [];
  const reject = (record: RecordId, what: string) => {
    problems.push({ what, key: states.get(record)?.key ?? "" });
    states.delete(record);
    kept.add(record);
  };
  const { holding } = made;
  if (holding === "unreadable") {
    problems.push({ what: "unreadable" });
    return { complete: false, states, kept, problems, reject };
  }
  const parents = made.node.parents.map((name) => all.get(name)?.holding);
  const text = (of: Holding | undefined, key: string) =>
    of === undefined || of === "unreadable" ? undefined : JSON.stringify(of.get(key) ?? null);
  for (const key of keys) {
    const record = recordIdOf(TYPE, key);
    const same = parents.length > 0 && parents.every((parent) => text(parent, key) === text(holding, key));
    // A parent that could not be read, or held what omdb cannot, says nothing about the record.
    const told = parents.every((parent) => parent !== "unreadable" && parent?.get(key) !== null);
    if (partial && same && told && !contested.has(record)) continue;
    if (!holding.has(key)) states.set(record, { key, state: null });
    else states.set(record, { key, state: holding.get(key) ?? tooDeep });
  }
  if (partial) return { complete: false, states, kept, problems, reject };
  for (const [record, { state }] of [...states]) if (state === null) states.delete(record);
  return { complete: true, states, kept, problems, reject };
}

class MemorySource implements ImportSource {
  constructor(
    private readonly all: ReadonlyMap<string, Made>,
    private readonly partial: boolean,
  ) {}

  async *read(nodes: readonly SourceNode[]): AsyncGenerator<SourceCommit> {
    for (const node of nodes) {
      const made = this.all.get(node.name);
      if (!made) throw new Error(`no commit ${node.name}`);
      yield {
        node,
        author: "A <a@example.org>",
        message: node.name,
        metadata: () => ({ git: { sha: node.name } }),
        problems: [],
        contents: async (contested) => contentsOf(made, this.all, this.partial, contested),
      };
    }
  }
}

/** Imports a history up to some commit, and puts `main` on it. */
async function importUpTo(database: Database, made: readonly Made[], run: number, partial: boolean) {
  const origin = `run ${run}`;
  const all = new Map(made.map((commit) => [commit.node.name, commit]));
  const nodes = made.map((commit) => commit.node);
  const known = await readKnown(database.pool, origin, nodes);
  const tip = nodes.at(-1)?.name ?? "";
  const refs = [
    { name: "main", commit: tip, fixed: false },
    // Moved by the second import, along the history or to a part of it that has nothing to do with the first.
    { name: "side", commit: nodes[nodes.length >> 1]!.name, fixed: false },
    ...nodes.flatMap(({ name }, index) =>
      index % 2 === 0 ? [{ name: `tag ${name}`, commit: name, fixed: true }] : [],
    ),
  ];
  const wanted = await goalsWithViews(
    database.pool,
    refs.map((ref) => ({ ...ref, tip: known.places.get(ref.commit)?.id ?? null })),
  );
  const imported = await importHistory(database, {
    type: TYPE,
    source: new MemorySource(all, partial),
    nodes,
    known,
    origin,
    viewsOf: wanted.map(({ commit }) => commit),
    limits: LIMITS,
    progress: () => undefined,
  });
  const id = (name: string): CommitId => known.places.get(name)?.id ?? -1;
  const goals = refs.map(({ name, commit, fixed }): FrontierGoal => {
    return { name, ref: name, tip: id(commit), fixed, line: null };
  });
  const store = openStore(database, LIMITS);
  const outcomes = await inTransaction(database, (sql) =>
    moveFrontiers(store, sql, goals, imported.views, known, TYPE),
  );
  return { id, goal: goals[0]!, outcomes };
}

/** What a commit should hold, from what the parents hold in the database and what the source says. */
function expectedStates(made: Made, id: CommitId, naive: NaiveHistory): Map<RecordId, JsonObject> {
  const merged = naive.states(naive.parentsOf(id));
  if (made.holding === "unreadable") return merged;
  const expected = new Map<RecordId, JsonObject>();
  for (const [key, state] of made.holding) {
    const record = recordIdOf(TYPE, key);
    const kept = state === null ? merged.get(record) : state;
    if (kept !== undefined) expected.set(record, kept);
  }
  return expected;
}

async function checkDatabase(database: Database, made: readonly Made[], id: (name: string) => CommitId): Promise<void> {
  const { pool } = database;
  const naive = await NaiveHistory.read(pool);
  const commits = await pool.query<{ id: CommitId; time: number }>(`select id, logical_time as time from omdb.commits`);
  const times = new Map(commits.rows.map((row) => [row.id, row.time]));
  for (const commit of made) {
    const number = id(commit.node.name);
    expect(naive.states([number])).toEqual(expectedStates(commit, number, naive));
    const parents = commit.node.parents.map(id);
    const maximal = parents.filter((a) => !parents.some((b) => a !== b && naive.history([b]).has(a)));
    expect([...naive.parentsOf(number)].sort()).toEqual(maximal.sort());
    expect(times.get(number)).toBe(Math.max(-1, ...parents.map((parent) => times.get(parent) ?? NaN)) + 1);
  }
  const edges = await pool.query<{ record: RecordId; child: CommitId; parents: CommitId[] }>(
    `select w.record, w."commit" as child,
       array(select e.parent from omdb.record_wise_operations_edges e
             where e.record = w.record and e.child = w."commit" order by 1) as parents
     from (select distinct record, "commit" from omdb.record_wise_operations) w`,
  );
  for (const { record, child, parents } of edges.rows) {
    expect(parents).toEqual(naive.heads(naive.parentsOf(child)).get(record) ?? []);
  }
  const main = await pool.query<{ commit: CommitId }>(
    `select "commit" from omdb.frontier_commits where frontier = 'main'`,
  );
  const members = main.rows.map((row) => row.commit);
  const rows = await pool.query<{ record: RecordId; heads: CommitId[]; state: JsonObject | null }>(
    `select record, heads, state from omdb.latest_thing where frontier = 'main' and to_sequence is null`,
  );
  expect(new Map(rows.rows.map((row) => [row.record, row.heads]))).toEqual(naive.heads(members));
  const existing = rows.rows.flatMap((row) => (row.state === null ? [] : [[row.record, row.state] as const]));
  expect(new Map(existing)).toEqual(naive.states(members));
  // Frontiers that inherit among them.
  const held = await heldByRows(pool);
  for (const [place, found] of held) expect([place, found.held]).toEqual([place, naiveHeld(naive, found.members)]);
  expect(held.size).toBeGreaterThan(made.length / 2);
}

test("any history, in one go or in two, gives what its commits hold", async () => {
  let run = 0;
  await checkLater(
    fc.asyncProperty(histories, fc.boolean(), fc.nat(), async (made, partial, cut) => {
      const database = await testDatabase();
      const first = made.slice(0, 1 + (cut % made.length));
      run += 1;
      try {
        const before = await importUpTo(database, first, run, partial);
        const after = await importUpTo(database, made, run, partial);
        await checkDatabase(database, made, after.id);
        const naive = await NaiveHistory.read(database.pool);
        const [old, now] = [before, after].map(({ goal }) => naive.history([goal.tip]));
        const related = [...(old ?? [])].some((commit) => now?.has(commit));
        const stays = after.goal.tip === before.goal.tip ? "stay" : "refused";
        expect(after.outcomes[0]?.move.kind).toBe(related && before.goal.tip !== after.goal.tip ? "move" : stays);
      } finally {
        await database.close();
      }
    }),
    0.2,
  );
});
