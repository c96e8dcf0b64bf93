/** What the scenarios share: short names for operations, calls with everything that they answer, and the naive check. */
import { draw } from "../../support/drawing";
import { defineType, testApi, type Data, type TestApi } from "../../support/graphql";
import { NaiveHistory } from "../../support/naiveStates";

/** The number of a commit. */
export type CommitNumber = string;
type Predicates = readonly unknown[];
type Path = readonly (string | number)[];
export type Input = Readonly<Record<string, unknown>>;

const guarded = (predicates: Predicates) => (predicates.length === 0 ? {} : { predicates });

/** Operations as the API takes them. */
export const op = {
  create: (record: string, value: Input, predicates: Predicates = []) => ({
    create: { record, type: "thing", value, ...guarded(predicates) },
  }),
  put: (record: string, path: Path, value: unknown, predicates: Predicates = []) => ({
    put: { record, path, value, ...guarded(predicates) },
  }),
  assign: (record: string, path: Path, value: unknown, predicates: Predicates = []) => ({
    assign: { record, path, value, ...guarded(predicates) },
  }),
  remove: (record: string, path: Path = [], predicates: Predicates = []) => ({
    remove: { record, path, ...guarded(predicates) },
  }),
  increment: (record: string, path: Path, by: number, predicates: Predicates = []) => ({
    increment: { record, path, by, ...guarded(predicates) },
  }),
  max: (record: string, path: Path, value: number) => ({ max: { record, path, value } }),
  add: (record: string, path: Path, value: unknown) => ({ add: { record, path, value } }),
  discard: (record: string, path: Path, value: unknown) => ({ discard: { record, path, value } }),
  splice: (record: string, path: Path, index: number, remove: number, insert: unknown[]) => ({
    splice: { record, path, index, remove, insert },
  }),
  edit: (record: string, path: Path, index: number, remove: number, insert: string) => ({
    edit: { record, path, index, remove, insert },
  }),
  patch: (record: string, patch: readonly unknown[]) => ({ patch: { record, patch } }),
} as const;

/** Takes an amount from an account that has to hold it. */
export const withdraw = (account: string, amount: number) =>
  op.increment(account, ["balance"], -amount, [{ atLeast: { path: ["balance"], value: amount } }]);

export const found = (value: unknown) => ({ exists: true, value });
export const gone = { exists: false, value: null };

const CONFLICT = `{
  record { uuid } path reason predicate operation { number commit { number } } operationIndex
  brokenBy { nodes { number commit { number } } } brokenByIndices base { exists value }
  sides { version value { exists value } } details }`;
const OVERLAPS = `{ totalCount nodes { record { uuid } path kept { commit { number } } overridden { commit { number } } } }`;
const ERRORS = `__typename
  ... on Error { message code }
  ... on InvalidInput { inputPath details }
  ... on LimitExceeded { inputPath limit }
  ... on NotFound { inputPath }
  ... on AlreadyExists { inputPath }
  ... on PredicateFailed { operationIndex record path reason predicate actual { exists value } }
  ... on StaleSequence { sequence }
  ... on Conflicted { conflicts ${CONFLICT} }`;
const FRONTIER = `{ name sequence locked commits { number } }`;
const PAYLOAD = `
  ... on CommitPayload {
    replayed
    commit { number message author metadata parents { number }
      operations { nodes { number operation path parameters predicates record { uuid } } } }
    frontier ${FRONTIER}
    change { sequence cause author message before { number } after { number } newCommits { nodes { number } }
      removedCommits { nodes { number } } }
    records { nodes { record { uuid } exists state } }
    created { record { uuid } }
    overlaps ${OVERLAPS}
  }`;
const mutation = (name: string, payload: string) =>
  `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${ERRORS} ${payload} } }`;
const ON_FRONTIER = `... on FrontierPayload { frontier ${FRONTIER} }`;
const MUTATIONS = {
  commit: mutation("commit", PAYLOAD),
  merge: mutation("merge", PAYLOAD),
  revert: mutation("revert", PAYLOAD),
  cherryPick: mutation("cherryPick", PAYLOAD),
  createFrontier: mutation("createFrontier", ON_FRONTIER),
  moveFrontier: mutation("moveFrontier", ON_FRONTIER),
  lockFrontier: mutation("lockFrontier", ON_FRONTIER),
  deleteFrontier: mutation("deleteFrontier", `... on DeleteFrontierPayload { id name }`),
};
const PREVIEW = `query ($versions: [VersionInput!]!, $resolution: [OperationInput!]) {
  mergePreview(versions: $versions, resolution: $resolution) {
    compatible conflicts { totalCount nodes ${CONFLICT} } overlaps ${OVERLAPS} bases { number }
    minimalConflicts largestCompatible } }`;

export class World {
  #made = 0;
  /** The sequences of frontiers that were compared with a replay already. */
  readonly #replayed = new Map<string, string>();

  private constructor(readonly api: TestApi) {}

  static async open(limits: Parameters<typeof testApi>[0] = {}): Promise<World> {
    const api = await testApi(limits);
    await defineType(api, "thing");
    return new World(api);
  }

  /** The id of a record that nothing has used. */
  record(): string {
    this.#made += 1;
    return `0190dddd-0000-7000-8000-${this.#made.toString(16).padStart(12, "0")}`;
  }

  /** The name of a frontier that does not exist. */
  name(): string {
    this.#made += 1;
    const name = `frontier ${this.#made}`;
    return name;
  }

  async mutate(name: keyof typeof MUTATIONS, input: Input): Promise<Data> {
    const [result] = Object.values<Data>(await this.api.run(MUTATIONS[name], { input }));
    return result;
  }

  /** Makes a frontier: an empty one, which has rows of its own, or one of a version. */
  async frontier(from?: Input): Promise<string> {
    const name = this.name();
    const done = await this.mutate("createFrontier", { name, ...(from && { from }) });
    expect(done.__typename).toBe("FrontierPayload");
    return name;
  }

  /** A frontier with rows of its own that holds what a version holds. */
  async materialised(...commits: CommitNumber[]): Promise<string> {
    const name = await this.frontier();
    await this.mutate("moveFrontier", { name, to: { commits } });
    return name;
  }

  /** Proposes a commit and gives the answer, whatever it is. */
  propose(frontier: string, operations: readonly unknown[], more: Input = {}): Promise<Data> {
    return this.mutate("commit", { frontier, operations, ...more });
  }

  /** Makes a commit that must be admitted. */
  async commit(frontier: string, operations: readonly unknown[], more: Input = {}): Promise<CommitNumber> {
    const done = await this.propose(frontier, operations, more);
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    return done.commit.number;
  }

  /** A branch of some commits, with one commit more; gives the commit. */
  async branch(parents: readonly CommitNumber[], operations: readonly unknown[]): Promise<CommitNumber> {
    return this.commit(await this.frontier({ commits: parents }), operations);
  }

  merge(into: string, from: Input | CommitNumber, more: Input = {}): Promise<Data> {
    return this.mutate("merge", { into, from: typeof from === "string" ? { commit: from } : from, ...more });
  }

  async preview(versions: readonly (CommitNumber | Input)[], resolution?: readonly unknown[]): Promise<Data> {
    const named = versions.map((version) => (typeof version === "string" ? { commit: version } : version));
    return (await this.api.run(PREVIEW, { versions: named, resolution })).mergePreview;
  }

  /** Of records in a version: their states; undefined for one that does not exist there. */
  async states(version: Input, ...records: string[]): Promise<unknown[]> {
    const { view } = await this.api.run(
      `query ($at: VersionInput!, $uuids: [UUID!]!) { view(at: $at) { recordsByUuid(uuids: $uuids) { exists state } } }`,
      { at: version, uuids: records },
    );
    return view.recordsByUuid.map((record: Data) => (record?.exists ? record.state : undefined));
  }

  async state(frontier: string, record: string): Promise<Data> {
    return (await this.states({ frontier }, record))[0];
  }

  async members(frontier: string): Promise<CommitNumber[]> {
    const read = await this.api.run(`query ($name: String!) { frontier(name: $name) { commits { number } } }`, {
      name: frontier,
    });
    return read.frontier.commits.map(({ number }: Data) => number);
  }

  /** Expects that the stored graph is the drawn one. */
  async expectDrawn(picture: string, commits: Readonly<Record<string, CommitNumber>>): Promise<void> {
    const { graph, ids } = draw(picture);
    const letters = Object.keys(commits).sort();
    const drawn = letters.map((letter) => {
      const parents = graph.parents(ids(letter)[0]!).map((parent) => String.fromCharCode(64 + parent));
      return `${letter}: ${parents.sort().join("")}`;
    });
    const named = new Map(Object.entries(commits).map(([letter, number]) => [number, letter]));
    const stored = await Promise.all(
      letters.map(async (letter) => {
        const { commit } = await this.api.run(
          `query ($number: BigInt!) { commit(number: $number) { parents { number } } }`,
          { number: commits[letter] },
        );
        const parents = commit.parents.map(({ number }: Data) => named.get(number) ?? "?");
        return `${letter}: ${parents.sort().join("")}`;
      }),
    );
    expect(stored).toEqual(drawn);
  }

  /** Expects of every frontier that changed that its records are what replaying its whole history gives. */
  async expectReplayed(): Promise<void> {
    const { frontiers } = await this.api.run(`{ frontiers(first: 1000) { nodes { name sequence } } }`);
    const history = await NaiveHistory.read(this.api.database.pool);
    const { rows } = await this.api.database.pool.query<{ id: string; type: string }>(
      `select id, type from omdb.records order by id`,
    );
    for (const { name, sequence } of frontiers.nodes) {
      if (this.#replayed.get(name) === sequence) continue;
      this.#replayed.set(name, sequence);
      await this.#expectReplayed(name, history, rows);
    }
  }

  async #expectReplayed(
    name: string,
    history: NaiveHistory,
    all: readonly { readonly id: string; readonly type: string }[],
  ): Promise<void> {
    const uuids = all.map(({ id }) => id);
    const { frontier } = await this.api.run(
      `query ($name: String!, $uuids: [UUID!]!) { frontier(name: $name) {
         commits { number }
         recordsByUuid(uuids: $uuids) { record { uuid } exists state view { heads { number } } }
         records(type: "thing", first: 1000) { nodes { record { uuid } state } }
         view { records(type: "thing", first: 1000) { nodes { record { uuid } state } } } } }`,
      { name, uuids },
    );
    const version = frontier.commits.map(({ number }: Data) => Number(number));
    const states = history.states(version);
    const heads = history.heads(version);
    const expected = uuids.map((uuid) =>
      heads.has(uuid)
        ? {
            record: { uuid },
            exists: states.has(uuid),
            state: states.get(uuid) ?? null,
            view: { heads: heads.get(uuid)!.map((number) => ({ number: String(number) })) },
          }
        : null,
    );
    expect({ name, records: frontier.recordsByUuid }).toEqual({ name, records: expected });
    const listed = all.flatMap(({ id: uuid, type }) =>
      type === "thing" && states.has(uuid) ? [{ record: { uuid }, state: states.get(uuid) }] : [],
    );
    expect({ name, records: frontier.records.nodes }).toEqual({ name, records: listed });
    expect({ name, records: frontier.view.records.nodes }).toEqual({ name, records: listed });
  }
}
