import fc from "fast-check";
import { maximal, type Antichain } from "../../src/core/antichain";
import { exposed, findBreaches, type Evidence, type JudgedOperation } from "../../src/core/consistency";
import type { RecordId } from "../../src/core/ids";
import { commonAncestors } from "../../src/core/antichain";
import { joinOf } from "../../src/core/joining";
import { applyOperation, refusalOf } from "../../src/core/operation";
import { readsOf } from "../../src/core/reads";
import { check } from "../support/arbitraries";
import { histories, RECORDS, versionsOf, type History } from "../support/histories";

/** At least 1,000 cases each, where no other number is asked for. */
const FACTOR = 5;

const picks = fc.array(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 5 });
/** A history and some versions of it that are consistent. */
const joins = fc.tuple(histories, picks, fc.nat({ max: 30 })).map(([history, chosen, pick]) => {
  const at = (index: number) => history.commits[index % history.commits.length]!;
  const [, shared, ...others] = history.rivals[pick % (history.rivals.length || 1)] ?? [];
  // Every other time all versions have a commit in common that knows of none of the others.
  const crowded = pick % 2 === 0 && shared !== undefined && others.length > 1;
  const sets = crowded ? others.map((other) => [shared, other]) : chosen.map((some) => some.map(at));
  const parts = versionsOf(history, sets);
  // Single commits are consistent always.
  const alone = versionsOf(
    history,
    chosen.map(([first]) => [at(first!)]),
  );
  return { history, parts: parts.length < 2 ? [...parts, ...alone] : parts };
});

/** Everything that is known of a version from a logical time on. */
function evidenceOf(history: History, version: Antichain, floor: number): Evidence {
  const all = history.operationsOf(version);
  const base = (record: RecordId) =>
    all
      .filter((operation) => operation.record === record && operation.logicalTime < floor)
      .reduce(applyOperation, undefined as ReturnType<typeof applyOperation>);
  const operations = new Map(
    RECORDS.map((record) => [
      record,
      all.filter((operation) => operation.record === record && operation.logicalTime >= floor),
    ]),
  );
  return { graph: history.graph, version, floor, operations, base };
}

/** What is found by looking only at what can newly fail. */
function incremental(history: History, parts: readonly Antichain[]) {
  const join = joinOf(history.graph, parts);
  const settled = history.settledIn(join.version);
  const among = (commits: readonly number[]): JudgedOperation[] =>
    history.operations.filter(({ commit }) => commits.includes(commit));
  const suspects = exposed(
    join,
    among(join.suspects).filter(({ id }) => !settled.has(id)),
    join.beyond.map(among),
  );
  return { join, suspects, breaches: findBreaches(evidenceOf(history, join.version, join.floor), suspects) };
}

const named = (breaches: ReturnType<typeof findBreaches>): string[] =>
  [...new Set(breaches.map(({ operation, reason }) => `${operation.id} ${reason}`))].sort();

describe("what can newly fail", () => {
  it("is all that judging the whole version finds", () => {
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join, breaches } = incremental(history, parts);
        expect(named(breaches)).toEqual([...history.breaches(join.version)].sort());
      }),
      FACTOR,
    );
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

describe("a merge commit", () => {
  it("changes no verdict where it says nothing", () => {
    check(
      fc.property(joins, ({ history, parts }) => {
        const { join, breaches } = incremental(history, parts);
        const after = history.copy();
        after.commit(99_999, join.version, []);
        expect([...after.breaches([99_999])].sort()).toEqual(named(breaches));
      }),
      FACTOR,
    );
  });

  it("settles for good: what it names comes back in no version that contains it", () => {
    check(
      fc.property(joins, fc.nat({ max: 30 }), ({ history, parts }, pick) => {
        const { join, breaches } = incremental(history, parts);
        const settled = breaches.map(({ operation }) => operation.id);
        const other = history.commits[pick % history.commits.length]!;
        const after = history.copy();
        after.commit(99_999, join.version, [], settled);
        expect([...after.breaches([99_999])]).toEqual([]);
        const later = incremental(after, [maximal(after.graph, [99_999]), maximal(after.graph, [other])]);
        expect(named(later.breaches)).toEqual([...after.breaches(later.join.version)].sort());
        for (const { operation } of later.breaches) expect(settled).not.toContain(operation.id);
      }),
      FACTOR,
    );
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
    // Where two commits have several common ancestors, two merges below them have these as well.
    const crossed = ({ history: { graph, commits }, parts }: (typeof samples)[number]) => {
      const merges = commits.filter((commit) => graph.parents(commit).length > 1);
      const areCrossed = (one: number, other: number) => commonAncestors(graph, [[one], [other]]).length > 1;
      return parts.length > 1 && merges.some((one, at) => merges.slice(0, at).some((other) => areCrossed(one, other)));
    };
    expect(share(crossed)).toBeGreaterThan(0.1);
    const reads = ({ history }: (typeof samples)[number]) =>
      history.operations.some((operation) => readsOf(operation).some(({ record }) => record !== operation.record));
    expect(share(reads)).toBeGreaterThan(0.2);
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
