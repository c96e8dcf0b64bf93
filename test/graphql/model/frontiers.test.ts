/** Frontiers: made, moved, locked and deleted. */
import { parse, subscribe } from "graphql";
import { schema, type Data } from "../../support/graphql";
import { takeAll } from "../../live/take";
import { op, withdraw, World, type CommitNumber } from "./world";

let world: World;
beforeAll(async () => {
  world = await World.open();
  await world.api.live.start();
});
afterAll(() => world.api.live.stop());
afterEach(() => world.expectReplayed());

async function start(value: Record<string, unknown>) {
  const record = world.record();
  const main = await world.frontier();
  const A: CommitNumber = await world.commit(main, [op.create(record, value)]);
  return { record, main, A };
}

/** Two withdrawals that cannot stand together, and a third that goes with either. */
async function rivals() {
  const { record, main, A } = await start({ balance: 100 });
  const [B, C, D] = [
    await world.branch([A], [withdraw(record, 60)]),
    await world.branch([A], [withdraw(record, 50)]),
    await world.branch([A], [withdraw(record, 40)]),
  ];
  await world.expectDrawn(
    String.raw`
  B
 /
A-C
 \
  D`,
    { A, B, C, D },
  );
  return { record, main, A, B, C, D };
}

/** All events of a stream that has an end. */
async function streamOf(document: string, variables: Record<string, unknown>): Promise<Data[]> {
  const stream = await subscribe({
    schema,
    document: parse(document),
    variableValues: variables,
    contextValue: world.api.context(),
  });
  if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream.errors));
  return (await takeAll(stream)).map(({ data }) => Object.values<Data>(data ?? {})[0]);
}

describe("createFrontier", () => {
  test("of several commits that can stand together", async () => {
    const { record, A, B, D } = await rivals();
    const name = world.name();
    const done = await world.mutate("createFrontier", { name, from: { commits: [D, B, A] } });
    expect(done).toMatchObject({
      __typename: "FrontierPayload",
      frontier: { name, sequence: "1", locked: false, commits: [{ number: B }, { number: D }] },
    });
    expect(await world.state(name, record)).toEqual({ balance: 0 });
  });

  test("of several commits that cannot is refused, and nothing is made", async () => {
    const { record, A, B, C } = await rivals();
    const name = world.name();
    const refused = await world.mutate("createFrontier", { name, from: { commits: [B, C] } });
    expect(refused).toMatchObject({ __typename: "Conflicted", code: "CONFLICT" });
    expect(refused.conflicts).toMatchObject([
      {
        record: { uuid: record },
        path: ["balance"],
        reason: "PREDICATE",
        operation: { commit: { number: B } },
        brokenBy: { nodes: [{ commit: { number: C } }] },
        base: { value: 100 },
        sides: [{ value: { value: 40 } }, { value: { value: 50 } }],
      },
      { operation: { commit: { number: C } }, brokenBy: { nodes: [{ commit: { number: B } }] } },
    ]);
    expect(await world.api.run(`query ($name: String!) { frontier(name: $name) { name } }`, { name })).toEqual({
      frontier: null,
    });
    // The view is served all the same.
    expect(await world.states({ commits: [B, C] }, record)).toEqual([{ balance: -10 }]);
    expect(await world.states({ commit: A }, record)).toEqual([{ balance: 100 }]);
  });

  test("of another frontier, and of one as it stood", async () => {
    const { record, main } = await start({ n: 0 });
    await world.commit(main, [op.increment(record, ["n"], 1)]);
    const now = await world.frontier({ frontier: main });
    const then = await world.frontier({ asOf: { frontier: main, point: { sequence: "2" } } });
    await world.commit(main, [op.increment(record, ["n"], 1)]);
    expect([await world.state(now, record), await world.state(then, record)]).toEqual([{ n: 1 }, { n: 0 }]);
    // They go their own ways.
    await world.commit(then, [op.increment(record, ["n"], 10)]);
    expect([await world.state(main, record), await world.state(then, record)]).toEqual([{ n: 2 }, { n: 10 }]);
  });
});

describe("moveFrontier", () => {
  test("back, forth and aside, with rows that follow", async () => {
    const { record, main, A } = await start({ n: 0 });
    const made = world.record();
    const B = await world.commit(main, [op.increment(record, ["n"], 1), op.create(made, { n: 9 })]);
    const C = await world.branch([A], [op.remove(record)]);
    const move = (to: Record<string, unknown>, more = {}) =>
      world.mutate("moveFrontier", { name: main, to, author: "ada", message: "there", ...more });
    expect(await move({ commit: A })).toMatchObject({
      __typename: "FrontierPayload",
      frontier: { sequence: "4", commits: [{ number: A }] },
    });
    expect(await world.states({ frontier: main }, record, made)).toEqual([{ n: 0 }, undefined]);
    await world.expectReplayed();
    await move({ commit: C });
    expect(await world.states({ frontier: main }, record, made)).toEqual([undefined, undefined]);
    await world.expectReplayed();
    await move({ commits: [B] });
    expect(await world.states({ frontier: main }, record, made)).toEqual([{ n: 1 }, { n: 9 }]);
    await world.expectReplayed();
    await move({ commits: [] });
    expect(await world.states({ frontier: main }, record, made)).toEqual([undefined, undefined]);
    const { frontier } = await world.api.run(
      `query ($name: String!) { frontier(name: $name) { log(cause: MOVE) { totalCount nodes {
         sequence author message before { number } after { number }
         newCommits { nodes { number } } removedCommits { nodes { number } } } } } }`,
      { name: main },
    );
    expect(frontier.log.totalCount).toBe(4);
    expect(frontier.log.nodes[1]).toMatchObject({
      author: "ada",
      message: "there",
      before: [{ number: C }],
      after: [{ number: B }],
      newCommits: { nodes: [{ number: B }] },
      removedCommits: { nodes: [{ number: C }] },
    });
  });

  test("is guarded by the sequence that the caller saw", async () => {
    const { main, A } = await start({});
    const B = await world.commit(main, [op.create(world.record(), {})]);
    const move = (expectedSequence: string, to: CommitNumber) =>
      world.mutate("moveFrontier", { name: main, to: { commit: to }, expectedSequence });
    expect(await move("2", A)).toMatchObject({ __typename: "StaleSequence", sequence: "3" });
    expect(await world.members(main)).toEqual([B]);
    expect(await move("3", A)).toMatchObject({ __typename: "FrontierPayload" });
    // Where it is already it stays, without a change.
    expect(await move("4", A)).toMatchObject({ frontier: { sequence: "4" } });
  });

  test("to a version that is not consistent is refused", async () => {
    const { main, A, B, C, D } = await rivals();
    const move = (...commits: CommitNumber[]) => world.mutate("moveFrontier", { name: main, to: { commits } });
    expect(await move(B, C)).toMatchObject({ __typename: "Conflicted", conflicts: [{}, {}] });
    expect(await move(B, C, D)).toMatchObject({ __typename: "Conflicted", conflicts: [{}, {}, {}] });
    expect(await world.members(main)).toEqual([A]);
    expect(await move(B, D)).toMatchObject({ frontier: { commits: [{ number: B }, { number: D }] } });
  });
});

describe("deleteFrontier", () => {
  test("keeps the commits, ends its streams, and its name goes on counting", async () => {
    const { record, main, A } = await start({ n: 0 });
    const changes = streamOf(
      `subscription ($name: String!) { frontierChanges(frontier: $name, after: "0") { sequence cause } }`,
      { name: main },
    );
    const commits = streamOf(
      `subscription ($name: String!) { newCommits(frontier: $name, after: "0") { commit { number } } }`,
      { name: main },
    );
    const B = await world.commit(main, [op.increment(record, ["n"], 1)]);
    expect(await world.mutate("deleteFrontier", { name: main, expectedSequence: "2" })).toMatchObject({
      __typename: "StaleSequence",
      sequence: "3",
    });
    const done = await world.mutate("deleteFrontier", { name: main, expectedSequence: "3", author: "ada" });
    expect(done).toEqual({ __typename: "DeleteFrontierPayload", id: `Frontier:${main}`, name: main });
    expect(await changes).toEqual([
      { sequence: "1", cause: "CREATE" },
      { sequence: "2", cause: "COMMIT" },
      { sequence: "3", cause: "COMMIT" },
      { sequence: "4", cause: "DELETE" },
    ]);
    expect(await commits).toEqual([{ commit: { number: A } }, { commit: { number: B } }]);
    const read = await world.api.run(
      `query ($name: String!, $id: ID!) { frontier(name: $name) { name } node(id: $id) { id }
         frontiers(prefix: $name) { totalCount } view(at: { commit: ${B} }) { id } }`,
      { name: main, id: `Frontier:${main}` },
    );
    expect(read).toEqual({ frontier: null, node: null, frontiers: { totalCount: 0 }, view: { id: `View:${B}` } });
    for (const [name, input] of [
      ["commit", { frontier: main, operations: [op.increment(record, ["n"], 1)] }],
      ["merge", { into: main, from: { commit: A } }],
      ["moveFrontier", { name: main, to: { commit: A } }],
      ["deleteFrontier", { name: main }],
    ] as const) {
      expect(await world.mutate(name, input)).toMatchObject({ __typename: "NotFound" });
    }
    // Made again it is another one that goes on counting, and holds what it was made of.
    expect(await world.mutate("createFrontier", { name: main })).toMatchObject({
      frontier: { name: main, sequence: "5", commits: [] },
    });
    expect(await world.states({ frontier: main }, record)).toEqual([undefined]);
    await world.expectReplayed();
    expect(await world.propose(main, [op.create(world.record(), {})])).toMatchObject({ frontier: { sequence: "6" } });
  });

  test("of main is refused, and so is that of a locked one", async () => {
    expect(await world.mutate("deleteFrontier", { name: "main" })).toMatchObject({
      __typename: "InvalidInput",
      inputPath: ["name"],
    });
    const { main } = await start({});
    await world.mutate("lockFrontier", { name: main, locked: true });
    expect(await world.mutate("deleteFrontier", { name: main })).toMatchObject({
      __typename: "Locked",
      code: "LOCKED",
    });
    expect(await world.members(main)).toHaveLength(1);
  });
});

test("a locked frontier refuses everything but unlocking", async () => {
  const { record, main, A } = await start({ n: 0 });
  const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
  const kept = { frontier: main, operations: [op.increment(record, ["n"], 5)], idempotencyKey: "before the lock" };
  const done = await world.mutate("commit", kept);
  expect(await world.mutate("lockFrontier", { name: main, locked: true })).toMatchObject({
    frontier: { locked: true, sequence: "4" },
  });
  for (const [name, input] of [
    ["commit", { frontier: main, operations: [op.increment(record, ["n"], 1)] }],
    ["commit", { frontier: main, operations: [op.increment(record, ["n"], 1)], parents: [A] }],
    ["merge", { into: main, from: { commit: B } }],
    ["merge", { into: main, from: { commit: A } }],
    ["revert", { frontier: main, commits: [A] }],
    ["cherryPick", { frontier: main, commits: [B] }],
    ["moveFrontier", { name: main, to: { commit: B } }],
    ["deleteFrontier", { name: main }],
  ] as const) {
    expect([name, await world.mutate(name, input)]).toMatchObject([name, { __typename: "Locked", code: "LOCKED" }]);
  }
  expect(await world.members(main)).toEqual([done.commit.number]);
  // What was done before the lock may be asked for again, and what it holds may be joined elsewhere.
  expect(await world.mutate("commit", kept)).toMatchObject({ replayed: true, commit: { number: done.commit.number } });
  const other = await world.materialised(B);
  expect(await world.merge(other, { frontier: main })).toMatchObject({ __typename: "CommitPayload" });
  expect(await world.state(other, record)).toEqual({ n: 6 });
  expect(await world.mutate("lockFrontier", { name: main, locked: false })).toMatchObject({
    frontier: { locked: false, sequence: "5" },
  });
  expect(await world.merge(main, B)).toMatchObject({ __typename: "CommitPayload" });
});
