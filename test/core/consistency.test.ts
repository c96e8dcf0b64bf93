import fc from "fast-check";
import { maximal } from "../../src/core/antichain";
import type { RecordId } from "../../src/core/ids";
import { bitOf, partsHaving } from "../../src/core/joining";
import { applyOperation, refusalOf } from "../../src/core/operation";
import { check } from "../support/arbitraries";
import { naiveHistory } from "../support/arbitrariesGraphs";
import { histories, History, RECORDS } from "../support/histories";
import type { Predicate } from "../../src/core/predicates";
import { incremental, isCrossed, joinsOf, named, readsOthers } from "../support/joins";
import { Tally } from "../support/tally";

/** At least 1,000 cases each, where no other number is asked for. */
const FACTOR = 5;

const joins = joinsOf(histories);

describe("what can newly fail", () => {
  it("is all that judging the whole version finds", () => {
    const tally = new Tally();
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join, breaches } = incremental(history, parts);
        fc.pre(join.version.length > 1);
        expect(named(breaches)).toEqual([...history.breaches(join.version)].sort());
        tally.add(history, join.version.length, breaches.length > 0);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });

  it("says the same in any order of the versions", () => {
    check(
      fc.property(joins, ({ history, parts }) => {
        expect(named(incremental(history, [...parts].reverse()).breaches)).toEqual(
          named(incremental(history, parts).breaches),
        );
      }),
      FACTOR,
    );
  });

  it("names what breaks: concurrent operations on the record that was tested", () => {
    check(
      fc.property(joins, ({ history, parts }) => {
        for (const { operation, record, brokenBy } of incremental(history, parts).breaches) {
          expect(brokenBy.length).toBeGreaterThan(0);
          for (const other of brokenBy) {
            expect(other.record).toBe(record);
            const either = maximal(history.graph, [other.commit, operation.commit]);
            expect(either).toHaveLength(2);
          }
        }
      }),
      FACTOR,
    );
  });
});

describe("a consistent version", () => {
  it("has every operation applied, but for those that are settled and removals of what is gone", () => {
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join, breaches } = incremental(history, parts);
        if (breaches.length > 0) return;
        const settled = history.settledIn(join.version);
        const states = new Map<RecordId, ReturnType<typeof applyOperation>>();
        for (const operation of history.operationsOf(join.version)) {
          const before = states.get(operation.record);
          if (!settled.has(operation.id) && operation.operation !== "remove") {
            expect(refusalOf(before, operation)).toBeNull();
          }
          states.set(operation.record, applyOperation(before, operation));
        }
      }),
      FACTOR,
    );
  });

  it("is what any single commit forms", () => {
    check(
      fc.property(histories, (history) => {
        for (const commit of history.commits) expect([...history.breaches([commit])]).toEqual([]);
      }),
      FACTOR,
    );
  });
});

describe("the parts of a join", () => {
  it("have the commits of their histories", () => {
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join } = incremental(history, parts);
        const having = partsHaving(join);
        for (const commit of naiveHistory(history.graph, join.version)) {
          const has = parts.map((part) => naiveHistory(history.graph, part).has(commit));
          expect(parts.map((_, part) => (having(commit) & bitOf(part)) !== 0n)).toEqual(has);
        }
      }),
    );
  });
});

describe("a merge commit", () => {
  it("changes no verdict where it says nothing", () => {
    const tally = new Tally();
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join, breaches } = incremental(history, parts);
        fc.pre(join.version.length > 1);
        const after = history.copy();
        after.commit(99_999, join.version, []);
        expect([...after.breaches([99_999])].sort()).toEqual(named(breaches));
        tally.add(history, join.version.length, breaches.length > 0);
      }),
      FACTOR,
    );
    tally.expectEnough();
  });
});

describe("the random histories", () => {
  const samples = fc
    .sample(joins, { seed: 1, numRuns: 600 })
    .map(({ history, parts }) => ({ history, parts, ...incremental(history, parts) }));
  const share = (is: (sample: (typeof samples)[number]) => boolean): number =>
    samples.filter(is).length / samples.length;

  it("are not tame", () => {
    expect(share(({ breaches }) => breaches.length > 0)).toBeGreaterThan(0.25);
    expect(share(({ join }) => join.version.length >= 3)).toBeGreaterThan(0.25);
    expect(share(({ history, parts }) => parts.length > 1 && isCrossed(history))).toBeGreaterThan(0.1);
    expect(share(({ history }) => readsOthers(history))).toBeGreaterThan(0.2);
    expect(share(({ history }) => history.settlements.size > 0)).toBeGreaterThan(0.1);
    for (const reason of ["PREDICATE", "PRECONDITION", "POSITION"] as const) {
      expect(share(({ breaches }) => breaches.some((breach) => breach.reason === reason))).toBeGreaterThan(0.05);
    }
    // The suspects from the common past: each side may have left just enough.
    const shared = ({ history, parts, breaches }: (typeof samples)[number]) =>
      breaches.some(({ operation }) => parts.every((part) => history.operationsOf(part).includes(operation)));
    expect(share(shared)).toBeGreaterThan(0);
  });
});

describe("many operations on one record", () => {
  // Each of them is broken by one operation; to compare each with each, and to copy the state for each, takes minutes.
  it("are judged without comparing each with each", () => {
    const names = Array.from({ length: 12_000 }, (_, index) => `m${index}`);
    const [record] = RECORDS;
    const history = new History();
    const create = { record: record!, path: [], operation: "create", parameters: { value: { n: 0 } }, predicates: [] };
    history.commit(1, maximal(history.graph, []), [create]);
    const increment = { ...create, path: ["n"], operation: "increment", parameters: { by: 1 } };
    const puts = (prefix: string, predicates: readonly Predicate[]) =>
      names.map((name) => {
        return { ...create, path: [prefix + name], operation: "put", parameters: { value: 1 }, predicates };
      });
    history.commit(2, maximal(history.graph, [1]), [increment, ...puts("theirs", [])]);
    history.commit(3, maximal(history.graph, [1]), puts("ours", [{ equals: { path: ["n"], value: 0 } }]));
    const { breaches } = incremental(history, [maximal(history.graph, [2]), maximal(history.graph, [3])]);
    expect(breaches).toHaveLength(names.length);
    expect(breaches.every(({ brokenBy, reason }) => reason === "PREDICATE" && brokenBy.length === 1)).toBe(true);
  });
});
