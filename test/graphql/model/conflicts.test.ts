/** What conflicts and what does not, scenario by scenario, each with its graph. */
import type { Data } from "../../support/graphql";
import { defineType } from "../../support/graphql";
import { found, gone, op, withdraw, World, type CommitNumber } from "./world";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterEach(() => world.expectReplayed());

/** A record that is made in a first commit. */
async function start(value: Record<string, unknown>): Promise<{ record: string; A: CommitNumber }> {
  const record = world.record();
  return { record, A: await world.branch([], [op.create(record, value)]) };
}

/** What a conflict says of the commits that it names. */
const commitsOf = (conflict: Data) => ({
  broken: conflict.operation?.commit.number,
  by: conflict.brokenBy.nodes.map((operation: Data) => operation.commit.number),
});

describe("withdrawals", () => {
  test("two that fit stand beside each other, without a merge commit", async () => {
    const { record, A } = await start({ balance: 100 });
    const [B, C] = [await world.branch([A], [withdraw(record, 60)]), await world.branch([A], [withdraw(record, 40)])];
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    const preview = await world.preview([B, C]);
    expect(preview).toMatchObject({ compatible: true, conflicts: { totalCount: 0 }, bases: [{ number: A }] });
    expect(preview).toMatchObject({ overlaps: { totalCount: 0 }, minimalConflicts: [], largestCompatible: [0, 1] });
    const main = await world.materialised(B);
    const done = await world.merge(main, C);
    expect(done).toMatchObject({
      __typename: "CommitPayload",
      commit: null,
      frontier: { commits: [{ number: B }, { number: C }] },
      change: { cause: "MERGE", before: [{ number: B }], newCommits: { nodes: [{ number: C }] } },
      records: { nodes: [{ record: { uuid: record }, exists: true, state: { balance: 0 } }] },
    });
  });

  test("three do not fit although every two of them do", async () => {
    const { record, A } = await start({ balance: 100 });
    const [B, C, D] = [
      await world.branch([A], [withdraw(record, 40)]),
      await world.branch([A], [withdraw(record, 50)]),
      await world.branch([A], [withdraw(record, 30)]),
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
    const preview = await world.preview([B, C, D]);
    expect(preview).toMatchObject({ compatible: false, minimalConflicts: [[0, 1, 2]], largestCompatible: [0, 1] });
    // Each of them is refused in what the two others leave.
    expect(preview.conflicts.nodes.map(commitsOf)).toEqual([
      { broken: B, by: [C, D] },
      { broken: C, by: [B, D] },
      { broken: D, by: [B, C] },
    ]);
    expect(preview.conflicts.nodes[0]).toMatchObject({
      record: { uuid: record },
      path: ["balance"],
      reason: "PREDICATE",
      predicate: { atLeast: { path: ["balance"], value: 40 } },
      operationIndex: null,
      brokenByIndices: [],
      base: found(100),
      sides: [
        { version: 0, value: found(60) },
        { version: 1, value: found(50) },
        { version: 2, value: found(70) },
      ],
      details: null,
    });
    for (const pair of [
      [B, C],
      [B, D],
      [C, D],
    ]) {
      expect(await world.preview(pair)).toMatchObject({ compatible: true });
    }
    const main = await world.materialised(B, C);
    const refused = await world.merge(main, D);
    expect(refused).toMatchObject({ __typename: "Conflicted", code: "CONFLICT" });
    expect(refused.conflicts).toHaveLength(3);
    expect(refused.conflicts[0].sides).toEqual([
      { version: 0, value: found(10) },
      { version: 1, value: found(70) },
    ]);
    expect(await world.members(main)).toEqual([B, C]);
  });

  test("the third one is refused as a commit on the past, which names what is proposed by its index", async () => {
    const { record, A } = await start({ balance: 100, name: "joint" });
    const main = await world.materialised(A);
    const B = await world.commit(main, [withdraw(record, 40)], { parents: [A] });
    const C = await world.commit(main, [withdraw(record, 50)], { parents: [A] });
    expect(await world.members(main)).toEqual([B, C]);
    const before = await world.api.database.pool.query(`select count(*) from omdb.operations`);
    const refused = await world.propose(main, [op.put(record, ["name"], "mine"), withdraw(record, 30)], {
      parents: [A],
    });
    expect(refused).toMatchObject({ __typename: "Conflicted" });
    const [stored, other, proposed] = refused.conflicts;
    expect(commitsOf(stored)).toEqual({ broken: B, by: [C] });
    expect(commitsOf(other)).toEqual({ broken: C, by: [B] });
    expect(stored).toMatchObject({ operationIndex: null, brokenByIndices: [1], base: found(100) });
    expect(proposed).toMatchObject({
      operation: null,
      operationIndex: 1,
      brokenByIndices: [],
      record: { uuid: record },
      path: ["balance"],
      reason: "PREDICATE",
      predicate: { atLeast: { path: ["balance"], value: 30 } },
      base: found(100),
      sides: [
        { version: 0, value: found(10) },
        { version: 1, value: found(70) },
      ],
    });
    expect(commitsOf(proposed)).toEqual({ broken: undefined, by: [B, C] });
    expect((await world.api.database.pool.query(`select count(*) from omdb.operations`)).rows).toEqual(before.rows);
  });
});

describe("edit against delete", () => {
  test("conflicts, whichever was first, and says that the record is gone on one side", async () => {
    const { record, A } = await start({ title: "draft" });
    const B = await world.branch([A], [op.put(record, ["title"], "edited")]);
    const C = await world.branch([A], [op.remove(record)]);
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    for (const versions of [
      [B, C],
      [C, B],
    ]) {
      const { conflicts } = await world.preview(versions);
      expect(conflicts.totalCount).toBe(1);
      expect(commitsOf(conflicts.nodes[0])).toEqual({ broken: B, by: [C] });
      expect(conflicts.nodes[0]).toMatchObject({
        path: ["title"],
        reason: "PRECONDITION",
        predicate: null,
        base: found("draft"),
        sides: versions.map((side, version) => ({ version, value: side === B ? found("edited") : gone })),
      });
    }
  });

  test("is settled either way", async () => {
    const { record, A } = await start({ title: "draft" });
    const B = await world.branch([A], [op.put(record, ["title"], "edited")]);
    const C = await world.branch([A], [op.remove(record)]);
    const kept = await world.materialised(B);
    expect(await world.merge(kept, C, { strategy: "OURS" })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(kept, record)).toEqual({ title: "edited" });
    const deleted = await world.materialised(B);
    const done = await world.merge(deleted, C, { strategy: "THEIRS" });
    expect(done).toMatchObject({ __typename: "CommitPayload", commit: { parents: [{ number: B }, { number: C }] } });
    expect(await world.state(deleted, record)).toBeUndefined();
  });

  test("of a member is no conflict but an overlap: what is put last stands", async () => {
    const { record, A } = await start({ title: "draft" });
    const B = await world.branch([A], [op.remove(record, ["title"])]);
    const C = await world.branch([A], [op.put(record, ["title"], "edited")]);
    const preview = await world.preview([B, C]);
    expect(preview).toMatchObject({ compatible: true, overlaps: { totalCount: 1 } });
    const main = await world.materialised(B);
    await world.merge(main, C);
    expect(await world.state(main, record)).toEqual({ title: "edited" });
  });

  test("two that delete the same agree", async () => {
    const { record, A } = await start({ title: "draft" });
    const B = await world.branch([A], [op.remove(record)]);
    const C = await world.branch([A], [op.remove(record)]);
    expect(await world.preview([B, C])).toMatchObject({ compatible: true, overlaps: { totalCount: 0 } });
    const main = await world.materialised(B);
    await world.merge(main, C);
    expect(await world.state(main, record)).toBeUndefined();
  });
});

test("create against create: the same id made twice", async () => {
  const record = world.record();
  const A = await world.branch([], [op.create(world.record(), {})]);
  const B = await world.branch([A], [op.create(record, { by: "Ada" })]);
  const C = await world.branch([A], [op.create(record, { by: "Bob" })]);
  await world.expectDrawn(
    String.raw`
  B
 /
A-C`,
    { A, B, C },
  );
  const { conflicts } = await world.preview([B, C]);
  expect(conflicts.nodes.map(commitsOf)).toEqual([
    { broken: B, by: [C] },
    { broken: C, by: [B] },
  ]);
  expect(conflicts.nodes[0]).toMatchObject({
    record: { uuid: record },
    path: [],
    reason: "PRECONDITION",
    predicate: null,
    base: gone,
    sides: [
      { version: 0, value: found({ by: "Ada" }) },
      { version: 1, value: found({ by: "Bob" }) },
    ],
  });
  const main = await world.materialised(B);
  expect(await world.merge(main, C, { strategy: "THEIRS" })).toMatchObject({ __typename: "CommitPayload" });
  expect(await world.state(main, record)).toEqual({ by: "Bob" });
});

describe("a reference to a record that the other side removed", () => {
  test("conflicts at the record that is referred to", async () => {
    const { record: customer, A } = await start({ name: "Ada" });
    const order = world.record();
    const B = await world.branch([A], [op.create(order, { customer }, [{ exists: { record: customer, path: [] } }])]);
    const C = await world.branch([A], [op.remove(customer)]);
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    const { conflicts } = await world.preview([B, C]);
    expect(conflicts.totalCount).toBe(1);
    expect(commitsOf(conflicts.nodes[0])).toEqual({ broken: B, by: [C] });
    expect(conflicts.nodes[0]).toMatchObject({
      record: { uuid: customer },
      path: [],
      reason: "PREDICATE",
      predicate: { exists: { record: customer, path: [] } },
      base: found({ name: "Ada" }),
      sides: [
        { version: 0, value: found({ name: "Ada" }) },
        { version: 1, value: gone },
      ],
    });
    // As a commit on the past it is refused from either side.
    const main = await world.materialised(C);
    const refused = await world.propose(
      main,
      [op.create(world.record(), { customer }, [{ exists: { record: customer, path: [] } }])],
      { parents: [A] },
    );
    expect(refused).toMatchObject({ __typename: "Conflicted", conflicts: [{ operation: null, operationIndex: 0 }] });
    const other = await world.materialised(B);
    const removal = await world.propose(other, [op.remove(customer)], { parents: [A] });
    expect(removal).toMatchObject({ __typename: "Conflicted", conflicts: [{ operationIndex: null }] });
    expect(removal.conflicts[0]).toMatchObject({ brokenByIndices: [0], brokenBy: { nodes: [] } });
  });

  test("is settled by a choice at the reference as well as at what it refers to", async () => {
    const { record: customer, A } = await start({ name: "Ada" });
    const order = world.record();
    const B = await world.branch([A], [op.create(order, { customer }, [{ exists: { record: customer, path: [] } }])]);
    const C = await world.branch([A], [op.remove(customer)]);
    const back = await world.materialised(B);
    const chosen = { choices: [{ record: customer, path: [], take: "OURS" }] };
    expect(await world.merge(back, C, chosen)).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.states({ frontier: back }, customer, order)).toEqual([{ name: "Ada" }, { customer }]);
    const without = await world.materialised(B);
    const dropped = { choices: [{ record: order, path: [], take: "THEIRS" }] };
    expect(await world.merge(without, C, dropped)).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.states({ frontier: without }, customer, order)).toEqual([undefined, undefined]);
  });
});

test("a criss-cross merge: both sides have merged the other's first commit", async () => {
  const { record, A } = await start({ balance: 100, title: "" });
  const [B, C] = [await world.branch([A], [withdraw(record, 40)]), await world.branch([A], [withdraw(record, 30)])];
  const D = await world.branch([B, C], [withdraw(record, 20)]);
  const E = await world.branch([B, C], [withdraw(record, 20)]);
  await world.expectDrawn(
    String.raw`
  B-D
 / x
A-C-E`,
    { A, B, C, D, E },
  );
  const preview = await world.preview([D, E]);
  expect(preview).toMatchObject({ compatible: false, bases: [{ number: B }, { number: C }] });
  expect(preview.conflicts.nodes.map(commitsOf)).toEqual([
    { broken: D, by: [E] },
    { broken: E, by: [D] },
  ]);
  // What both share is the merged view of both bases.
  expect(preview.conflicts.nodes[0]).toMatchObject({
    base: found(30),
    sides: [
      { version: 0, value: found(10) },
      { version: 1, value: found(10) },
    ],
  });
  const F = await world.branch([B, C], [op.put(record, ["title"], "fits")]);
  const main = await world.materialised(D);
  expect(await world.merge(main, F)).toMatchObject({ frontier: { commits: [{ number: D }, { number: F }] } });
  expect(await world.state(main, record)).toEqual({ balance: 10, title: "fits" });
});

test("counter, set and maximum merge without a word", async () => {
  const { record, A } = await start({ visits: 1, tags: ["a", "b"], best: 10 });
  const B = await world.branch(
    [A],
    [op.increment(record, ["visits"], 2), op.add(record, ["tags"], "c"), op.max(record, ["best"], 30)],
  );
  const C = await world.branch(
    [A],
    [op.increment(record, ["visits"], 3), op.discard(record, ["tags"], "a"), op.max(record, ["best"], 20)],
  );
  await world.expectDrawn(
    String.raw`
  B
 /
A-C`,
    { A, B, C },
  );
  expect(await world.preview([B, C])).toMatchObject({ compatible: true, overlaps: { totalCount: 0 } });
  const main = await world.materialised(B);
  const done = await world.merge(main, C);
  expect(done).toMatchObject({ commit: null, overlaps: { totalCount: 0 } });
  expect(await world.state(main, record)).toEqual({ visits: 6, tags: ["b", "c"], best: 30 });
});

describe("the same title written twice", () => {
  test("is an overlap, and the later one in canonical order stands", async () => {
    const { record, A } = await start({ title: "old" });
    const B = await world.branch([A], [op.put(record, ["title"], "Ada's")]);
    const C = await world.branch([A], [op.put(record, ["title"], "Bob's")]);
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    const overlaps = {
      totalCount: 1,
      nodes: [
        {
          record: { uuid: record },
          path: ["title"],
          kept: { commit: { number: C } },
          overridden: [{ commit: { number: B } }],
        },
      ],
    };
    expect(await world.preview([C, B])).toMatchObject({ compatible: true, overlaps });
    const main = await world.materialised(C);
    expect(await world.merge(main, B)).toMatchObject({ commit: null, overlaps });
    expect(await world.state(main, record)).toEqual({ title: "Bob's" });
    const other = await world.materialised(A);
    await world.commit(other, [op.put(record, ["title"], "Cy's")], { parents: [A] });
    const done = await world.propose(other, [op.put(record, ["title"], "Di's")], { parents: [A] });
    expect(done).toMatchObject({ overlaps: { totalCount: 1 } });
  });

  test("is a conflict and no overlap where one of them minds", async () => {
    const { record, A } = await start({ title: "old" });
    const old = [{ equals: { path: ["title"], value: "old" } }];
    const B = await world.branch([A], [op.put(record, ["title"], "Ada's", old)]);
    const C = await world.branch([A], [op.put(record, ["title"], "Bob's")]);
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    const preview = await world.preview([B, C]);
    expect(preview).toMatchObject({ compatible: false, overlaps: { totalCount: 0 } });
    expect(preview.conflicts.nodes.map(commitsOf)).toEqual([{ broken: B, by: [C] }]);
    // Where three write, what is a conflict of two is still an overlap with the third.
    const D = await world.branch([A], [op.put(record, ["title"], "Cy's")]);
    const { overlaps } = await world.preview([B, C, D]);
    expect(overlaps.nodes).toMatchObject([
      { kept: { commit: { number: D } }, overridden: [{ commit: { number: C } }] },
    ]);
  });

  test("is a conflict under unchanged, whatever the value", async () => {
    const { record, A } = await start({ title: "old", text: "" });
    const main = await world.materialised(A);
    const unchanged = [{ unchanged: { path: ["title"] } }];
    const B = await world.commit(main, [op.put(record, ["text"], "read the title", unchanged)], { parents: [A] });
    const refused = await world.propose(main, [op.put(record, ["title"], "new")], { parents: [A] });
    expect(refused).toMatchObject({ __typename: "Conflicted" });
    expect(refused.conflicts).toMatchObject([
      {
        record: { uuid: record },
        path: ["title"],
        reason: "PREDICATE",
        predicate: { unchanged: { path: ["title"] } },
        operation: { commit: { number: B } },
        operationIndex: null,
        brokenBy: { nodes: [] },
        brokenByIndices: [0],
        base: found("old"),
        sides: [
          { version: 0, value: found("old") },
          { version: 1, value: found("new") },
        ],
      },
    ]);
    // The other way round it is the proposed one that minds.
    const C = await world.commit(main, [op.put(record, ["text"], "other")], { parents: [B] });
    const late = await world.propose(main, [op.put(record, ["title"], "x", [{ unchanged: { path: ["text"] } }])], {
      parents: [B],
    });
    expect(late.conflicts).toMatchObject([
      { operation: null, operationIndex: 0, brokenBy: { nodes: [{ commit: { number: C } }] } },
    ]);
    const D = await world.commit(main, [op.put(record, ["title"], "seen")], { parents: [B] });
    await world.expectDrawn(
      String.raw`
    C
   /
A-B-D`,
      { A, B, C, D },
    );
  });
});

describe("version, the optimistic lock", () => {
  test("names the record's latest commits at the parents", async () => {
    const { record, A } = await start({ title: "old", n: 0 });
    const main = await world.materialised(A);
    const at = (...heads: CommitNumber[]) => [{ version: { heads } }];
    const wrong = await world.propose(main, [op.put(record, ["title"], "x", at("999999"))], { parents: [A] });
    expect(wrong).toMatchObject({ __typename: "PredicateFailed", reason: "PREDICATE", operationIndex: 0 });
    const B = await world.commit(main, [op.put(record, ["title"], "mine", at(A))], { parents: [A] });
    // Who saw the same version comes too late, even at another place.
    const late = await world.propose(main, [op.increment(record, ["n"], 1, at(A))], { parents: [A] });
    expect(late).toMatchObject({ __typename: "Conflicted" });
    expect(late.conflicts.map((conflict: Data) => [conflict.operationIndex, commitsOf(conflict)])).toEqual([
      [null, { broken: B, by: [] }],
      [0, { broken: undefined, by: [B] }],
    ]);
    expect(late.conflicts[1]).toMatchObject({ path: [], predicate: { version: { heads: [Number(A)] } } });
    const C = await world.commit(main, [op.increment(record, ["n"], 1, at(B))], { parents: [B] });
    expect(await world.members(main)).toEqual([C]);
    const unnamed = await world.propose(main, [op.increment(record, ["n"], 1, at(C))]);
    expect(unnamed).toMatchObject({ __typename: "InvalidInput" });
  });

  test("and unchanged are judged before the commit's own operations", async () => {
    const { record, A } = await start({ title: "old", n: 0 });
    const main = await world.materialised(A);
    const minding = [{ version: { heads: [A] } }, { unchanged: { path: ["title"] } }];
    const operations = [op.put(record, ["title"], "mine"), op.increment(record, ["n"], 1, minding)];
    const B = await world.commit(main, operations, { parents: [A] });
    expect(await world.members(main)).toEqual([B]);
  });

  test("of a record with several heads, and of another record", async () => {
    const { record, A } = await start({ n: 0, m: 0 });
    const main = await world.materialised(A);
    const B = await world.commit(main, [op.increment(record, ["n"], 1)], { parents: [A] });
    const C = await world.commit(main, [op.increment(record, ["m"], 1)], { parents: [A] });
    const lock = [{ version: { heads: [C, B], record } }];
    const other = world.record();
    await world.commit(main, [op.create(other, { seen: true }, lock)], { parents: [B, C] });
    const late = await world.propose(main, [op.increment(record, ["n"], 1)], { parents: [B, C] });
    expect(late.conflicts).toMatchObject([{ record: { uuid: record }, path: [], reason: "PREDICATE" }]);
  });
});

describe("positions", () => {
  test("a splice is broken by another splice of the list", async () => {
    const { record, A } = await start({ list: ["a", "b", "c"] });
    const B = await world.branch([A], [op.splice(record, ["list"], 0, 1, [])]);
    const C = await world.branch([A], [op.splice(record, ["list"], 2, 1, ["z"])]);
    const { conflicts } = await world.preview([B, C]);
    expect(conflicts.nodes.map(commitsOf)).toEqual([
      { broken: B, by: [C] },
      { broken: C, by: [B] },
    ]);
    expect(conflicts.nodes[0]).toMatchObject({
      path: ["list"],
      reason: "POSITION",
      predicate: null,
      base: found(["a", "b", "c"]),
      sides: [
        { version: 0, value: found(["b", "c"]) },
        { version: 1, value: found(["a", "b", "z"]) },
      ],
    });
  });

  test("an element put by its index is broken by a splice, which it does not break", async () => {
    const { record, A } = await start({ list: ["a", "b", "c"] });
    const B = await world.branch([A], [op.put(record, ["list", 2], "z")]);
    const C = await world.branch([A], [op.splice(record, ["list"], 0, 1, [])]);
    const { conflicts } = await world.preview([B, C]);
    expect(conflicts.nodes.map(commitsOf)).toEqual([{ broken: B, by: [C] }]);
    expect(conflicts.nodes[0]).toMatchObject({ path: ["list", 2], reason: "POSITION", base: found("c") });
  });

  test("two elements put by their index stand beside each other", async () => {
    const { record, A } = await start({ list: ["a", "b", "c"] });
    const B = await world.branch([A], [op.put(record, ["list", 0], "x")]);
    const C = await world.branch([A], [op.put(record, ["list", 2], "z")]);
    expect(await world.preview([B, C])).toMatchObject({ compatible: true, overlaps: { totalCount: 0 } });
  });

  test("a predicate at an index is broken by what moves the elements", async () => {
    const { record, A } = await start({ list: ["a", "b"], done: false });
    const first = [{ equals: { path: ["list", 1], value: "b" } }];
    const B = await world.branch([A], [op.put(record, ["done"], true, first)]);
    const C = await world.branch([A], [op.add(record, ["list"], "c")]);
    const { conflicts } = await world.preview([B, C]);
    expect(conflicts.nodes.map(commitsOf)).toEqual([{ broken: B, by: [C] }]);
    expect(conflicts.nodes[0]).toMatchObject({
      path: ["list", 1],
      reason: "POSITION",
      predicate: first[0],
      base: found("b"),
    });
  });

  test("two edits of a text", async () => {
    const { record, A } = await start({ text: "hello world" });
    const B = await world.branch([A], [op.edit(record, ["text"], 0, 5, "bye")]);
    const main = await world.materialised(B);
    const refused = await world.propose(main, [op.edit(record, ["text"], 11, 0, "!")], { parents: [A] });
    expect(refused.conflicts).toMatchObject([
      { reason: "POSITION", path: ["text"], operation: { commit: { number: B } }, brokenByIndices: [0] },
      { reason: "POSITION", path: ["text"], operationIndex: 0, brokenBy: { nodes: [{ commit: { number: B } }] } },
    ]);
  });
});

describe("a schema that only the merge breaks", () => {
  const schema = {
    type: "object",
    // Not both.
    not: { required: ["phone", "fax"] },
  };
  const create = (record: string) => ({ create: { record, type: "contact", value: { name: "Ada" } } });
  let record: string;
  let [A, B, C] = ["", "", ""];
  beforeAll(() => defineType(world.api, "contact", { schema }));
  beforeEach(async () => {
    record = world.record();
    A = await world.branch([], [create(record)]);
    B = await world.branch([A], [op.put(record, ["phone"], "1")]);
    C = await world.branch([A], [op.put(record, ["fax"], "2")]);
  });

  test("conflicts with the validator's errors", async () => {
    await world.expectDrawn(
      String.raw`
  B
 /
A-C`,
      { A, B, C },
    );
    const preview = await world.preview([B, C]);
    expect(preview).toMatchObject({ compatible: false, minimalConflicts: [[0, 1]], largestCompatible: [0] });
    expect(preview.conflicts.nodes).toMatchObject([
      {
        record: { uuid: record },
        path: [],
        reason: "SCHEMA",
        predicate: null,
        operation: { commit: { number: C } },
        operationIndex: null,
        brokenBy: { nodes: [{ commit: { number: B } }] },
        brokenByIndices: [],
        base: found({ name: "Ada" }),
        sides: [
          { version: 0, value: found({ name: "Ada", phone: "1" }) },
          { version: 1, value: found({ name: "Ada", fax: "2" }) },
        ],
      },
    ]);
    expect(preview.conflicts.nodes[0].details.length).toBeGreaterThan(0);
    // The same versions, named as one or as two.
    expect(await world.preview([{ commits: [B, C] }])).toMatchObject({ compatible: false });
    expect(await world.preview([B, C])).toMatchObject({ minimalConflicts: [[0, 1]], largestCompatible: [0] });
    const name = await world.frontier();
    expect(await world.mutate("moveFrontier", { name, to: { commits: [B, C] } })).toMatchObject({
      __typename: "Conflicted",
      conflicts: [{ reason: "SCHEMA" }],
    });
  });

  test("is none in what stood before the schema changed, whatever else joins it", async () => {
    await defineType(world.api, "late contact");
    const late = world.record();
    const first = await world.branch([], [{ create: { record: late, type: "late contact", value: { name: "Ada" } } }]);
    const phone = await world.branch([first], [op.put(late, ["phone"], "1")]);
    const fax = await world.branch([first], [op.put(late, ["fax"], "2")]);
    const frontier = await world.frontier({ commits: [phone, fax] });
    const other = await world.branch([], [create(world.record())]);
    await defineType(world.api, "late contact", { schema });
    expect(await world.preview([{ frontier }, other])).toMatchObject({ compatible: true, minimalConflicts: [] });
    expect(await world.preview([{ frontier }, phone, other])).toMatchObject({
      compatible: true,
      minimalConflicts: [],
      largestCompatible: [0, 1, 2],
    });
  });

  test("is refused as a commit on the past", async () => {
    const main = await world.materialised(B);
    const refused = await world.propose(main, [op.put(record, ["fax"], "2")], { parents: [A] });
    expect(refused).toMatchObject({ __typename: "Conflicted" });
    expect(refused.conflicts).toMatchObject([
      {
        reason: "SCHEMA",
        operation: null,
        operationIndex: 0,
        brokenBy: { nodes: [{ commit: { number: B } }] },
        base: found({ name: "Ada" }),
      },
    ]);
    expect(refused.conflicts[0].details.length).toBeGreaterThan(0);
  });

  test("is settled when the state at the merge commit satisfies it, and by nothing less", async () => {
    const main = await world.materialised(B);
    const elsewhere = await world.merge(main, C, { resolution: [op.put(record, ["name"], "Ida")] });
    expect(elsewhere).toMatchObject({ __typename: "InvalidInput", inputPath: ["resolution", 0] });
    const done = await world.merge(main, C, { resolution: [op.remove(record, ["fax"])] });
    expect(done).toMatchObject({ __typename: "CommitPayload", commit: { parents: [{ number: B }, { number: C }] } });
    expect(await world.state(main, record)).toEqual({ name: "Ada", phone: "1" });
    const theirs = await world.materialised(B);
    expect(await world.merge(theirs, C, { strategy: "THEIRS" })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(theirs, record)).toEqual({ name: "Ada", fax: "2" });
  });

  test("refuses parents that only a merge commit reconciled, whatever is committed on them", async () => {
    const main = await world.materialised(B);
    await world.merge(main, C, { strategy: "THEIRS" });
    const elsewhere = [create(world.record())];
    const refused = await world.propose(main, elsewhere, { parents: [B, C] });
    expect(refused).toMatchObject({
      __typename: "Conflicted",
      conflicts: [{ reason: "SCHEMA", record: { uuid: record }, operationIndex: null }],
    });
    expect(await world.propose(main, elsewhere, { parents: [B] })).toMatchObject({ __typename: "CommitPayload" });
  });

  test("is asked of what is touched now: what stood before it came is not judged again", async () => {
    await defineType(world.api, "guest");
    const [old, other] = [world.record(), world.record()];
    const guest = (uuid: string, value: object) => ({ create: { record: uuid, type: "guest", value } });
    const base = await world.branch([], [guest(old, { phone: "1", fax: "2" }), guest(other, {})]);
    const D = await world.branch([base], [op.put(old, ["name"], "Ada")]);
    const E = await world.branch([base], [op.put(old, ["title"], "Dr."), op.put(other, ["fax"], "3")]);
    await defineType(world.api, "guest", { schema });
    // No latest state of the old record satisfies it, so that no merge breaks it.
    expect(await world.preview([D, E])).toMatchObject({ compatible: true });
    const main = await world.materialised(D, E);
    expect(await world.state(main, old)).toEqual({ phone: "1", fax: "2", name: "Ada", title: "Dr." });
    expect(await world.propose(main, [op.put(other, ["name"], "Bob")])).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.propose(main, [op.put(old, ["name"], "Eve")])).toMatchObject({
      __typename: "InvalidInput",
      inputPath: ["operations", 0],
    });
    expect(await world.propose(main, [op.remove(old, ["fax"])])).toMatchObject({ __typename: "CommitPayload" });
  });
});
