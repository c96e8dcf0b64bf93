/**
 * The model on a real database: random changes of several frontiers through the functions of the store, each compared
 * with what the letter of semantics §5 to §7 says of the whole history.
 */
import { v7 as uuidv7 } from "uuid";
import fc from "fast-check";
import type { ProposedOperation } from "../../src/core/admission";
import { maximal, type Antichain } from "../../src/core/antichain";
import { compareCanonical } from "../../src/core/canonicalOrder";
import { compatibility } from "../../src/core/compatible";
import { Conflicted } from "../../src/core/conflict";
import { OmdbError } from "../../src/core/errors";
import type { CommitId, RecordId } from "../../src/core/ids";
import { isObject, type State } from "../../src/core/json";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { footprintOf, type Effect } from "../../src/core/operation";
import { pathsOverlap } from "../../src/core/path";
import { commitOnFrontier, type CommitResult } from "../../src/store/commit";
import { createFrontier } from "../../src/store/createFrontier";
import { inTransaction, openDatabase } from "../../src/store/database";
import { readFrontiers, rowsOf } from "../../src/store/frontiers";
import { readLatest } from "../../src/store/latest";
import { judgeMerge } from "../../src/store/mergeJudgement";
import { compatibilityOf, previewMerge } from "../../src/store/mergePreview";
import { mergeIntoFrontier, type Take } from "../../src/store/merge";
import { moveFrontier } from "../../src/store/moveFrontier";
import { readRecordVersions, type RecordVersion } from "../../src/store/recordStates";
import { openStore, type Store } from "../../src/store/store";
import { defineType, readAllTypes } from "../../src/store/typeTables";
import { cherryPickOnFrontier, revertOnFrontier } from "../../src/store/undo";
import { checkLater, timeFor } from "../support/arbitraries";
import { testDatabase, watchTransactions, type TestDatabase } from "../support/database";
import { derivedRows, naiveRows } from "../support/derivedRows";
import type { History } from "../support/histories";
import { admitted, operationStep, START, type OperationStep, type Proposed } from "../support/operationSteps";
import { storedHistory } from "../support/storedHistory";

jest.setTimeout(timeFor(600_000));

/** Every case takes some seconds of a database's time. */
const FACTOR = 0.3;

/** So few heads that the server joins them now and then. */
const LIMITS = { ...DEFAULT_LIMITS, heads: 3 };

/** Each of the two may be, and both by two writers at once, but not both of them. */
const SCHEMA = { not: { properties: { n: { minimum: 4 }, o: { required: ["d"] } }, required: ["n", "o"] } };
const isValid = (state: State): boolean =>
  !(isObject(state) && Number(state["n"]) >= 4 && isObject(state["o"]) && "d" in state["o"]);

let database: TestDatabase;
/** Two servers, in turns. */
let stores: readonly Store[];
let overlapping: readonly string[];
beforeAll(async () => {
  database = await testDatabase();
  overlapping = watchTransactions(database);
  await inTransaction(database, (sql) => defineType(sql, "thing", { schema: SCHEMA }));
  stores = [openStore(database, LIMITS), openStore(openDatabase({ url: database.url }), LIMITS)];
});
afterAll(() => stores[1]?.database.close());

/** What to do in a step, whatever there is by then. */
interface Step {
  readonly what: "commit" | "merge" | "move" | "revert" | "cherryPick";
  readonly frontier: number;
  /** The other frontier whose commits are merged or picked; the frontier's own: some commits of anywhere. */
  readonly other: number;
  /** Which commits, counted back from the last one; none: what the frontier holds. */
  readonly back: readonly number[];
  readonly operations: readonly OperationStep[];
  readonly strategy: Take | null;
  readonly force: boolean;
  /** How many others commit on the same version. */
  readonly rivals: number;
}

/** A step; that of a commit with the version that it is made on. */
type Planned = Step & { readonly parents?: Antichain };

const FRONTIERS = 3;
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constant("commit" as const) },
      { weight: 3, arbitrary: fc.constant("merge" as const) },
      { weight: 2, arbitrary: fc.constantFrom("move" as const, "revert" as const, "cherryPick" as const) },
    ),
    frontier: fc.constantFrom(0, 0, 1, FRONTIERS - 1),
    other: fc.nat({ max: FRONTIERS - 1 }),
    back: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }),
    operations: fc.array(operationStep, { minLength: 1, maxLength: 3 }),
    strategy: fc.constantFrom(null, null, "OURS" as const, "THEIRS" as const),
    force: fc.boolean(),
    rivals: fc.nat({ max: 2 }),
  }),
  { minLength: 6, maxLength: 14, size: "max" },
);

/** What became of the steps of all cases, so that the cases are known not to be tame. */
const outcomes = new Map<string, number>();
let cases = 0;
const count = (name: string): void => void outcomes.set(name, (outcomes.get(name) ?? 0) + 1);

test("every change of a frontier does what the model says, and what is refused leaves nothing", async () => {
  await checkLater(
    fc.asyncProperty(steps, async (chosen) => {
      cases += 1;
      const world = await World.make();
      for (const [index, step] of chosen.entries()) await world.run(step, stores[index % stores.length]!);
      await world.checkWhole();
    }),
    FACTOR,
  );
});

test("a transaction ends when all that it sent has been answered", () => {
  expect(overlapping).toEqual([]);
});

test("the cases are not tame", () => {
  const happened = [
    ...["commit", "merge", "move", "revert", "cherryPick"].map((what) => `${what} done`),
    ...["commit", "merge", "move", "revert"].map((what) => `${what} CONFLICT`),
    ...["cherryPick PREDICATE_FAILED", "PREDICATE", "PRECONDITION", "POSITION", "SCHEMA"],
    ...["beside", "joined", "settled", "restored"],
    ...[1, 2].map((size) => `${size} that cannot stand together`),
  ];
  // Where fewer cases are asked for, some may be missing.
  const missing = happened.filter((name) => !outcomes.has(name));
  expect(missing.slice(cases >= 60 ? 0 : happened.length)).toEqual([]);
  const changes = (outcomes.get("commit done") ?? 0) + (outcomes.get("commit CONFLICT") ?? 0);
  if (cases >= 60) expect((outcomes.get("commit CONFLICT") ?? 0) / changes).toBeGreaterThan(0.25);
});

/** Frontiers and records of one case; others of the same database are not looked at. */
class World {
  readonly records: readonly RecordId[] = [uuidv7(), uuidv7(), uuidv7()];
  readonly names: string[] = [];
  history!: History;
  /** States of records at commits, as they were when these were made. */
  readonly seen = new Map<string, State>();

  private constructor(private readonly first: CommitId) {}

  static async make(): Promise<World> {
    const { rows } = await database.pool.query<{ last: CommitId }>(
      `select coalesce(max(id), 0) as last from omdb.commits`,
    );
    const world = new World(rows[0]!.last);
    const [store] = stores as [Store];
    for (let index = 0; index < FRONTIERS; index += 1) {
      const name = uuidv7();
      world.names.push(name);
      // The last one starts as a version that is there, and is read by replay.
      const commits = index < FRONTIERS - 1 ? [] : await world.members(0);
      await store.commits.ensure(commits);
      await createFrontier(store, {
        name,
        version: { commits: maximal(store.commits.graph, commits) },
        locked: false,
        author: null,
        message: null,
      });
      if (index > 0) continue;
      await commitOnFrontier(store, {
        ...world.request(0),
        proposals: world.records.slice(0, 2).map((record) => ({
          kind: "operation",
          record,
          path: [],
          operation: "create",
          parameters: { value: START },
          predicates: [],
          type: "thing",
          at: ["operations", 0],
        })),
      });
    }
    await world.read();
    return world;
  }

  request(frontier: number) {
    return { frontier: this.names[frontier]!, author: null, message: null, metadata: undefined };
  }

  async members(frontier: number): Promise<CommitId[]> {
    const { rows } = await database.pool.query<{ members: CommitId[] }>(
      `select array(select "commit" from omdb.frontier_commits where frontier = $1 order by 1) as members`,
      [this.names[frontier]],
    );
    return rows[0]!.members;
  }

  /** Reads the history again: what is new is seen for the first time. */
  async read(): Promise<void> {
    this.history = await storedHistory(database.pool, this.first);
    for (const commit of this.history.commits) {
      for (const record of this.records) {
        const key = `${commit} ${record}`;
        if (!this.seen.has(key)) this.seen.set(key, this.history.state([commit], record));
      }
    }
  }

  /** Commits that a step names: among the last ones of a version, or of all. */
  pick({ back }: Step, among: readonly CommitId[]): Antichain {
    const sorted = [...among].sort((a, b) => a - b);
    const distances = sorted.length === 0 ? [] : back;
    const picked = distances.map((distance) => sorted[Math.max(0, sorted.length - 1 - distance)]!);
    return maximal(this.history.graph, picked);
  }

  historyOf(members: readonly CommitId[]): CommitId[] {
    return this.history.commits.filter((commit) => members.some((member) => this.history.descends(member, commit)));
  }

  async run(step: Step, store: Store): Promise<void> {
    if (step.what !== "commit") return this.change(step, store);
    const members = await this.members(step.frontier);
    const parents =
      step.back.length === 0 ? maximal(this.history.graph, members) : this.pick(step, this.historyOf(members));
    for (let rival = 0; rival <= step.rivals; rival += 1) {
      const operations = step.operations.map((one) => ({ ...one, kind: (one.kind + rival * 3) % 24 }));
      await this.change({ ...step, operations, parents }, store);
    }
  }

  private async change(step: Planned, store: Store): Promise<void> {
    const before = { members: await this.members(step.frontier), contents: await contents() };
    try {
      await this[step.what](step, store, before.members);
    } catch (error) {
      if (!(error instanceof OmdbError)) throw error;
      count(`${step.what} ${error.code}`);
      expect(await contents()).toEqual(before.contents);
      return;
    }
    count(`${step.what} done`);
    await this.checkFrontiers();
  }

  /** What speaks against a version: operations that do not hold, and records that break their schema. */
  breaches(version: readonly CommitId[], history = this.history): Set<string> {
    const breaches = history.breaches(version);
    for (const record of this.records) {
      const alone = history.heads(version, record).map((commit) => history.state([commit], record));
      const isBroken = alone.every(isValid) && !isValid(history.state(version, record));
      if (isBroken) breaches.add(`${record} SCHEMA`);
    }
    return breaches;
  }

  /** What is expected of a change that brings a version together with the frontier's: the breaches of both. */
  private async expecting(
    expected: ReadonlySet<string>,
    change: () => Promise<CommitResult | unknown>,
    name: (index: number) => string = String,
  ): Promise<boolean> {
    try {
      await change();
    } catch (error) {
      if (error instanceof Conflicted) {
        const told = error.conflicts.map(
          ({ record, broken, reason }) =>
            `${reason === "SCHEMA" ? record : "operation" in broken ? broken.operation : name(broken.index)} ${reason}`,
        );
        expect([...new Set(told)].sort()).toEqual([...expected].sort());
        for (const { reason } of error.conflicts) count(reason);
      }
      throw error;
    }
    expect([...expected]).toEqual([]);
    await this.read();
    return true;
  }

  async commit(step: Planned, store: Store, members: readonly CommitId[]): Promise<void> {
    const parents = step.parents!;
    const operations = admitted(this.history, parents, step.operations, this.records);
    if (operations.length === 0) return;
    const alone = this.history.breaches(parents);
    const after = this.history.copy();
    const commit = Number.MAX_SAFE_INTEGER;
    const before = after.operations.length;
    after.commit(commit, parents, operations);
    const own = after.operations.slice(before).map(({ id }) => id);
    const together = this.breaches([...members, commit], after);
    let made: CommitResult | undefined;
    await this.expecting(
      alone.size > 0 ? alone : together,
      async () => {
        made = await commitOnFrontier(store, {
          ...this.request(step.frontier),
          parents,
          proposals: this.proposals(operations),
        });
      },
      (index) => String(own[index]),
    );
    const heads = this.history.latest([...members, made!.commit!]);
    if (heads.length > 1) count("beside");
    if (heads.length <= LIMITS.heads) expect(await this.members(step.frontier)).toEqual(heads);
    else {
      const [joined, ...others] = await this.members(step.frontier);
      expect(others).toEqual([]);
      expect(this.history.graph.parents(joined!)).toEqual(heads);
      count("joined");
    }
  }

  async merge(step: Step, store: Store, members: readonly CommitId[]): Promise<void> {
    const from = await this.from(step);
    const version = this.history.latest([...members, ...from]);
    const breaches = this.breaches(version);
    await store.commits.ensure(from);
    const request = {
      ...this.request(step.frontier),
      from: { commits: from },
      createCommit: step.force,
      resolution: [],
      choices: [],
      strategy: step.strategy,
    };
    if (breaches.size === 0 || step.strategy === null) {
      await this.expecting(breaches, () => mergeIntoFrontier(store, request));
      const now = await this.members(step.frontier);
      for (const record of this.records) {
        expect(this.history.state(now, record)).toEqual(this.history.state(version, record));
      }
      if (step.force) expect(now).toHaveLength(1);
      else if (version.length <= LIMITS.heads) expect(now).toEqual(version);
      else expect(this.history.graph.parents(now[0]!)).toEqual(version);
      return;
    }
    const { commit } = await mergeIntoFrontier(store, request);
    await this.read();
    count("settled");
    expect(await this.members(step.frontier)).toEqual([commit]);
    const operations = [...breaches].filter((breach) => !breach.endsWith("SCHEMA"));
    const settled = new Set(operations.map((breach) => Number(breach.split(" ")[0])));
    expect(new Set(this.history.settlements.get(commit!))).toEqual(settled);
  }

  async move(step: Step, store: Store): Promise<void> {
    const to = await this.from(step);
    await store.commits.ensure(to);
    const { name, author, message } = { ...this.request(step.frontier), name: this.names[step.frontier]! };
    await this.expecting(this.breaches(to), () => moveFrontier(store, { commits: to }, { name, author, message }));
    expect(await this.members(step.frontier)).toEqual(to);
  }

  async revert(step: Step, store: Store, members: readonly CommitId[]): Promise<void> {
    const commits = step.back.length === 0 ? members : this.pick(step, this.historyOf(members));
    const { commit } = await revertOnFrontier(store, {
      ...this.request(step.frontier),
      what: { commits },
      force: step.force,
    });
    await this.read();
    expect(await this.members(step.frontier)).toEqual([commit]);
    const undone = new Set(commits);
    // Where nothing came after the commits, what was there before them is there again.
    const rest = this.historyOf(members).filter((one) => !undone.has(one));
    const isLast = rest.every((one) => commits.every((member) => !this.history.descends(one, member)));
    const parents = commits.flatMap((member) => this.history.graph.parents(member));
    const isAll = this.history.latest([...rest]).every((one) => parents.includes(one) || !members.includes(one));
    const isKept = this.keeps(members, undone);
    if (!step.force && isLast && isAll && isKept && this.history.isConsistent(this.history.latest(rest))) {
      count("restored");
      for (const record of this.records) {
        expect(this.history.state([commit!], record)).toEqual(this.history.state(this.history.latest(rest), record));
      }
    }
  }

  /** That no other commit wrote over what some commits wrote; it may have left the very value that they left. */
  private keeps(members: readonly CommitId[], commits: ReadonlySet<CommitId>): boolean {
    const operations = this.history.operationsOf(members);
    const ours = operations.filter(({ commit }) => commits.has(commit));
    return operations.every(
      (one) =>
        commits.has(one.commit) ||
        ours.every(
          (our) => our.record !== one.record || compareCanonical(our, one) > 0 || !footprintsOverlap(our, one),
        ),
    );
  }

  async cherryPick(step: Step, store: Store): Promise<void> {
    const from = await this.from(step);
    const { commit } = await cherryPickOnFrontier(store, { ...this.request(step.frontier), commits: from });
    await this.read();
    expect(await this.members(step.frontier)).toEqual([commit]);
    const operationsOf = (commits: readonly CommitId[]) =>
      this.history.operationsOf(commits).filter((operation) => commits.includes(operation.commit));
    const plain = ({ record, path, operation, parameters }: Proposed) => ({ record, path, operation, parameters });
    expect(operationsOf([commit!]).map(plain)).toEqual(operationsOf(from).map(plain));
  }

  /** Another frontier, or commits from anywhere. */
  private async from(step: Step): Promise<Antichain> {
    const isAnywhere = step.other === step.frontier || (step.what === "move" && step.back.length > 1);
    const other = isAnywhere ? [] : await this.members(step.other);
    if (other.length > 0) return maximal(this.history.graph, other);
    return this.pick(step.back.length > 0 ? step : { ...step, back: [0] }, this.history.commits);
  }

  private proposals(operations: readonly Proposed[]): ProposedOperation[] {
    return operations.map((operation, index) => ({
      kind: "operation",
      ...operation,
      ...(operation.operation === "create" ? { type: "thing" } : {}),
      at: ["operations", index],
    }));
  }

  /** A frontier is a consistent antichain of at most 16, and its rows are what replay gives. */
  private async checkFrontiers(): Promise<void> {
    for (const [index, name] of this.names.entries()) {
      const members = await this.members(index);
      expect(members.length).toBeLessThanOrEqual(LIMITS.heads);
      expect(this.history.latest(members)).toEqual(members);
      expect([...this.breaches(members)]).toEqual([]);
      const expected = this.records.flatMap((record) => {
        const heads = this.history.heads(members, record);
        return heads.length === 0 ? [] : [{ record, heads, state: this.history.state(members, record) }];
      });
      const frontier = (await readFrontiers(database.pool, [name])).get(name)!;
      const types = await readAllTypes(database.pool);
      const rows = await readLatest(database.pool, types, rowsOf(frontier), this.records);
      // A record that a move took away keeps a row that says so.
      const held = [...rows.values()].filter(({ heads }) => heads.length > 0);
      const inOrder = (versions: RecordVersion[]) =>
        versions.sort((one, other) => (one.record < other.record ? -1 : 1));
      expect(inOrder(held)).toEqual(inOrder(expected));
    }
  }

  /** At the end: the tables that follow from the history, states at every commit, verdicts on any two versions. */
  async checkWhole(): Promise<void> {
    await this.read();
    expect(await derivedRows(database.pool, this.first)).toEqual(naiveRows(this.history));
    const { commits } = this.history;
    const fresh = openStore(database, LIMITS);
    for (const store of [...stores, fresh]) {
      await store.commits.ensure(commits);
      const requests = commits.flatMap((commit) =>
        this.records.map((record) => ({ record, version: maximal(store.commits.graph, [commit]) })),
      );
      const found = await readRecordVersions(store, requests);
      for (const [index, { record, version }] of requests.entries()) {
        expect(found[index]!.state).toEqual(this.seen.get(`${version.join()} ${record}`));
        expect(found[index]!.heads).toEqual(this.history.heads(version, record));
      }
    }
    await this.checkCompatibility(fresh);
    const [last] = commits.slice(-1);
    for (const [index, commit] of commits.entries()) {
      const versions = [[commit], [commits[(index * 7 + 3) % commits.length]!, last!]].map((version) => ({
        commits: maximal(this.history.graph, version),
      }));
      const { breaches, merged } = await judgeMerge(fresh, database.pool, versions);
      expect(merged.commits).toEqual(this.history.latest(versions.flatMap((version) => version.commits)));
      const told = breaches.map((breach) =>
        "reason" in breach ? `${breach.operation.id} ${breach.reason}` : `${breach.record} SCHEMA`,
      );
      expect([...new Set(told)].sort()).toEqual([...this.breaches(merged.commits)].sort());
    }
  }

  /** Which of some versions can stand together, also where they cannot by themselves. */
  private async checkCompatibility(store: Store): Promise<void> {
    const { commits, graph } = this.history;
    const at = (distance: number) => commits[Math.max(0, commits.length - 1 - distance)]!;
    const versions = [[at(0)], [at(1)], [at(2), at(3)], [at(5), at(8), at(4)]].map((version) => ({
      commits: maximal(graph, version),
    }));
    const isConsistent = (indices: readonly number[]) =>
      this.breaches(this.history.latest(indices.flatMap((index) => versions[index]!.commits))).size === 0;
    const expected = await compatibility(versions.length, isConsistent);
    for (const set of expected.minimalConflicts) count(`${set.length} that cannot stand together`);
    const preview = await previewMerge(store, versions, []);
    expect(await compatibilityOf(store, preview)).toEqual(expected);
  }
}

function footprintsOverlap(one: Effect, other: Effect): boolean {
  return footprintOf(one).some((path) => footprintOf(other).some((changed) => pathsOverlap(path, changed)));
}

/** How many rows every table has, and what every frontier is. */
async function contents(): Promise<unknown> {
  const { rows: tables } = await database.pool.query<{ text: string }>(
    `select format('select %L as name, count(*) from omdb.%I', tablename, tablename) as text
     from pg_tables where schemaname = 'omdb'`,
  );
  const { rows: counts } = await database.pool.query(
    tables.map(({ text }) => text).join(" union all ") + " order by 1",
  );
  const { rows: frontiers } = await database.pool.query(`select id, sequence from omdb.frontiers order by 1`);
  return { counts, frontiers };
}
