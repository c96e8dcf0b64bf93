/** Reverting and picking commits. */
import type { Data } from "../../support/graphql";
import { found, gone, op, withdraw, World, type CommitNumber } from "./world";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterEach(() => world.expectReplayed());

async function start(value: Record<string, unknown>) {
  const record = world.record();
  const main = await world.frontier();
  const A: CommitNumber = await world.commit(main, [op.create(record, value)]);
  return { record, main, A };
}

const revert = (frontier: string, what: Record<string, unknown>) => world.mutate("revert", { frontier, ...what });
const pick = (frontier: string, commits: CommitNumber[], more = {}) =>
  world.mutate("cherryPick", { frontier, commits, ...more });

describe("revert", () => {
  test("of a commit undoes what it did and keeps what came since elsewhere", async () => {
    const { record, main, A } = await start({ title: "old", n: 1, tags: ["a"], list: [1, 2], gone: true });
    const made = world.record();
    const B = await world.commit(main, [
      op.put(record, ["title"], "new"),
      op.increment(record, ["n"], 5),
      op.add(record, ["tags"], "b"),
      op.splice(record, ["list"], 0, 1, [7, 8]),
      op.remove(record, ["gone"]),
      op.create(made, { other: true }),
    ]);
    const C = await world.commit(main, [op.increment(record, ["n"], 10), op.put(record, ["more"], 1)]);
    const done = await revert(main, { commits: [B], message: "undo", author: "ada", metadata: { why: "wrong" } });
    expect(done).toMatchObject({
      __typename: "CommitPayload",
      commit: { message: "undo", author: "ada", metadata: { why: "wrong" }, parents: [{ number: C }] },
      change: { cause: "REVERT", message: "undo" },
    });
    await world.expectDrawn(`A-B-C-D`, { A, B, C, D: done.commit.number });
    const restored = { title: "old", n: 11, tags: ["a"], list: [1, 2], gone: true, more: 1 };
    expect(await world.states({ frontier: main }, record, made)).toEqual([restored, undefined]);
    // Reverting the revert does it again.
    const again = await revert(main, { commits: [done.commit.number] });
    expect(again).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.states({ frontier: main }, record, made)).toEqual([
      { title: "new", n: 16, tags: ["a", "b"], list: [7, 8, 2], more: 1 },
      { other: true },
    ]);
  });

  test("of several commits undoes the later one first", async () => {
    const { record, main, A } = await start({ title: "old" });
    const B = await world.commit(main, [op.put(record, ["title"], "newer")]);
    const C = await world.commit(main, [op.put(record, ["title"], "newest")]);
    expect(await revert(main, { commits: [B, C] })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ title: "old" });
    // What the first one left is there again.
    expect(await revert(main, { commits: [A] })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toBeUndefined();
  });

  test("of a change undoes what it brought in", async () => {
    const { record, main } = await start({ title: "old" });
    await world.commit(main, [op.put(record, ["title"], "new")]);
    expect(await revert(main, { change: "3" })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ title: "old" });
  });

  test("of a merge without a commit takes the frontier back to what it held before", async () => {
    const { record, main, A } = await start({ title: "old", n: 0, text: "" });
    const B = await world.branch([A], [op.put(record, ["text"], "b"), op.put(record, ["title"], "Ada's")]);
    const C = await world.branch([B], [op.increment(record, ["n"], 2)]);
    const D = await world.commit(main, [op.put(record, ["more"], true)]);
    await world.expectDrawn(
      String.raw`
  B-C
 /
A-D`,
      { A, B, C, D },
    );
    const merged = await world.merge(main, C);
    expect(merged).toMatchObject({ commit: null, change: { sequence: "4" } });
    expect(await world.state(main, record)).toEqual({ title: "Ada's", n: 2, text: "b", more: true });
    const done = await revert(main, { change: "4" });
    expect(done).toMatchObject({ commit: { parents: [{ number: C }, { number: D }] }, change: { cause: "REVERT" } });
    expect(await world.state(main, record)).toEqual({ title: "old", n: 0, text: "", more: true });
  });

  test("of a merge that overwrote what the frontier held puts that back", async () => {
    const { record, main, A } = await start({ title: "old" });
    const B = await world.commit(main, [op.put(record, ["title"], "mine")], { parents: [A] });
    const C = await world.branch([A], [op.put(record, ["title"], "theirs")]);
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    await world.merge(main, C);
    expect(await world.state(main, record)).toEqual({ title: "theirs" });
    expect(await revert(main, { change: "4" })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ title: "mine" });
    // Both of them, one after the other in canonical order.
    const other = await world.materialised(B, C);
    expect(await revert(other, { commits: [C, B] })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(other, record)).toEqual({ title: "old" });
    // What has been overwritten has nothing left to undo.
    const third = await world.materialised(B, C);
    expect(await revert(third, { commits: [B] })).toMatchObject({
      __typename: "Conflicted",
      conflicts: [{ brokenBy: { nodes: [{ commit: { number: C } }] } }],
    });
  });

  test("of a merge commit undoes what it did itself", async () => {
    const { record, main, A } = await start({ balance: 50 });
    const B = await world.commit(main, [withdraw(record, 30)], { parents: [A] });
    const C = await world.branch([A], [withdraw(record, 40)]);
    const done = await world.merge(main, C, { resolution: [op.put(record, ["debt"], 20)], strategy: "OURS" });
    const undone = await revert(main, { commits: [done.commit.number] });
    expect(undone).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ balance: -20 });
    expect(await world.members(main)).toEqual([undone.commit.number]);
    expect(B).toBeDefined();
  });

  test("is refused where something was changed since, and says by whom", async () => {
    const { record, main } = await start({ title: "old", n: 0 });
    const B = await world.commit(main, [op.put(record, ["title"], "new"), op.increment(record, ["n"], 1)]);
    const C = await world.commit(main, [op.put(record, ["title"], "newer")]);
    await world.commit(main, [op.increment(record, ["n"], 1)]);
    const refused = await revert(main, { commits: [B] });
    expect(refused).toMatchObject({
      __typename: "Conflicted",
      code: "CONFLICT",
      conflicts: [
        {
          record: { uuid: record },
          path: ["title"],
          reason: "PREDICATE",
          predicate: { equals: { path: ["title"], value: "new" } },
          operation: { commit: { number: B } },
          operationIndex: null,
          brokenBy: { nodes: [{ commit: { number: C } }] },
          brokenByIndices: [],
          base: found("new"),
          sides: [
            { version: 0, value: found("newer") },
            { version: 1, value: found("new") },
          ],
          details: null,
        },
      ],
    });
    expect(refused.conflicts).toHaveLength(1);
    expect(await world.state(main, record)).toEqual({ title: "newer", n: 2 });
  });

  test("by force undoes what still can be undone", async () => {
    const { record, main } = await start({ title: "old", n: 0 });
    const B = await world.commit(main, [op.put(record, ["title"], "new"), op.increment(record, ["n"], 1)]);
    await world.commit(main, [op.put(record, ["title"], "newer")]);
    const D = await world.commit(main, [op.remove(record, ["n"])]);
    expect((await revert(main, { commits: [B] })).conflicts).toMatchObject([
      { path: ["n"], reason: "PRECONDITION", predicate: null, brokenBy: { nodes: [{ commit: { number: D } }] } },
      { path: ["title"] },
    ]);
    expect(await revert(main, { commits: [B], force: true })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ title: "old" });
    await world.commit(main, [op.remove(record)]);
    const nothing = await revert(main, { commits: [B], force: true });
    expect(nothing).toMatchObject({ __typename: "InvalidInput", inputPath: ["commits"] });
  });

  test("of a removal brings the record back, and of its making takes it away", async () => {
    const { record, main, A } = await start({ title: "old" });
    const B = await world.commit(main, [op.remove(record)]);
    const refused = await revert(main, { commits: [A] });
    expect(refused.conflicts).toMatchObject([{ path: [], brokenBy: { nodes: [{ commit: { number: B } }] } }]);
    expect(refused.conflicts[0].sides).toEqual([
      { version: 0, value: gone },
      { version: 1, value: found({ title: "old" }) },
    ]);
    expect(await revert(main, { commits: [B] })).toMatchObject({ created: [{ record: { uuid: record } }] });
    expect(await world.state(main, record)).toEqual({ title: "old" });
    expect(await revert(main, { commits: [A] })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toBeUndefined();
  });

  test("a state that breaks its schema is refused", async () => {
    const { record, main } = await start({ title: "old" });
    const B = await world.commit(main, [op.put(record, ["n"], 1)]);
    await world.api.run(
      `mutation ($schema: JSON) { defineRecordType(input: { name: "thing", schema: $schema }) { __typename } }`,
      { schema: { required: ["n"] } },
    );
    const refused = await revert(main, { commits: [B] });
    expect(refused).toMatchObject({ __typename: "InvalidInput" });
    expect(refused.inputPath[0]).toBe("commits");
    await world.api.run(`mutation { defineRecordType(input: { name: "thing", schema: null }) { __typename } }`);
  });

  test("names commits in the frontier's history, or a change that it has", async () => {
    const { main, A } = await start({});
    const elsewhere = await world.branch([], [op.create(world.record(), {})]);
    expect(await revert(main, { commits: [A, elsewhere] })).toMatchObject({
      __typename: "InvalidInput",
      inputPath: ["commits", 1],
    });
    expect(await revert(main, { commits: ["999999"] })).toMatchObject({
      __typename: "NotFound",
      inputPath: ["commits", 0],
    });
    expect(await revert(main, { change: "99" })).toMatchObject({ __typename: "NotFound", inputPath: ["change"] });
    expect(await revert(main, { change: "0" })).toMatchObject({ __typename: "NotFound", inputPath: ["change"] });
    // The change that made the frontier brought nothing.
    expect(await revert(main, { change: "1" })).toMatchObject({ __typename: "InvalidInput", inputPath: ["change"] });
    for (const what of [{}, { commits: [A], change: "2" }, { commits: [] }]) {
      expect(await revert(main, what)).toMatchObject({ __typename: "InvalidInput" });
    }
  });
});

describe("cherryPick", () => {
  test("proposes operations of another branch again, in canonical order, with their predicates", async () => {
    const { record, main, A } = await start({ balance: 100, n: 0, title: "" });
    const other = await world.frontier({ commit: A });
    const B = await world.commit(other, [withdraw(record, 30), op.put(record, ["title"], "first")]);
    const C = await world.commit(other, [op.increment(record, ["n"], 1)]);
    const D = await world.commit(other, [op.put(record, ["title"], "second")]);
    const done = await pick(main, [D, B], { message: "picked", author: "ada", metadata: [1] });
    expect(done).toMatchObject({
      __typename: "CommitPayload",
      commit: { message: "picked", author: "ada", metadata: [1], parents: [{ number: A }] },
      change: { cause: "CHERRY_PICK" },
    });
    await world.expectDrawn(
      String.raw`
  B-C-D
 /
A-E`,
      { A, B, C, D, E: done.commit.number },
    );
    expect(done.commit.operations.nodes).toMatchObject([
      { operation: "increment", predicates: [{ atLeast: { path: ["balance"], value: 30 } }] },
      { operation: "put", parameters: { value: "first" } },
      { operation: "put", parameters: { value: "second" } },
    ]);
    expect(await world.state(main, record)).toEqual({ balance: 70, n: 0, title: "second" });
    // Judged in the frontier's present; the index counts the operations of all commits.
    await world.commit(main, [withdraw(record, 50)]);
    expect(await pick(main, [C, B])).toMatchObject({
      __typename: "PredicateFailed",
      operationIndex: 0,
      predicate: { atLeast: { path: ["balance"], value: 30 } },
      actual: found(20),
    });
    expect(await pick(main, [C])).toMatchObject({ __typename: "CommitPayload" });
  });

  test("drops what is about the operations of the time", async () => {
    const { record, main, A } = await start({ title: "old" });
    const other = await world.frontier({ commit: A });
    const minding = [
      { all: [{ unchanged: { path: ["title"] } }, { equals: { path: ["title"], value: "old" } }] },
      { version: { heads: [A] } },
    ];
    const B = await world.commit(other, [op.put(record, ["title"], "new", minding)], { parents: [A] });
    await world.commit(main, [op.put(record, ["more"], 1)]);
    const done = await pick(main, [B]);
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    expect(done.commit.operations.nodes[0].predicates).toEqual([
      { all: [{ equals: { path: ["title"], value: "old" } }] },
    ]);
    expect(await world.state(main, record)).toEqual({ title: "new", more: 1 });
  });

  test("makes records that are not there, and refuses those that are", async () => {
    const { main, A } = await start({});
    const made = world.record();
    const B = await world.branch([A], [op.create(made, { n: 1 })]);
    expect(await pick(main, [B])).toMatchObject({ created: [{ record: { uuid: made } }] });
    expect(await world.state(main, made)).toEqual({ n: 1 });
    expect(await pick(main, [B])).toMatchObject({ __typename: "PredicateFailed", reason: "PRECONDITION" });
    // Picked twice the same change meets itself when the branch is merged.
    expect(await world.merge(main, B)).toMatchObject({ __typename: "Conflicted" });
  });

  test("needs commits, and operations in them", async () => {
    const { record, main, A } = await start({ n: 0 });
    const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
    await world.commit(main, [op.put(record, ["m"], 1)]);
    const merged = await world.merge(main, B, { createCommit: true });
    for (const commits of [[], [merged.commit.number]]) {
      expect(await pick(main, commits)).toMatchObject({ __typename: "InvalidInput", inputPath: ["commits"] });
    }
    expect(await pick(main, [A, "999999"])).toMatchObject({ __typename: "NotFound", inputPath: ["commits", 1] });
  });

  test("a commit that is named twice is picked once", async () => {
    const { record, main, A } = await start({ n: 0 });
    const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
    expect(await pick(main, [B, B])).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ n: 1 });
  });
});

test("the same idempotency key gives the same result, whatever the mutation", async () => {
  const { record, main, A } = await start({ n: 0 });
  const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
  const calls: [Parameters<World["mutate"]>[0], Record<string, unknown>][] = [
    ["merge", { into: main, from: { commit: A }, idempotencyKey: "nothing" }],
    ["merge", { into: main, from: { commit: B }, idempotencyKey: "forward" }],
    ["merge", { into: main, from: { commit: B }, createCommit: true, idempotencyKey: "made" }],
    ["cherryPick", { frontier: main, commits: [B], idempotencyKey: "picked" }],
    ["revert", { frontier: main, commits: [B], idempotencyKey: "undone" }],
  ];
  const results: Data[] = [];
  for (const [name, input] of calls) {
    const done = await world.mutate(name, input);
    expect(done).toMatchObject({ __typename: "CommitPayload", replayed: false });
    results.push(done);
  }
  expect(results[0]).toMatchObject({ commit: null, change: null });
  const { sequence } = results[4].frontier;
  for (const [index, [name, input]] of calls.entries()) {
    const again = await world.mutate(name, input);
    const { commit, change } = results[index];
    expect(again).toMatchObject({
      __typename: "CommitPayload",
      replayed: true,
      commit,
      change,
      frontier: { sequence },
    });
    const other = await world.mutate(name, { ...input, message: "another input" });
    expect(other).toMatchObject({ __typename: "AlreadyExists", inputPath: ["idempotencyKey"] });
  }
  // The key belongs to the call: another mutation with it is another input.
  expect(await world.mutate("revert", { frontier: main, commits: [B], idempotencyKey: "picked" })).toMatchObject({
    __typename: "AlreadyExists",
  });
  // Refusals are not kept.
  const refused = { frontier: main, commits: [A], idempotencyKey: "later" };
  expect(await world.mutate("cherryPick", refused)).toMatchObject({ __typename: "PredicateFailed" });
  await world.commit(main, [op.remove(record)]);
  expect(await world.mutate("cherryPick", refused)).toMatchObject({ replayed: false, __typename: "CommitPayload" });
});

test("an idempotency key is the frontier's own: on another one it is new", async () => {
  const { record, main, A } = await start({ n: 0 });
  const other = await world.materialised(A);
  const operations = [op.increment(record, ["n"], 1)];
  for (const frontier of [main, other]) {
    expect(await world.propose(frontier, operations, { idempotencyKey: "own" })).toMatchObject({ replayed: false });
    expect(await world.propose(frontier, operations, { idempotencyKey: "own" })).toMatchObject({ replayed: true });
  }
  expect(await world.state(other, record)).toEqual({ n: 1 });
});
