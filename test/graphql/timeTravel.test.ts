import fc from "fast-check";
import { execute, parse } from "graphql";
import type { JsonObject } from "../../src/core/json";
import { createFrontier } from "../../src/store/createFrontier";
import { antichainOf } from "../../src/store/versions";
import type { Context } from "../../src/graphql/context";
import { checkLater, timeFor } from "../support/arbitraries";
import { commit, defineType, schema, testApi, type Data, type TestApi } from "../support/graphql";

jest.setTimeout(timeFor(30_000));

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await defineType(api, "counter");
});

const RECORDS = [1, 2, 3].map((n) => `0190bbbb-0000-7000-8000-00000000000${n}`);

const STATES = `
  query ($at: VersionInput!) {
    view(at: $at) {
      id
      commits { number }
      records(type: "counter") { totalCount nodes { id exists state record { uuid } heads { number } } }
      history { totalCount nodes { number } }
    }
  }`;

const statesOf = (view: Data): Record<string, JsonObject> =>
  Object.fromEntries(view.records.nodes.map((node: Data) => [node.record.uuid, node.state]));

/** A step of a random history, and what it does to a naive model of the states. */
type Step =
  | { readonly kind: "create" | "remove" | "increment"; readonly record: number }
  | { readonly kind: "put"; readonly record: number; readonly member: string; readonly value: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("create" as const, "remove" as const, "increment" as const), record: fc.nat(2) }),
  fc.record({
    kind: fc.constant("put" as const),
    record: fc.nat(2),
    member: fc.constantFrom("a", "b", "__proto__"),
    value: fc.string({ maxLength: 3, unit: "grapheme" }),
  }),
);

type Model = ReadonlyMap<string, JsonObject>;

function apply(model: Model, change: Step): { operation: unknown; model: Model } | null {
  const record = RECORDS[change.record] as string;
  const state = model.get(record);
  const after = new Map(model);
  switch (change.kind) {
    case "create":
      if (state) return null;
      after.set(record, { n: 0 });
      return { operation: { create: { record, type: "counter", value: { n: 0 } } }, model: after };
    case "remove":
      if (!state) return null;
      after.delete(record);
      return { operation: { remove: { record, path: [] } }, model: after };
    case "increment":
      if (!state) return null;
      after.set(record, { ...state, n: (state["n"] as number) + 1 });
      return { operation: { increment: { record, path: ["n"] } }, model: after };
    case "put":
      if (!state) return null;
      after.set(record, { ...state, [change.member]: change.value });
      return { operation: { put: { record, path: [change.member], value: change.value } }, model: after };
  }
}

test("every version that was ever there is still there, by commit, sequence and time", async () => {
  await checkLater(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), async (commits) => {
      // Each run goes on where the last one stopped: main is never emptied.
      const start = (await api.run(STATES, { at: { frontier: "main" } })).view;
      let model: Model = new Map(Object.entries(statesOf(start)));
      const versions: { number: string; sequence: string; time: string; model: Model }[] = [];
      for (const steps of commits) {
        const operations: unknown[] = [];
        for (const change of steps) {
          const applied = apply(model, change);
          if (!applied) continue;
          operations.push(applied.operation);
          model = applied.model;
        }
        if (operations.length === 0) continue;
        const done = await commit(api, operations);
        expect(done.__typename).toBe("CommitPayload");
        const { frontier } = await api.run(`{ frontier { log(first: 1) { nodes { time sequence } } } }`);
        const [change] = frontier.log.nodes;
        versions.push({ number: done.commit.number, sequence: change.sequence, time: change.time, model });
      }
      for (const [index, version] of versions.entries()) {
        const expected = Object.fromEntries(version.model);
        const byCommit = (await api.run(STATES, { at: { commit: version.number } })).view;
        expect(statesOf(byCommit)).toEqual(expected);
        expect(byCommit.id).toBe(`View:${version.number}`);
        expect(byCommit.records.totalCount).toBe(version.model.size);
        const bySequence = { asOf: { frontier: "main", point: { sequence: version.sequence } } };
        expect((await api.run(STATES, { at: bySequence })).view).toEqual(byCommit);
        // Several changes within a millisecond share a time: the last of them counts.
        if (versions[index + 1]?.time !== version.time) {
          const byTime = { asOf: { frontier: "main", point: { time: version.time } } };
          expect((await api.run(STATES, { at: byTime })).view).toEqual(byCommit);
        }
      }
      const now = (await api.run(STATES, { at: { frontier: "main" } })).view;
      expect(statesOf(now)).toEqual(Object.fromEntries(model));
      // Rows of the frontier and replay say the same, ids of nodes included.
      const same = (await api.run(STATES, { at: { commits: now.commits.map((c: Data) => c.number) } })).view;
      expect(same).toEqual(now);
    }),
    1 / 8,
  );
});

test("a frontier made of an old version holds it, and goes on from there", async () => {
  const { frontier } = await api.run(`{ frontier { log(last: 3) { nodes { sequence after { number } } } } }`);
  const old = frontier.log.nodes[0];
  const made = await api.run(
    `mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename
       ... on FrontierPayload { frontier { id sequence cursor locked view { id } records(type: "counter") { nodes { id state } } log { nodes { cause } } } }
       ... on Error { message } } }`,
    { input: { name: "old", from: { asOf: { frontier: "main", point: { sequence: old.sequence } } } } },
  );
  const view = (await api.run(STATES, { at: { commit: old.after[0].number } })).view;
  expect(made.createFrontier.frontier).toMatchObject({
    id: "Frontier:old",
    sequence: "1",
    locked: false,
    view: { id: view.id },
    log: { nodes: [{ cause: "CREATE" }] },
  });
  expect(made.createFrontier.frontier.records.nodes.map((node: Data) => node.state)).toEqual(
    view.records.nodes.map((node: Data) => node.state),
  );

  const before = (await api.run(STATES, { at: { frontier: "main" } })).view;
  const record = "0190bbbb-0000-7000-8000-0000000000ff";
  const done = await commit(api, [{ create: { record, type: "counter", value: { n: 7 } } }], { frontier: "old" });
  expect(done).toMatchObject({ commit: { parents: [{ number: old.after[0].number }] } });
  const next = await commit(api, [{ increment: { record, path: ["n"] } }], { frontier: "old" });
  expect(next.records.nodes).toMatchObject([{ state: { n: 8 } }]);
  expect((await api.run(STATES, { at: { frontier: "main" } })).view).toEqual(before);
});

test("before its first change main is empty", async () => {
  const view = (await api.run(STATES, { at: { asOf: { frontier: "main", point: { time: "2000-01-01T00:00:00Z" } } } }))
    .view;
  expect(view).toEqual({
    id: "View:",
    commits: [],
    records: { totalCount: 0, nodes: [] },
    history: { totalCount: 0, nodes: [] },
  });
});

test("a document reads one state of a frontier while others commit", async () => {
  const record = "0190bbbb-0000-7000-8000-0000000000aa";
  await commit(api, [{ create: { record, type: "counter", value: { n: 0 } } }]);
  const context = api.context();
  const first = await context.frontiers.find("main");
  await commit(api, [{ increment: { record, path: ["n"] } }]);
  await commit(api, [{ increment: { record, path: ["n"] } }]);
  // The document has met the frontier already: what it reads of it now belongs to that moment.
  const result = await execute({
    schema,
    contextValue: context,
    document: parse(`{ frontier { sequence record(uuid: "${record}") { state }
      records(type: "counter", where: { equals: { path: ["n"], value: 0 } }) { nodes { record { uuid } } }
      log(first: 1) { nodes { sequence } } view { record(uuid: "${record}") { state } } } }`),
  });
  const { frontier } = JSON.parse(JSON.stringify(result.data));
  expect(frontier).toMatchObject({
    sequence: String(first?.sequence),
    record: { state: { n: 0 } },
    log: { nodes: [{ sequence: String(first?.sequence) }] },
    view: { record: { state: { n: 0 } } },
  });
  expect(frontier.records.nodes).toContainEqual({ record: { uuid: record } });
});

describe("the frontiers of a commit, while others commit", () => {
  const membership = async (context: Context, number: string) => {
    const result = await execute({
      schema,
      contextValue: context,
      document: parse(`{ commit(number: "${number}") { frontiers { totalCount nodes { name commits { number } } } } }`),
    });
    expect(result.errors).toBeUndefined();
    return JSON.parse(JSON.stringify(result.data)).commit.frontiers;
  };
  const grow = async (): Promise<string> =>
    (await commit(api, [{ create: { type: "counter", value: {} } }])).commit.number;
  const members = async (names: string[]) =>
    (
      await api.run(`query ($prefix: String) { frontiers(prefix: $prefix) { nodes { name commits { number } } } }`, {
        prefix: names[0],
      })
    ).frontiers.nodes;
  const branch = (name: string, of: string) =>
    api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
      input: { name, from: { commit: of } },
    });

  test("are those that were there when the document met them", async () => {
    const context = api.context();
    const first = await grow();
    await branch("there/a", first);
    await context.frontiers.find("main");
    const second = await grow();
    // Main has left the first commit for the second one, but not for this document.
    expect(await membership(context, first)).toEqual({
      totalCount: 2,
      nodes: [{ name: "main", commits: [{ number: first }] }, ...(await members(["there/a"]))],
    });
    expect(await membership(context, second)).toEqual({ totalCount: 0, nodes: [] });
    expect(await membership(api.context(), second)).toMatchObject({ totalCount: 1, nodes: [{ name: "main" }] });
  });

  test("stay what they were told to be", async () => {
    const context = api.context();
    const first = await grow();
    const told = await membership(context, first);
    await grow();
    expect(await membership(context, first)).toEqual(told);
    expect((await context.frontiers.find("main"))?.members.map(String)).toEqual([first]);
  });

  test("are read again where the document meets another state of one at the same moment", async () => {
    const context = api.context();
    const first = await grow();
    const { pool } = api.database;
    const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
    const intervene = async (...args: unknown[]): Promise<unknown> => {
      const result = await query(...args);
      if (!String(args[0]).includes("frontier_commits m join")) return result;
      spy.mockRestore();
      await grow();
      await context.frontiers.find("main");
      return result;
    };
    const spy = jest.spyOn(pool, "query").mockImplementation((...args: unknown[]) => intervene(...args) as never);
    expect(await membership(context, first)).toEqual({ totalCount: 0, nodes: [] });
  });

  test("with several members are listed once for each", async () => {
    const [one, two] = [await grow(), await grow()];
    await branch("several", one);
    const side = (await commit(api, [{ create: { type: "counter", value: {} } }], { frontier: "several" })).commit
      .number;
    const commits = await antichainOf(api.store, [Number(side), Number(two)], []);
    await createFrontier(api.store, { name: "wide", version: { commits }, locked: false, author: null, message: null });
    const result = await api.run(
      `query ($a: BigInt!, $b: BigInt!) { a: commit(number: $a) { frontiers { nodes { name } } }
         b: commit(number: $b) { frontiers { nodes { name } } } }`,
      { a: side, b: two },
    );
    expect(result).toEqual({
      a: { frontiers: { nodes: [{ name: "several" }, { name: "wide" }] } },
      b: { frontiers: { nodes: [{ name: "main" }, { name: "wide" }] } },
    });
  });
});
