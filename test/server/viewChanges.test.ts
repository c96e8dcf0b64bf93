/** Whoever reads a list with its cursor and applies the events of viewChanges has the list as it is. */
import fc from "fast-check";
import type { Client } from "graphql-ws";
import { isDeepStrictEqual } from "node:util";
import { checkLater, timeFor } from "../support/arbitraries";
import { testDatabase } from "../support/database";
import type { Data } from "../support/graphql";
import { wsClient } from "./clients";
import { follow, type Events } from "./following";
import { data, send, startOmdb, type OmdbServer } from "./omdbServer";

jest.setTimeout(timeFor(120_000));

let server: OmdbServer;
let client: Client;
beforeAll(async () => {
  server = await startOmdb(await testDatabase());
  client = wsClient(server.url);
  await data(server.url, `mutation { defineRecordType(input: { name: "thing" }) { __typename } }`);
  await data(server.url, `mutation { defineRecordType(input: { name: "other" }) { __typename } }`);
});
afterAll(async () => {
  await client.dispose();
  await server.stop();
});

const MARK = { equals: { path: ["mark"], value: true } };
/** Each lets the mark pass, by which a follower knows that it has seen everything. */
const CONDITIONS: readonly unknown[] = [
  null,
  { any: [MARK, { atLeast: { path: ["n"], value: 5 } }] },
  { any: [MARK, { not: { exists: { path: ["n"] } } }] },
];

const LIST = `query ($frontier: String!, $where: PredicateInput) {
  frontier(name: $frontier) { cursor records(type: "thing", where: $where, first: 100) { nodes { record { uuid } state } } } }`;
const FOLLOW = `subscription ($frontier: String!, $where: PredicateInput, $after: String) {
  viewChanges(type: "thing", frontier: $frontier, where: $where, after: $after) {
    cursor change { sequence } entered { ...seen } updated { ...seen } left { ...seen } } }
  fragment seen on FrontierRecord { record { uuid } state exists frontier { name sequence } }`;

type View = Map<string, unknown>;
const uuidOf = (node: Data): string => node.record.uuid as string;

async function read(frontier: string, where: unknown): Promise<{ cursor: string; view: View } | null> {
  const { frontier: found } = (await data(server.url, LIST, { frontier, where })) as Data;
  if (found === null) return null;
  return { cursor: found.cursor, view: new Map(found.records.nodes.map((node: Data) => [uuidOf(node), node.state])) };
}

/** Applies an event as its words have it. */
function apply(view: View, event: Data): void {
  for (const node of event.entered) {
    expect(view.has(uuidOf(node))).toBe(false);
    view.set(uuidOf(node), node.state);
  }
  for (const node of event.updated) {
    expect(view.has(uuidOf(node))).toBe(true);
    view.set(uuidOf(node), node.state);
  }
  for (const node of event.left) expect(view.delete(uuidOf(node))).toBe(true);
  for (const node of [...event.entered, ...event.updated, ...event.left]) {
    expect(node.frontier.sequence).toBe(event.change.sequence);
  }
}

class Follower {
  private constructor(
    readonly frontier: string,
    readonly where: unknown,
    private readonly view: View,
    private readonly events: Events,
  ) {}

  static async start(frontier: string, where: unknown): Promise<Follower | undefined> {
    const found = await read(frontier, where);
    if (!found) return undefined;
    const events = follow(client, FOLLOW, { frontier, where, after: found.cursor });
    return new Follower(frontier, where, found.view, events);
  }

  /** Follows until the mark has entered, or the frontier is deleted; gives what it has then. */
  async finish(): Promise<{ view: View; deleted: boolean }> {
    for (;;) {
      const event = await this.events.next();
      if (event === null) return { view: this.view, deleted: true };
      apply(this.view, event);
      if (event.entered.some(({ state }: Data) => state.mark === true)) break;
    }
    this.events.stop();
    return { view: this.view, deleted: false };
  }
}

const ERROR = `... on Error { message }`;
const mutate = (name: string, input: unknown) =>
  send(
    server.url,
    `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename ${ERROR} } }`,
    { input },
  );

const record = fc.nat(3);
const value = fc.record({ n: fc.nat(9) }, { requiredKeys: [] });
const side = fc.constantFrom("a", "b");
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("create" as const), side, record, value, stale: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), side, record, value, stale: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), side, record, stale: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("merge" as const), side, ours: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("move" as const), side, back: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("recreate" as const), empty: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("follow" as const), side, where: fc.nat(2) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let runs = 0;

class Run {
  private readonly run = (runs += 1);
  /** Members that a frontier had, oldest first. */
  private readonly past = new Map<string, string[][]>();
  readonly followers: Follower[] = [];

  name(side: string): string {
    return `${side}${this.run}`;
  }

  private uuid(record: number): string {
    return `0190eeee-0000-7000-8000-${(this.run * 16 + record).toString(16).padStart(12, "0")}`;
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "follow") {
      const follower = await Follower.start(this.name(step.side), CONDITIONS[step.where]);
      if (follower) this.followers.push(follower);
    } else if (step.kind === "recreate") {
      await mutate("deleteFrontier", { name: this.name("b") });
      const from = step.empty ? {} : { from: { frontier: this.name("a") } };
      await mutate("createFrontier", { name: this.name("b"), ...from });
    } else if (step.kind === "merge") {
      const from = { frontier: this.name(step.side === "a" ? "b" : "a") };
      await mutate("merge", { into: this.name(step.side), from, strategy: step.ours ? "OURS" : "THEIRS" });
    } else if (step.kind === "move") {
      const [to] = (this.past.get(step.side) ?? []).slice(-1 - step.back);
      if (to) await mutate("moveFrontier", { name: this.name(step.side), to: { commits: to } });
    } else await this.commit(step);
    await this.remember();
  }

  private async commit(step: Extract<Step, { stale: boolean }>): Promise<void> {
    const uuid = this.uuid(step.record);
    const operations = {
      create: () => ({
        create: { record: uuid, type: step.record === 3 ? "other" : "thing", value: (step as Data).value },
      }),
      put: () => ({ put: { record: uuid, path: [], value: (step as Data).value } }),
      remove: () => ({ remove: { record: uuid, path: [] } }),
    };
    const [parents] = step.stale ? (this.past.get(step.side) ?? []).slice(-2) : [];
    await mutate("commit", {
      frontier: this.name(step.side),
      operations: [operations[step.kind]()],
      ...(parents ? { parents } : {}),
    });
  }

  private async remember(): Promise<void> {
    for (const side of ["a", "b"]) {
      const { frontier } = (await data(
        server.url,
        `query ($name: String!) { frontier(name: $name) { commits { number } } }`,
        {
          name: this.name(side),
        },
      )) as Data;
      const members = (frontier?.commits ?? []).map(({ number }: Data) => number as string);
      const past = this.past.get(side) ?? [];
      if (!isDeepStrictEqual(past.at(-1), members)) this.past.set(side, [...past, members]);
    }
  }

  async mark(): Promise<void> {
    for (const side of ["a", "b"]) {
      const create = { type: "thing", value: { mark: true } };
      await data(server.url, `mutation ($input: CommitInput!) { commit(input: $input) { __typename } }`, {
        input: { frontier: this.name(side), operations: [{ create }] },
      });
    }
  }
}

test("whatever commits, merges, moves and new frontiers of the same name do to it", async () => {
  await checkLater(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
      const run = new Run();
      for (const side of ["a", "b"]) await mutate("createFrontier", { name: run.name(side) });
      for (const [where] of CONDITIONS.entries()) await run.take({ kind: "follow", side: "b", where });
      for (const step of steps) await run.take(step);
      const wheres = new Map<string, View | undefined>();
      await run.mark();
      for (const follower of run.followers) {
        const { view, deleted } = await follower.finish();
        const key = JSON.stringify([follower.frontier, follower.where]);
        if (!wheres.has(key)) wheres.set(key, (await read(follower.frontier, follower.where))?.view);
        // Of a frontier that was deleted everything has left.
        expect(view).toEqual(deleted ? new Map() : wheres.get(key));
      }
      expect(server.logged).toEqual([]);
    }),
    0.05,
  );
});
