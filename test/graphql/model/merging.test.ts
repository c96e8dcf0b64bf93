/** Merges: with and without a commit, what settles conflicts and what does not, and that what is settled stays so. */
import type { Data } from "../../support/graphql";
import { found, gone, op, withdraw, World, type CommitNumber, type Input } from "./world";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterEach(() => world.expectReplayed());

async function start(value: Record<string, unknown>): Promise<{ record: string; A: CommitNumber }> {
  const record = world.record();
  return { record, A: await world.branch([], [op.create(record, value)]) };
}

/** Two writers who both mind what the other one does: a title, and its text. */
async function quarrel() {
  const { record, A } = await start({ title: "old", text: "old", n: 0 });
  const was = (path: string) => [{ equals: { path: [path], value: "old" } }];
  const B = await world.branch([A], [op.put(record, ["title"], "Ada's", was("title")), op.put(record, ["text"], "a")]);
  const C = await world.branch([A], [op.put(record, ["title"], "Bob's", was("title")), op.put(record, ["text"], "b")]);
  return { record, A, B, C };
}

const placesOf = (refused: Data) => refused.conflicts.map(({ path }: Data) => path.join("."));

describe("without conflicts", () => {
  test("a fast-forward moves the frontier on", async () => {
    const { record, A } = await start({ n: 0 });
    const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
    const C = await world.branch([B], [op.increment(record, ["n"], 1)]);
    await world.expectDrawn(`A-B-C`, { A, B, C });
    const main = await world.materialised(A);
    const done = await world.merge(main, C, { author: "ada", message: "forward" });
    expect(done).toMatchObject({
      commit: null,
      frontier: { commits: [{ number: C }] },
      change: {
        cause: "MERGE",
        author: "ada",
        message: "forward",
        newCommits: { nodes: [{ number: B }, { number: C }] },
      },
      records: { nodes: [{ state: { n: 2 } }] },
      created: [],
      overlaps: { totalCount: 0 },
    });
  });

  test("there may be nothing to merge: no commit and no change", async () => {
    const { record, A } = await start({ n: 0 });
    const main = await world.materialised(A);
    const B = await world.commit(main, [op.increment(record, ["n"], 1)]);
    for (const from of [{ commit: A }, { frontier: main }, { commits: [A, B] }, { commits: [] }]) {
      const done = await world.merge(main, from);
      expect(done).toMatchObject({ __typename: "CommitPayload", commit: null, change: null, replayed: false });
      expect(done).toMatchObject({ records: { nodes: [] }, overlaps: { totalCount: 0 }, frontier: { sequence: "3" } });
    }
  });

  test("a merge commit is made if asked for", async () => {
    const { record, A } = await start({ n: 0, m: 0 });
    const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
    const C = await world.branch([A], [op.increment(record, ["m"], 1)]);
    const main = await world.materialised(B);
    const texts = { message: "both", author: "ada", metadata: { ticket: 1 } };
    const done = await world.merge(main, C, { createCommit: true, ...texts });
    expect(done).toMatchObject({ __typename: "CommitPayload", commit: { ...texts, operations: { nodes: [] } } });
    const D = done.commit.number;
    await world.expectDrawn(
      String.raw`
  B
 / \
A-C-D`,
      { A, B, C, D },
    );
    expect(done).toMatchObject({
      frontier: { commits: [{ number: D }] },
      change: { newCommits: { nodes: [{ number: C }, { number: D }] } },
      records: { nodes: [{ state: { n: 1, m: 1 } }] },
    });
  });

  test("a resolution is made on the merged view, conflicts or not", async () => {
    const { record, A } = await start({ n: 0, m: 0 });
    const B = await world.branch([A], [op.increment(record, ["n"], 1)]);
    const C = await world.branch([A], [op.increment(record, ["m"], 1)]);
    const main = await world.materialised(B);
    const sum = op.put(record, ["sum"], 2, [
      { equals: { path: ["n"], value: 1 } },
      { equals: { path: ["m"], value: 1 } },
    ]);
    const done = await world.merge(main, C, { resolution: [sum] });
    expect(done).toMatchObject({ commit: { parents: [{ number: B }, { number: C }] } });
    expect(await world.state(main, record)).toEqual({ n: 1, m: 1, sum: 2 });
    const wrong = await world.merge(await world.materialised(B), C, {
      resolution: [op.put(record, ["sum"], 2, [{ equals: { path: ["n"], value: 5 } }])],
    });
    expect(wrong).toMatchObject({ __typename: "PredicateFailed", operationIndex: 0, actual: found(1) });
  });
});

describe("what a merge tells of overlaps is what its preview told", () => {
  /** Merges, and expects the overlaps of the preview of both: where they are, and what they kept and overrode. */
  async function expectPreviewed(main: string, from: CommitNumber | Input, more: Input = {}) {
    const { overlaps } = await world.preview([{ frontier: main }, from]);
    const done = await world.merge(main, from, more);
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    expect(done.overlaps).toEqual(overlaps);
    return overlaps.nodes.map(({ path, kept, overridden }: Data) => ({
      path: path.join("."),
      kept: kept.commit.number,
      overridden: overridden.map(({ commit }: Data) => commit.number),
    }));
  }

  test.each([false, true])("nothing where a merge commit is come to by a fast-forward", async (createCommit) => {
    const { record, A } = await start({ title: "old" });
    const B = await world.branch([A], [op.put(record, ["title"], "Ada's")]);
    const C = await world.branch([A], [op.put(record, ["title"], "Bob's")]);
    const D = await world.branch([B, C], [op.put(record, ["title"], "both")]);
    await world.expectDrawn(
      String.raw`
  B
 / \
A-C-D`,
      { A, B, C, D },
    );
    const main = await world.materialised(B);
    expect(await expectPreviewed(main, D, { createCommit })).toEqual([]);
    expect(await world.state(main, record)).toEqual({ title: "both" });
  });

  test("what a merge commit that came writes, against what it has not seen", async () => {
    const { record, A } = await start({ title: "old" });
    const B = await world.branch([A], [op.put(record, ["title"], "Ada's")]);
    const C = await world.branch([A], [op.put(record, ["title"], "Bob's")]);
    const D = await world.branch([B, C], [op.put(record, ["title"], "both")]);
    const E = await world.branch([B], [op.put(record, ["title"], "Cy's")]);
    await world.expectDrawn(
      String.raw`
  B-E
 / \
A-C-D`,
      { A, B, C, D, E },
    );
    const main = await world.materialised(E);
    expect(await expectPreviewed(main, D, { createCommit: true })).toEqual([
      { path: "title", kept: E, overridden: [C, D] },
    ]);
  });

  test("what is settled with another operation is still an overlap with a third one", async () => {
    const { record, A } = await start({ title: "old", text: "old" });
    const minding = [{ equals: { path: ["text"], value: "old" } }];
    const B = await world.branch([A], [op.put(record, ["title"], "Ada's", minding)]);
    const C = await world.branch([A], [op.put(record, ["text"], "new")]);
    const E = await world.branch([A], [op.put(record, ["title"], "Eve's")]);
    await world.expectDrawn(
      String.raw`
  B
 /
A-C
 \
  E`,
      { A, B, C, E },
    );
    const expected = [{ path: "title", kept: E, overridden: [B] }];
    const resolution = [op.put(record, ["text"], "both")];
    expect(await expectPreviewed(await world.materialised(B), { commits: [C, E] }, { resolution })).toEqual(expected);
    expect(await expectPreviewed(await world.materialised(C, E), B, { resolution })).toEqual(expected);
  });

  test("all of them where the server joins what are too many heads", async () => {
    const { record, A } = await start({ title: "old" });
    const heads: CommitNumber[] = [];
    for (let index = 0; index < 17; index++) {
      heads.push(await world.branch([A], [op.put(record, ["title"], `title ${index}`)]));
    }
    const [B, ...others] = heads;
    const main = await world.materialised(B!);
    // What came as one version was concurrent before: only what the frontier held is new to it.
    expect(await expectPreviewed(main, { commits: others })).toEqual(
      others.map((kept) => ({ path: "title", kept, overridden: [B] })),
    );
    expect(await world.members(main)).toHaveLength(1);
    // Who comes after by a fast-forward takes the joined title as it is.
    const [joined] = await world.members(main);
    const D = await world.branch([joined!], [op.put(record, ["title"], "new")]);
    expect(await expectPreviewed(await world.materialised(B!), D)).toEqual([]);
  });
});

describe("settling", () => {
  test("is asked for: without it the merge is refused and nothing is stored", async () => {
    const { record, B, C } = await quarrel();
    const main = await world.materialised(B);
    const refused = await world.merge(main, C);
    expect(refused).toMatchObject({ __typename: "Conflicted", code: "CONFLICT" });
    expect(refused.conflicts).toMatchObject([
      {
        record: { uuid: record },
        path: ["title"],
        operation: { commit: { number: B } },
        brokenBy: { nodes: [{ commit: { number: C } }] },
        base: found("old"),
        sides: [
          { version: 0, value: found("Ada's") },
          { version: 1, value: found("Bob's") },
        ],
      },
      { operation: { commit: { number: C } }, brokenBy: { nodes: [{ commit: { number: B } }] } },
    ]);
    expect(await world.members(main)).toEqual([B]);
  });

  test("by a resolution, which the preview tries", async () => {
    const { record, B, C } = await quarrel();
    const resolution = [op.put(record, ["title"], "both")];
    expect(await world.preview([B, C], resolution)).toMatchObject({
      compatible: true,
      conflicts: { totalCount: 0 },
      minimalConflicts: [[0, 1]],
      largestCompatible: [0],
    });
    const main = await world.materialised(B);
    const done = await world.merge(main, C, { resolution });
    expect(done).toMatchObject({ __typename: "CommitPayload", commit: { parents: [{ number: B }, { number: C }] } });
    expect(await world.state(main, record)).toEqual({ title: "both", text: "b", n: 0 });
  });

  test("is refused with what is left where a conflicting path is not touched", async () => {
    const { record, B, C } = await quarrel();
    const other = await quarrel();
    const main = await world.materialised(await world.branch([B], [op.put(record, ["n"], 1)]), other.B);
    const from = { commits: [C, other.C] };
    const all = await world.merge(main, from);
    expect(placesOf(all)).toEqual(["title", "title", "title", "title"]);
    const elsewhere = [op.put(record, ["text"], "settles nothing")];
    expect((await world.merge(main, from, { resolution: elsewhere })).conflicts).toHaveLength(4);
    const left = await world.merge(main, from, { resolution: [op.put(record, ["title"], "both")] });
    expect(left).toMatchObject({ __typename: "Conflicted" });
    expect(left.conflicts.map((conflict: Data) => conflict.record.uuid)).toEqual([other.record, other.record]);
    const trial = await world.preview([{ frontier: main }, from], [op.put(record, ["title"], "both")]);
    expect(trial).toMatchObject({ compatible: false, conflicts: { totalCount: 2 } });
    // What is above the place touches it, and so does a choice.
    const done = await world.merge(main, from, {
      resolution: [op.assign(record, [], { title: "both" })],
      choices: [{ record: other.record, path: [], take: "THEIRS" }],
    });
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.states({ frontier: main }, record, other.record)).toEqual([
      { title: "both", text: "b", n: 1 },
      { title: "Bob's", text: "b", n: 0 },
    ]);
  });

  test("an operation that changes something else at its path settles nothing, and the strategy does the rest", async () => {
    const { record, B, C } = await quarrel();
    const assign = [op.assign(record, [], { n: 7 })];
    const main = await world.materialised(B);
    expect(await world.merge(main, C, { resolution: assign })).toMatchObject({ __typename: "Conflicted" });
    const done = await world.merge(main, C, { resolution: assign, strategy: "OURS" });
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ title: "Ada's", text: "b", n: 7 });
    const patched = await world.materialised(B);
    const patch = [op.patch(record, [{ op: "replace", path: "/n", value: 8 }])];
    expect(await world.merge(patched, C, { resolution: patch, strategy: "THEIRS" })).toMatchObject({
      __typename: "CommitPayload",
    });
    expect(await world.state(patched, record)).toEqual({ title: "Bob's", text: "b", n: 8 });
  });

  test("by choices for each path, and a strategy for what nothing else settles", async () => {
    const { record, A } = await start({ a: 0, b: 0, c: 0 });
    const minding = (value: string) =>
      ["a", "b", "c"].map((member) => op.put(record, [member], value, [{ equals: { path: [member], value: 0 } }]));
    const [B, C] = [await world.branch([A], minding("ours")), await world.branch([A], minding("theirs"))];
    const main = await world.materialised(B);
    const choices = [
      { record, path: ["a"], take: "THEIRS" },
      { record, path: ["b"], take: "FAIL" },
    ];
    const left = await world.merge(main, C, { choices });
    expect(placesOf(left)).toEqual(["b", "c", "b", "c"]);
    const done = await world.merge(main, C, {
      choices,
      resolution: [op.put(record, ["c"], "resolved")],
      strategy: "OURS",
    });
    expect(await world.state(main, record)).toEqual({ a: "theirs", b: "ours", c: "resolved" });
    // What is generated minds what others do at its place.
    expect(done.commit.operations.nodes).toMatchObject([
      { path: ["c"], predicates: [] },
      { path: ["a"], operation: "put", parameters: { value: "theirs" }, predicates: [{ unchanged: { path: ["a"] } }] },
      { path: ["b"], operation: "put", parameters: { value: "ours" }, predicates: [{ unchanged: { path: ["b"] } }] },
    ]);
    const none = await world.merge(await world.materialised(B), C, {
      choices: [
        { record, path: ["a"], take: "OURS" },
        { record, path: ["d"], take: "OURS" },
      ],
    });
    expect(none).toMatchObject({ __typename: "InvalidInput", inputPath: ["choices", 1] });
  });

  test.each([
    ["OURS", "Ada's"],
    ["THEIRS", "Bob's"],
  ])("by the strategy %s", async (strategy, title) => {
    const { record, B, C } = await quarrel();
    const main = await world.materialised(B);
    expect(await world.merge(main, C, { strategy })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toMatchObject({ title, text: "b" });
  });

  test("what is settled is no overlap", async () => {
    const { B, C } = await quarrel();
    const main = await world.materialised(B);
    const done = await world.merge(main, C, { strategy: "OURS" });
    // The texts are one; the titles were in conflict.
    expect(done.overlaps.nodes.map(({ path }: Data) => path)).toEqual([["text"]]);
  });

  test("a choice below a container that vanished acts on the highest path that differs", async () => {
    const { record, A } = await start({ address: { city: { name: "Rome" } }, n: 0 });
    const B = await world.branch([A], [op.put(record, ["address", "city", "name"], "Roma")]);
    const C = await world.branch([A], [op.remove(record, ["address"])]);
    const refused = await world.merge(await world.materialised(B), C);
    expect(refused.conflicts).toMatchObject([
      { path: ["address", "city", "name"], reason: "PRECONDITION", sides: [{ value: found("Roma") }, { value: gone }] },
    ]);
    const choices = (take: string) => ({ choices: [{ record, path: ["address", "city", "name"], take }] });
    const ours = await world.materialised(B);
    const done = await world.merge(ours, C, choices("OURS"));
    expect(done.commit.operations.nodes).toMatchObject([
      { operation: "put", path: ["address"], predicates: [{ unchanged: { path: ["address"] } }] },
    ]);
    expect(await world.state(ours, record)).toEqual({ address: { city: { name: "Roma" } }, n: 0 });
    const theirs = await world.materialised(B);
    expect(await world.merge(theirs, C, choices("THEIRS"))).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(theirs, record)).toEqual({ n: 0 });
  });

  test("remove in a resolution may name what is gone, so that deleted wins", async () => {
    const { record, A } = await start({ title: "old" });
    const B = await world.branch([A], [op.put(record, ["title"], "new")]);
    const C = await world.branch([A], [op.remove(record)]);
    const main = await world.materialised(B);
    for (const resolution of [[op.remove(record)], [op.remove(record, ["title"])]]) {
      expect(await world.preview([B, C], resolution)).toMatchObject({ compatible: true });
    }
    expect(await world.merge(main, C, { resolution: [op.remove(record)] })).toMatchObject({
      __typename: "CommitPayload",
    });
    expect(await world.state(main, record)).toBeUndefined();
    const again = await world.propose(main, [op.remove(record)]);
    expect(again).toMatchObject({ __typename: "PredicateFailed", reason: "PRECONDITION" });
  });

  test("a resolution may mind what others do: a merge counts as naming its parents", async () => {
    const { record, A, B, C } = await quarrel();
    const main = await world.materialised(B);
    const minding = [{ unchanged: { path: ["title"] } }, { version: { heads: [B, C] } }];
    const done = await world.merge(main, C, { resolution: [op.put(record, ["title"], "both", minding)] });
    expect(done).toMatchObject({ __typename: "CommitPayload", commit: { parents: [{ number: B }, { number: C }] } });
    const late = await world.propose(main, [op.put(record, ["title"], "late")], { parents: [A] });
    expect(late).toMatchObject({ __typename: "Conflicted" });
    expect(late.conflicts[0]).toMatchObject({ operation: { commit: { number: done.commit.number } } });
  });

  test("a choice sees what the resolution does", async () => {
    const { record, A } = await start({ title: "old" });
    const old = [{ equals: { path: ["title"], value: "old" } }];
    const B = await world.branch([A], [op.put(record, ["title"], "new", old)]);
    const C = await world.branch([A], [op.remove(record)]);
    const main = await world.materialised(B);
    const done = await world.merge(main, C, {
      resolution: [op.create(record, { made: "again" })],
      choices: [{ record, path: ["title"], take: "OURS" }],
    });
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toEqual({ made: "again", title: "new" });
  });
});

describe("what a merge commit settled", () => {
  async function settled() {
    const story = await quarrel();
    const { record, B, C } = story;
    const main = await world.materialised(B);
    const done = await world.merge(main, C, { strategy: "THEIRS" });
    expect(done).toMatchObject({ __typename: "CommitPayload" });
    return { ...story, main, D: done.commit.number as CommitNumber, record };
  }

  test("does not come back when one of the two sides is joined later, even when it has gone on", async () => {
    const { record, A, B, C, main, D } = await settled();
    const E = await world.branch([B], [op.increment(record, ["n"], 1)]);
    await world.expectDrawn(
      String.raw`
  B-E
 / \
A-C-D`,
      { A, B, C, D, E },
    );
    expect(await world.merge(main, B)).toMatchObject({ commit: null, change: null });
    expect(await world.merge(main, E)).toMatchObject({
      commit: null,
      frontier: { commits: [{ number: D }, { number: E }] },
    });
    expect(await world.state(main, record)).toEqual({ title: "Bob's", text: "b", n: 1 });
  });

  test("does not come back when a third branch is joined later", async () => {
    const { record, A, B, C, main, D } = await settled();
    const E = await world.branch([A], [op.increment(record, ["n"], 1)]);
    await world.expectDrawn(
      String.raw`
  E
 /
A-C-D
 \ /
  B`,
      { A, B, C, D, E },
    );
    expect(await world.merge(main, E)).toMatchObject({ __typename: "CommitPayload", commit: null });
    expect(await world.state(main, record)).toEqual({ title: "Bob's", text: "b", n: 1 });
  });

  test("is protected: a third branch cannot slip under it, nor a rival settlement", async () => {
    const { record, A, B, C, main, D } = await settled();
    const E = await world.branch([A], [op.put(record, ["title"], "third")]);
    const refused = await world.merge(main, E);
    expect(refused.conflicts).toMatchObject([
      {
        path: ["title"],
        predicate: { unchanged: { path: ["title"] } },
        operation: { commit: { number: D } },
        brokenBy: { nodes: [{ commit: { number: E } }] },
        base: found("old"),
        sides: [{ value: found("Bob's") }, { value: found("third") }],
      },
    ]);
    const rival = await world.materialised(C);
    const F = (await world.merge(rival, B, { resolution: [op.put(record, ["title"], "rival")] })).commit.number;
    expect(await world.merge(main, F)).toMatchObject({
      __typename: "Conflicted",
      conflicts: [{ operation: { commit: { number: D } }, brokenBy: { nodes: [{ commit: { number: F } }] } }],
    });
    expect(await world.merge(main, F, { strategy: "THEIRS" })).toMatchObject({ __typename: "CommitPayload" });
    expect(await world.state(main, record)).toMatchObject({ title: "rival" });
  });

  test("is settled in the versions that contain the merge commit, and in no other", async () => {
    const { B, C, D } = await settled();
    expect(await world.preview([B, C])).toMatchObject({ compatible: false });
    expect(await world.preview([B, C, D])).toMatchObject({ compatible: true, minimalConflicts: [[0, 1]] });
    expect(await world.preview([B, C, D])).toMatchObject({ largestCompatible: [0, 1, 2] });
  });
});

describe("more heads than a frontier may have", () => {
  test("are joined by a merge commit of the server, in the same change", async () => {
    const { record, A } = await start({ n: 0 });
    const main = await world.materialised(A);
    const commits: CommitNumber[] = [];
    for (let index = 0; index < 16; index++) {
      commits.push(await world.commit(main, [op.increment(record, ["n"], 1)], { parents: [A] }));
    }
    expect(await world.members(main)).toEqual(commits);
    const done = await world.propose(main, [op.increment(record, ["n"], 1)], { parents: [A] });
    const [joined] = await world.members(main);
    expect(await world.members(main)).toEqual([joined]);
    expect(done).toMatchObject({
      commit: { parents: [{ number: A }] },
      frontier: { commits: [{ number: joined }], sequence: "19" },
      change: {
        cause: "COMMIT",
        newCommits: { nodes: [{ number: done.commit.number }, { number: joined }] },
        before: commits.map((number) => ({ number })),
        after: [{ number: joined }],
      },
      records: { nodes: [{ state: { n: 17 } }] },
      overlaps: { totalCount: 0 },
    });
    const { commit } = await world.api.run(
      `query ($number: BigInt!) { commit(number: $number) { author message parents { number } operations { totalCount } } }`,
      { number: joined },
    );
    expect(commit).toMatchObject({ author: null, operations: { totalCount: 0 } });
    expect(commit.parents).toEqual([...commits, done.commit.number].map((number) => ({ number })));
    // It hides nothing: what was made before it may still be met.
    expect(await world.propose(main, [op.increment(record, ["n"], 1)], { parents: [A] })).toMatchObject({
      __typename: "CommitPayload",
      frontier: { commits: [{ number: joined }, {}] },
    });
  });
});

test("how many heads are too many is a setting", async () => {
  const small = await World.open({ heads: 2 });
  const record = small.record();
  const main = await small.materialised(await small.branch([], [op.create(record, { n: 0 })]));
  const parents = await small.members(main);
  const counts: number[] = [];
  for (let index = 0; index < 3; index++) {
    await small.commit(main, [op.increment(record, ["n"], 1)], { parents });
    counts.push((await small.members(main)).length);
  }
  expect(counts).toEqual([1, 2, 1]);
  await small.expectReplayed();
});

describe("frontiers of several heads", () => {
  async function heads() {
    const { record, A } = await start({ n: 0, m: 0, name: "x" });
    const main = await world.materialised(A);
    const B = await world.commit(main, [op.increment(record, ["n"], 1), op.put(record, ["who"], "B")], {
      parents: [A],
    });
    const made = world.record();
    const C = await world.commit(main, [op.increment(record, ["m"], 1), op.create(made, { n: 5, name: "y" })], {
      parents: [A],
    });
    return { record, made, main, A, B, C };
  }

  test("serve records, lists and views as any other", async () => {
    const { record, made, main, B, C } = await heads();
    const { frontier } = await world.api.run(
      `query ($name: String!, $record: UUID!) { frontier(name: $name) {
         commits { number }
         record(uuid: $record) { exists state value(path: ["who"]) view { id heads { number } } }
         some: records(type: "thing", where: { equals: { path: ["name"], value: "x" } }) { nodes { state } }
         ordered: records(type: "thing", orderBy: [{ path: ["n"], direction: DESC }]) { totalCount nodes { state } }
         view { id record(uuid: $record) { id state history { nodes { number } } }
           records(type: "thing", orderBy: [{ path: ["n"] }]) { totalCount nodes { state } }
           history { totalCount nodes { number } } } } }`,
      { name: main, record },
    );
    const state = { n: 1, m: 1, name: "x", who: "B" };
    const id = `RecordView:${record}@${B}+${C}`;
    expect(frontier).toMatchObject({
      commits: [{ number: B }, { number: C }],
      record: { exists: true, state, value: "B", view: { id, heads: [{ number: B }, { number: C }] } },
      some: { nodes: [{ state }] },
      ordered: { totalCount: 2, nodes: [{ state: { n: 5, name: "y" } }, { state }] },
      view: {
        id: `View:${B}+${C}`,
        record: { id, state },
        records: { totalCount: 2, nodes: [{ state }, { state: { n: 5, name: "y" } }] },
        history: { totalCount: 3 },
      },
    });
    expect(await world.states({ commits: [B, C] }, record, made)).toEqual([state, { n: 5, name: "y" }]);
  });

  test("are read as they stood at a sequence", async () => {
    const { record, made, main, A, B, C } = await heads();
    await world.commit(main, [op.remove(made), op.increment(record, ["n"], 10)]);
    const at = (sequence: number) => ({ asOf: { frontier: main, point: { sequence: String(sequence) } } });
    // The frontier is made, moved to A, then come B and C.
    expect(await world.states(at(4), record, made)).toEqual([
      { n: 1, m: 1, name: "x", who: "B" },
      { n: 5, name: "y" },
    ]);
    expect(await world.states(at(3), record, made)).toEqual([{ n: 1, m: 0, name: "x", who: "B" }, undefined]);
    const { view } = await world.api.run(`query ($at: VersionInput!) { view(at: $at) { commits { number } } }`, {
      at: at(4),
    });
    expect(view.commits).toEqual([{ number: B }, { number: C }]);
    expect(await world.states(at(2), record)).toEqual(await world.states({ commit: A }, record));
  });

  test("take commits on any consistent part of their history, and refuse what cannot stand", async () => {
    const { record, A } = await start({ balance: 50, text: "" });
    const B = await world.branch([A], [withdraw(record, 30)]);
    const C = await world.branch([A], [withdraw(record, 40)]);
    const main = await world.materialised(B);
    await world.merge(main, C, { resolution: [op.put(record, ["balance"], 0)] });
    // B and C are both in the history, but not together without what settled them.
    const refused = await world.propose(main, [op.put(record, ["text"], "x")], { parents: [B, C] });
    expect(refused).toMatchObject({ __typename: "Conflicted" });
    expect(refused.conflicts.map(({ operation }: Data) => operation.commit.number)).toEqual([B, C]);
    expect(await world.propose(main, [op.put(record, ["text"], "x")], { parents: [B] })).toMatchObject({
      __typename: "CommitPayload",
    });
    const root = await world.propose(main, [op.create(world.record(), {})], { parents: [] });
    expect(root).toMatchObject({ __typename: "CommitPayload", commit: { parents: [] } });
  });

  test("are the parents of a commit that names none", async () => {
    const { main, record, B, C } = await heads();
    const made = await world.propose(main, [op.put(record, ["who"], "D")]);
    expect(made).toMatchObject({ commit: { parents: [{ number: B }, { number: C }] } });
  });

  test("keep the latest ones of the parents that a commit names", async () => {
    const { main, record, A, B, C } = await heads();
    const made = await world.propose(main, [op.put(record, ["who"], "D")], { parents: [C, A, B, A, C] });
    expect(made).toMatchObject({ commit: { parents: [{ number: B }, { number: C }] } });
  });

  test("are served as views where they cannot stand together, by what a replay gives, and are no frontier", async () => {
    const { record, A } = await start({ balance: 50, text: "" });
    const main = await world.materialised(A);
    const B = await world.branch([A], [withdraw(record, 30), op.put(record, ["text"], "B")]);
    const C = await world.branch([A], [withdraw(record, 40)]);
    const { view, diff } = await world.api.run(
      `query ($at: VersionInput!, $from: VersionInput!, $uuid: UUID!) {
        view(at: $at) { commits { number } history { totalCount }
          record(uuid: $uuid) { state heads { number } blame(path: ["text"]) { nodes { operation { commit { number } } } } }
          records(type: "thing", where: { equals: { path: ["balance"], value: -20 } }) { nodes { record { uuid } } } }
        diff(from: $from, to: $at) { nodes { patch } } }`,
      { at: { commits: [C, B] }, from: { commit: B }, uuid: record },
    );
    expect(view).toEqual({
      commits: [{ number: B }, { number: C }],
      history: { totalCount: 3 },
      record: {
        state: { balance: -20, text: "B" },
        heads: [{ number: B }, { number: C }],
        blame: { nodes: [{ operation: { commit: { number: B } } }] },
      },
      records: { nodes: [{ record: { uuid: record } }] },
    });
    expect(diff.nodes).toEqual([{ patch: [{ op: "replace", path: "/balance", value: -20 }] }]);
    for (const [mutation, input] of [
      ["createFrontier", { name: world.name(), from: { commits: [B, C] } }],
      ["moveFrontier", { name: main, to: { commits: [B, C] } }],
      ["merge", { into: main, from: { commits: [B, C] } }],
    ] as const) {
      expect(await world.mutate(mutation, input)).toMatchObject({ __typename: "Conflicted" });
    }
    expect(await world.members(main)).toEqual([A]);
  });
});
