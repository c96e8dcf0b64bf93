/** What frontiers show beside what they hold: looking only where two may differ finds what looking everywhere does. */
import { maximal } from "../../src/core/antichain";
import { MemoryCommitGraph } from "../../src/core/graph";
import type { CommitId, RecordId } from "../../src/core/ids";
import { levelsOf } from "../../src/store/rowsAt";
import type { FrontierPlace } from "../../src/store/verify/frontierPlaces";
import { TrueHistory } from "../../src/store/verify/recordHistory";
import { findUnseen, type SeenRow } from "../../src/store/verify/unseen";
import { seeded } from "../support/seeded";
import { shape, type ShapeName } from "../support/shapes";

function graphOf(name: ShapeName, size: number, random: () => number): MemoryCommitGraph {
  const graph = new MemoryCommitGraph();
  for (const [commit, parents] of shape(name, size, random).entries()) {
    graph.add(commit, Math.max(-1, ...parents.map((parent) => graph.logicalTime(parent))) + 1, parents);
  }
  return graph;
}

const recordOf = (number: number): RecordId => `0190abab-0000-7000-8000-${String(number).padStart(12, "0")}`;

function historyOf(graph: MemoryCommitGraph, record: RecordId, commits: readonly CommitId[]): TrueHistory {
  const effect = { path: ["a"], operation: "put", parameters: { value: 1 } };
  return new TrueHistory(
    graph,
    record,
    commits.map((commit) => ({ ...effect, id: commit, commit, logicalTime: graph.logicalTime(commit) })),
  );
}

const held = (name: string, sequence: number, members: readonly CommitId[]): FrontierPlace => ({
  ...{ name, sequence, members, bases: [] },
  ...{ rowsFrom: 0, readable: true },
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("as looking at each record on each frontier does (seed %d)", (seed) => {
  const random = seeded(seed);
  const below = (count: number) => Math.floor(random() * count);
  const graph = graphOf(seed % 2 === 0 ? "random" : "branches", 80, random);
  const all = Array.from({ length: graph.size }, (_, commit) => commit);
  const versions = Array.from({ length: 10 }, () => {
    return maximal(
      graph,
      Array.from({ length: below(4) }, () => below(all.length)),
    );
  });
  const histories = new Map(
    Array.from({ length: 6 }, (_, number) => {
      const record = recordOf(number);
      return [
        record,
        historyOf(
          graph,
          record,
          all.filter(() => random() < 0.1),
        ),
      ];
    }),
  );
  const names = Array.from({ length: 12 }, (_, number) => `f${number}`);
  const places = names.map((name, number): FrontierPlace => {
    const bases = names.slice(0, number).filter(() => random() < 0.3);
    return {
      ...held(name, below(8), versions[below(versions.length)]!),
      bases: bases.reverse().map((frontier) => ({ frontier, sequence: below(8) })),
      readable: random() < 0.9,
    };
  });
  const rows = names.flatMap((frontier) =>
    [...histories].flatMap(([record, history]) => {
      const found: SeenRow[] = [];
      for (let from = below(6); from < 8 && random() < 0.5; from += 1 + below(3)) {
        const heads = history.headsIn(versions[below(versions.length)]!);
        found.push({ frontier, record, from, to: random() < 0.3 ? null : from + 1, heads });
      }
      return found;
    }),
  );
  const everywhere = places.flatMap((place) =>
    [...histories].flatMap(([record, history]) => {
      if (!place.readable) return [];
      const at = levelsOf({ frontier: place.name, sequence: place.sequence, bases: place.bases });
      const seen = at.flatMap(({ frontier, sequence }) =>
        rows.filter(
          (row) => row.frontier === frontier && row.record === record && row.from <= sequence && !ended(row, sequence),
        ),
      )[0];
      const heads = history.headsIn(place.members);
      return (seen?.heads ?? []).join() === heads.join() ? [] : [{ place, record, seen, heads }];
    }),
  );
  expect(everywhere.length).toBeGreaterThan(5);
  const found = findUnseen(graph, places, histories, rows);
  const inOrder = (unseen: typeof found) =>
    unseen.map((one) => [`${one.place.name} ${one.record}`, one] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  expect(inOrder(found)).toEqual(inOrder(everywhere));
});

const ended = ({ to }: SeenRow, sequence: number): boolean => to !== null && to <= sequence;

test("thousands of frontiers with one base do not cost as many looks at each record", () => {
  const graph = graphOf("line", 1_000, seeded(1));
  const records = Array.from({ length: 100 }, (_, number) => recordOf(number));
  // Each commit changes one record, the first all of them.
  const commitsOf = (number: number) =>
    Array.from({ length: graph.size }, (_, commit) => commit).filter((n) => n === 0 || n % records.length === number);
  const histories = new Map(
    records.map((record, number) => [record, historyOf(graph, record, commitsOf(number))] as const),
  );
  const rows = records.flatMap((record, number) => {
    const commits = commitsOf(number);
    return commits.map((commit, place): SeenRow => {
      return { frontier: "main", record, from: commit, to: commits[place + 1] ?? null, heads: [commit] };
    });
  });
  const places = Array.from({ length: 2_000 }, (_, number): FrontierPlace => {
    const sequence = (number * 7) % graph.size;
    return { ...held(`heir ${number}`, 1, [sequence]), bases: [{ frontier: "main", sequence }] };
  });
  const looks = jest.spyOn(TrueHistory.prototype, "headsIn");
  expect(findUnseen(graph, [held("main", 999, [999]), ...places], histories, rows)).toEqual([]);
  expect(looks.mock.calls.length).toBeLessThan(3 * places.length);
});
