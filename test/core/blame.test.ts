import fc from "fast-check";
import { blame, type BlamedRecord } from "../../src/core/blame";
import type { PlacedOperation } from "../../src/core/canonicalOrder";
import { equalJson } from "../../src/core/equality";
import { MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId } from "../../src/core/ids";
import type { Json } from "../../src/core/json";
import type { Effect } from "../../src/core/operation";
import { compareCodePoints } from "../../src/core/order";
import type { Path } from "../../src/core/path";
import { leavesAt, type TracedLeaf } from "../../src/core/trace";
import { check, PROPERTY_RUNS, pathsIn } from "../support/arbitraries";
import { naiveHeads, recordHistory, stateAt, type RecordHistory } from "../support/arbitrariesRecords";
import { gave, hasIndex, leafPaths, naiveBlame, replaysOf, valueAt } from "../support/naiveBlame";
import { draw } from "../support/drawing";

const blamed = (history: RecordHistory, path: Path = [], narrow?: number): TracedLeaf[] =>
  leavesAt(blame(history.commits, history, naiveHeads(history, history.version), narrow), path);

describe("blame", () => {
  it("names for every leaf the operation that a naive walk back finds, through merges, and whose effect is really there", () => {
    const seen = { cases: 0, severalHeads: 0, throughMerges: 0, leaves: 0, inLists: 0 };
    check(
      fc.property(recordHistory(), fc.constantFrom(1, 2, 8), (history, narrow) => {
        const state = stateAt(history, history.version);
        const leaves = blamed(history, [], narrow);
        const replays = replaysOf(history, history.version);
        expect(leaves.map(({ path }) => JSON.stringify(path)).sort()).toEqual(
          leafPaths(state)
            .map((path) => JSON.stringify(path))
            .sort(),
        );
        seen.cases += 1;
        if (naiveHeads(history, history.version).length > 1) seen.severalHeads += 1;
        let merges = 0;
        for (const { path, value, operation } of leaves) {
          expect(equalJson(value, valueAt(state, path)!)).toBe(true);
          const expected = naiveBlame(history, history.version, path);
          expect({ path, operation }).toEqual({ path, operation: expected.operation });
          expect({ path, gave: replays.some((steps) => gave(steps, operation, path, value)) }).toEqual({
            path,
            gave: true,
          });
          seen.leaves += 1;
          merges += expected.merges;
          if (hasIndex(path)) seen.inLists += 1;
        }
        if (merges > 0) seen.throughMerges += 1;
      }),
      5,
    );
    // Fewer tries, as in mutation testing, say nothing of shares.
    if (PROPERTY_RUNS < 200) return;
    expect(seen.cases).toBeGreaterThanOrEqual(1_000);
    expect(seen.severalHeads / seen.cases).toBeGreaterThan(0.1);
    expect(seen.throughMerges / seen.cases).toBeGreaterThan(0.05);
    expect(seen.inLists / seen.leaves).toBeGreaterThan(0.1);
  });

  it("is the same below a path as in the whole, in the order of paths", () => {
    check(
      fc.property(recordHistory(8), fc.nat(), (history, pick) => {
        const all = blamed(history);
        const paths = pathsIn(stateAt(history, history.version));
        const path = paths[pick % paths.length] ?? ["nothing"];
        expect(blamed(history, path)).toEqual(
          all.filter((leaf) => path.every((step, index) => leaf.path[index] === step)),
        );
        for (const [index, leaf] of all.entries()) {
          if (index > 0) expect(comparePaths(all[index - 1]!.path, leaf.path)).toBeLessThan(0);
        }
      }),
      2,
    );
  });
});

function comparePaths(a: Path, b: Path): number {
  const index = a.findIndex((step, at) => step !== b[at]);
  const [left, right] = [a[index], b[index]];
  return typeof left === "number" && typeof right === "number"
    ? left - right
    : compareCodePoints(String(left), String(right));
}

/** A record that every commit of a drawing touches: what the commits of each letter do. */
function drawn(picture: string, work: Readonly<Record<string, readonly Effect[]>>) {
  const { graph, ids } = draw(picture);
  const operations: PlacedOperation[] = [];
  const names: string[] = [];
  for (const [letter, effects] of Object.entries(work)) {
    const [commit] = ids(letter) as [CommitId];
    effects.forEach((effect, index) => {
      operations.push({ ...effect, commit, logicalTime: graph.logicalTime(commit), id: operations.length });
      names.push(`${letter}${index === 0 ? "" : index}`);
    });
  }
  const history = { commits: graph, operations };
  const own = new MemoryCommitGraph();
  for (const commit of [...new Set(operations.map((operation) => operation.commit))].sort((a, b) => a - b)) {
    own.add(commit, graph.logicalTime(commit), naiveHeads(history, graph.parents(commit)));
  }
  const record: BlamedRecord = { operations, graph: own };
  return (letters: string): Record<string, string> => {
    const leaves = leavesAt(blame(graph, record, naiveHeads(history, ids(letters))), []);
    return Object.fromEntries(leaves.map(({ path, operation }) => [path.join("."), names[operation]!]));
  };
}

const create = (value: Json): Effect => ({ path: [], operation: "create", parameters: { value } });
const put = (path: Path, value: Json): Effect => ({ path, operation: "put", parameters: { value } });
const remove = (path: Path): Effect => ({ path, operation: "remove", parameters: {} });

describe("who gave a leaf its value", () => {
  test("the last one to change it, not the last one to say it", () => {
    const who = drawn("A-B-C-D", {
      A: [create({ a: 1, b: { c: 1, d: [] } })],
      B: [put(["a"], 2), put(["a"], 2)],
      C: [put(["b"], { c: 1, d: {}, e: null })],
      D: [put([], { a: 2, b: { c: 1, d: {}, e: null } })],
    });
    expect(who("D")).toEqual({ a: "B", "b.c": "A", "b.d": "C", "b.e": "C" });
    expect(who("A")).toEqual({ a: "A", "b.c": "A", "b.d": "A" });
  });

  test("elements that move keep theirs, and so does what is left inside one that changes", () => {
    const who = drawn("A-B-C-D-E", {
      A: [create({ list: ["a", "b", { x: 1, y: 1 }, "z"] })],
      B: [{ path: ["list"], operation: "splice", parameters: { index: 1, remove: 0, insert: ["new", "newer"] } }],
      C: [remove(["list", 0])],
      D: [put(["list", 3, "x"], 2)],
      E: [{ path: ["list"], operation: "add", parameters: { value: "end" } }],
    });
    expect(who("E")).toEqual({
      "list.0": "B",
      "list.1": "B",
      "list.2": "A",
      "list.3.x": "D",
      "list.3.y": "A",
      "list.4": "A",
      "list.5": "E",
    });
  });

  test("a container that is emptied is a leaf, and one that is filled is none", () => {
    const who = drawn("A-B-C", { A: [create({ a: { b: 1 } })], B: [remove(["a", "b"])], C: [put(["a", "c"], 1)] });
    expect([who("A"), who("B"), who("C")]).toEqual([{ "a.b": "A" }, { a: "B" }, { "a.c": "C" }]);
  });

  test("a record that is gone has no leaves, and one that comes back has new ones", () => {
    const who = drawn("A-B-C", { A: [create({ a: 1 })], B: [remove([])], C: [create({ a: 1 })] });
    expect([who("B"), who("C")]).toEqual([{}, { a: "C" }]);
    expect(drawn("A", { A: [create({})] })("A")).toEqual({ "": "A" });
  });

  test("of concurrent writes the one that counts, whoever joins them", () => {
    const picture = `
       B
      / \\
     A-C-D`;
    const who = drawn(picture, {
      A: [create({ a: 0, b: 0 })],
      B: [put(["a"], 1), put(["b"], 1)],
      C: [put(["a"], 2)],
      D: [put(["other"], 1)],
    });
    expect(who("BC")).toEqual({ a: "C", b: "B1" });
    expect(who("D")).toEqual({ a: "C", b: "B1", other: "D" });
  });

  test("a merge that takes what a side had names that side, however many merges ago it wrote it", () => {
    const picture = `
       B   E   H
      / \\ / \\ / \\
     A-C-D-F-G-I-J`;
    const who = drawn(picture, {
      A: [create({ a: 0, b: 0 })],
      B: [put(["a"], 1)],
      C: [put(["a"], 2)],
      // C is last, B is taken; and so on.
      D: [put(["a"], 1), put(["b"], 5)],
      F: [put(["a"], 3)],
      G: [put(["a"], 1)],
      I: [put(["a"], 4)],
      J: [put(["a"], 1), put(["own"], 1)],
    });
    expect(who("D")).toEqual({ a: "B", b: "D1" });
    expect(who("J")).toEqual({ a: "B", b: "D1", own: "J1" });
    expect(who("I")).toEqual({ a: "I", b: "D1" });
  });

  test("of two sides that had it the first by number", () => {
    const picture = `
     A-B
        \\
     C-D-E`;
    const who = drawn(picture, {
      A: [create({ a: 0 })],
      B: [put(["a"], 7)],
      C: [create({ a: 5 })],
      D: [put(["a"], 7), put(["a"], 8), put(["a"], 7)],
      E: [put(["a"], 9), put(["a"], 7)],
    });
    // In canonical order D's 7 is last, and was no change: B's is what stands there.
    expect(who("BD")).toEqual({ a: "D2" });
    expect(who("E")).toEqual({ a: "B" });
  });
});

describe("long histories", () => {
  /** Builds a history step by step; every commit touches the record. */
  function builder() {
    const commits = new MemoryCommitGraph();
    const operations: PlacedOperation[] = [];
    const add = (parents: CommitId[], effect: Effect): CommitId => {
      const commit = commits.size + 1;
      const logicalTime = Math.max(-1, ...parents.map((parent) => commits.logicalTime(parent))) + 1;
      commits.add(commit, logicalTime, parents);
      operations.push({ ...effect, commit, logicalTime, id: commit });
      return commit;
    };
    const leaves = (head: CommitId) => leavesAt(blame(commits, { operations, graph: commits }, [head]), []);
    return { add, leaves };
  }

  test("10,000 merges that each keep what one side had lead to the operation before them all", () => {
    const { add, leaves } = builder();
    let main = add([], create({ kept: 0, n: 0 }));
    const first = (main = add([main], put(["kept"], 1)));
    for (let round = 0; round < 10_000; round++) {
      const ours = add([main], put(["n"], round));
      const theirs = add([main], put(["kept"], -round));
      main = add([ours, theirs], put(["kept"], 1));
    }
    expect(leaves(main)).toEqual([
      { path: ["kept"], value: 1, operation: first },
      { path: ["n"], value: 9_999, operation: main - 2 },
    ]);
  });

  test("a ladder of criss-crosses", () => {
    const { add, leaves } = builder();
    let [left, right] = [add([], create({ a: 0 })), 0];
    const first = left;
    right = add([left], put(["b"], 0));
    for (let round = 1; round < 2_000; round++) {
      [left, right] = [add([left, right], put(["l"], round)), add([left, right], put(["r"], round))];
    }
    const end = add([left, right], put(["end"], true));
    expect(leaves(end).map(({ operation }) => operation)).toEqual([first, first + 1, end, left, right]);
  });

  test("many branches from one root, merged one after the other", () => {
    const { add, leaves } = builder();
    const root = add([], create({ n: 0 }));
    const branches = Array.from({ length: 60 }, (_, index) => add([root], put([`b${index % 20}`], index)));
    let main = root;
    // Each merge says the value of its branch again, over that of a branch that is later in canonical order.
    branches.forEach((branch, index) => (main = add([main, branch], put([`b${index % 20}`], index))));
    const found = leaves(main).filter(({ path }) => path[0] !== "n");
    expect(found).toHaveLength(20);
    for (const { value, operation } of found) expect(operation).toBe(branches[value as number]);
  });
});
