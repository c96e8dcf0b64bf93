/** Trees of bases against what any version may inherit from any other one. */
import fc from "fast-check";
import { MemoryCommitGraph } from "../../../src/core/graph";
import { baseTree, rowsApart, shortPaths, type BasedVersion } from "../../../src/store/import/baseTree";
import { nearTips } from "../../../src/store/import/nearTips";
import { extend } from "../../../src/store/import/recordHistory";
import { RecordMap } from "../../../src/store/import/recordMap";
import { Views, type View } from "../../../src/store/import/views";
import { check } from "../../support/arbitraries";

const idOf = (record: number): string => `${record.toString(16).padStart(8, "0")}-0000-5000-8000-000000000000`;

interface History {
  readonly graph: MemoryCommitGraph;
  readonly views: ReadonlyMap<number, View>;
}

/** Commits 1, 2, … with the parents and the records that each changes. */
function historyOf(
  commits: readonly { readonly parents: readonly number[]; readonly records: readonly number[] }[],
): History {
  const graph = new MemoryCommitGraph();
  const views = new Views();
  const all = new Map<number, View>();
  for (const [index, { parents, records }] of commits.entries()) {
    const id = index + 1;
    const logicalTime = Math.max(-1, ...parents.map((parent) => graph.logicalTime(parent))) + 1;
    graph.add(id, logicalTime, parents);
    for (const parent of parents) {
      views.announce(parent);
      views.keep(parent, all.get(parent)!.copy());
    }
    const { view } = views.merge(parents);
    for (const record of records) {
      const value = { id };
      view.set(
        idOf(record),
        extend(view.get(idOf(record)), { id, logicalTime }, [{ path: [], operation: "put", parameters: { value } }]),
      );
    }
    all.set(id, view);
  }
  return { graph, views: all };
}

/** What is read at a version: its own rows before those of its bases, as text. */
function readThrough(version: BasedVersion): Map<string, string> {
  const read = version.base ? readThrough(version.base) : new Map<string, string>();
  for (const { record, heads, state } of rowsApart(version)) {
    if (heads.length === 0) read.delete(record);
    else read.set(record, JSON.stringify([heads, state ?? null]));
  }
  return read;
}

const heldBy = (view: View): Map<string, string> => readThrough({ commit: 0, view, base: undefined, apart: 0 });

const pathOf = (version: BasedVersion): BasedVersion[] => [version, ...(version.base ? pathOf(version.base) : [])];

const histories = fc.array(
  fc.record({
    parents: fc.array(fc.nat(), { maxLength: 2 }),
    records: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 30 },
);

test("every version is read as it is, over few bases", () => {
  check(
    fc.property(histories, fc.integer({ min: 1, max: 7 }), fc.nat(), fc.boolean(), (drawn, most, number, some) => {
      const { graph, views } = historyOf(
        drawn.map(({ parents, records }, index) => ({
          parents: index === 0 ? [] : [...new Set(parents.map((parent) => 1 + (parent % index)))],
          records,
        })),
      );
      const tips = [...views.keys()].filter((commit) => !some || commit % 3 === 0 || commit === 1);
      const own = new Map(tips.map((tip) => [tip, views.get(tip)!]));
      const first = number % 2 === 0 ? tips[number % tips.length] : undefined;
      const tree = baseTree(own, nearTips(graph, tips), first, most);
      expect(tree.map(({ commit }) => commit).sort((a, b) => a - b)).toEqual(tips);
      const before = new Set<BasedVersion>();
      for (const version of tree) {
        expect(version.base === undefined || before.has(version.base)).toBe(true);
        before.add(version);
        expect(version.apart).toBe(rowsApart(version).length);
        expect(readThrough(version)).toEqual(heldBy(version.view));
        // No more rows than without a base, and not too many steps.
        expect(version.apart).toBeLessThanOrEqual(version.view.size);
        const withRows = pathOf(version).filter((one) => one.apart > 0 || one.base === undefined);
        expect(withRows.length).toBeLessThanOrEqual(most + 1);
      }
      if (first !== undefined) expect(tree[0]).toMatchObject({ commit: first, base: undefined });
    }),
    0.5,
  );
});

test("each branch inherits from its neighbour, and what differs in half of its records from none", () => {
  const all = Array.from({ length: 20 }, (_, record) => record);
  // 1 ─ 2 ─ 3 ─ 4, where 3 changes everything; 5 grows out of 1, and 6 and 7 out of 4.
  const { graph, views } = historyOf([
    { parents: [], records: all },
    { parents: [1], records: [1] },
    { parents: [2], records: all },
    { parents: [3], records: [2] },
    { parents: [1], records: [3] },
    { parents: [4], records: [4, 5] },
    { parents: [4], records: [] },
  ]);
  const tips = [4, 6, 7, 5, 2];
  const tree = baseTree(new Map(tips.map((tip) => [tip, views.get(tip)!])), nearTips(graph, tips), 4, 7);
  const told = new Map(tree.map(({ commit, base, apart }) => [commit, [base?.commit, apart]]));
  expect(told).toEqual(
    new Map([
      [4, [undefined, 20]],
      [7, [4, 0]],
      [6, [4, 2]],
      [5, [undefined, 20]],
      [2, [5, 2]],
    ]),
  );
});

test("tips are near where nothing lies between them but what is nearer to one of the two", () => {
  // 1 ─ 2 ─ 3 ─ 4 ─ 5 with 6 and 7 on 3, and 8 by itself.
  const { graph } = historyOf([...[[], [1], [2], [3], [4], [3], [6], []].map((parents) => ({ parents, records: [] }))]);
  expect(nearTips(graph, [1, 5, 8])).toEqual([[1, 5]]);
  expect(nearTips(graph, [5, 2, 7]).sort()).toEqual([
    [2, 5],
    [2, 7],
  ]);
  expect(nearTips(graph, [3, 7, 5, 6]).sort()).toEqual([
    [3, 5],
    [3, 6],
    [6, 7],
  ]);
  expect(nearTips(graph, [4])).toEqual([]);
});

test("paths are short whatever the depth, and as they were where they are short", () => {
  for (const most of [1, 2, 3, 7]) {
    for (const deepest of [0, 1, 2, 3, 5, 7, 8, 20, 35, 36, 127, 128, 129, 1000, 20_000]) {
      const baseDepth = shortPaths(most, deepest);
      const depths = Array.from({ length: deepest }, (_, index) => index + 1);
      const bases = depths.map(baseDepth);
      expect(depths.filter((depth, index) => !(bases[index]! >= 0 && bases[index]! < depth))).toEqual([]);
      if (deepest <= most) expect(bases).toEqual(depths.map((depth) => depth - 1));
      const steps = [0];
      for (const base of bases) steps.push(steps[base]! + 1);
      expect(Math.max(...steps)).toBeLessThanOrEqual(most);
      // With seven steps to a thousand depths, a base is eight of them away on the average.
      const climbed = depths.reduce((sum, depth, index) => sum + depth - bases[index]!, 0);
      if (most === 7 && deepest <= 1000) expect(climbed).toBeLessThanOrEqual(8 * deepest);
    }
  }
});

test("a map of no records has no rows, and on top of others it hides them", () => {
  const { views } = historyOf([{ parents: [], records: [1, 2] }]);
  const base: BasedVersion = { commit: 1, view: views.get(1)!, base: undefined, apart: 2 };
  expect(rowsApart({ view: new RecordMap(), base: undefined })).toEqual([]);
  expect(rowsApart({ view: new RecordMap(), base })).toEqual([
    { record: idOf(1), heads: [], state: undefined },
    { record: idOf(2), heads: [], state: undefined },
  ]);
});
