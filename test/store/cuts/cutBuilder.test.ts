/** Cuts that are made in memory, with nothing stored before. */
import { maximal } from "../../../src/core/antichain";
import { MemoryCommitGraph } from "../../../src/core/graph";
import type { Effect } from "../../../src/core/operation";
import { CutBuilder, type CutRows, type RecordTouch } from "../../../src/store/cuts/cutBuilder";
import type { CutSource } from "../../../src/store/cuts/cutSource";
import { seeded } from "../../support/seeded";
import { shape, SHAPES, type ShapeName } from "../../support/shapes";

const RECORD = "0190abab-0000-7000-8000-00000000000a";

function nothingStored(): CutSource {
  let [cuts, operations] = [0, 0];
  const never = () => Promise.reject(new Error("Nothing is stored."));
  return {
    lock: () => Promise.resolve(),
    entries: () => Promise.resolve({ entries: [], cuts: [] }),
    standingOn: () => Promise.resolve([]),
    ...{ cuts: never, touches: never, states: never, effects: never },
    newCutId: () => Promise.resolve((cuts += 1)),
    newOperationId: () => Promise.resolve((operations += 1)),
  };
}

/** Counters and a list, in a record that is too large for many snapshots. */
function effectsAt(place: number): Effect[] {
  const value = { a: 0, b: 0, list: [], text: "x".repeat(5_000) };
  if (place === 0) return [{ path: [], operation: "create", parameters: { value } }];
  if (place % 5 === 0) return [{ path: ["list"], operation: "add", parameters: { value: place } }];
  return [{ path: [place % 2 === 0 ? "a" : "b"], operation: "increment", parameters: { by: place } }];
}

function touchesOf(name: ShapeName, length: number): RecordTouch[] {
  const graph = new MemoryCommitGraph();
  return shape(name, length, seeded(1)).map((above, commit) => {
    const logicalTime = Math.max(-1, ...above.map((parent) => graph.logicalTime(parent))) + 1;
    graph.add(commit, logicalTime, above);
    const parents = maximal(graph, above);
    return { record: RECORD, commit, logicalTime, parents, effects: effectsAt(commit), snapshots: "snapshots_thing" };
  });
}

async function make(touches: readonly RecordTouch[], keptBytes?: number): Promise<CutRows> {
  const builder = new CutBuilder(nothingStored(), undefined, keptBytes);
  await builder.add(touches);
  return builder.take();
}

test.each(SHAPES)("states that are not kept are found again by what leads to them: %s", async (name) => {
  const touches = touchesOf(name, 600);
  const rows = await make(touches);
  expect(rows.cuts.length).toBeGreaterThan(10);
  expect(rows.cuts.some(({ jumpOperation }) => jumpOperation !== null)).toBe(true);
  expect(await make(touches, 1)).toEqual(rows);
});

test("a record with many commits is gone through once, not once for each of them", async () => {
  let looks = 0;
  const touches = touchesOf("line", 2_000).map(({ record, ...touch }) => ({
    ...touch,
    get record() {
      looks += 1;
      return record;
    },
  }));
  await make(touches);
  expect(looks).toBeLessThan(50 * touches.length);
});
