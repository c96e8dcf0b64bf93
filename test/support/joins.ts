/** Versions of random histories to be joined, and judging them by looking only at what can newly fail. */
import fc from "fast-check";
import { commonAncestors, type Antichain } from "../../src/core/antichain";
import { exposed, findBreaches, type Breach, type Evidence, type JudgedOperation } from "../../src/core/consistency";
import type { RecordId } from "../../src/core/ids";
import type { State } from "../../src/core/json";
import { joinOf, type Join } from "../../src/core/joining";
import { applyOperation } from "../../src/core/operation";
import { readsOf } from "../../src/core/reads";
import { RECORDS, versionsOf, type History } from "./histories";

const picks = fc.array(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 5 });

export interface Parts {
  readonly history: History;
  readonly parts: readonly Antichain[];
}

/** A history and some versions of it that are consistent. */
export function joinsOf(histories: fc.Arbitrary<History>): fc.Arbitrary<Parts> {
  return fc.tuple(histories, picks, fc.nat({ max: 30 })).map(([history, chosen, pick]) => {
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
}

/** Everything that is known of a version from a logical time on. */
function evidenceOf(history: History, version: Antichain, floor: number): Evidence {
  const all = history.operationsOf(version);
  const base = (record: RecordId) =>
    all
      .filter((operation) => operation.record === record && operation.logicalTime < floor)
      .reduce<State>(applyOperation, undefined);
  const operations = new Map(
    RECORDS.map((record) => [
      record,
      all.filter((operation) => operation.record === record && operation.logicalTime >= floor),
    ]),
  );
  return { graph: history.graph, version, floor, operations, base };
}

export interface Judged {
  readonly join: Join;
  readonly suspects: readonly JudgedOperation[];
  readonly breaches: readonly Breach[];
}

/** What is found by looking only at what can newly fail. */
export function incremental(history: History, parts: readonly Antichain[]): Judged {
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

/** Breaches as the naive judge names them. */
export function named(breaches: readonly Breach[]): string[] {
  return [...new Set(breaches.map(({ operation, reason }) => `${operation.id} ${reason}`))].sort();
}

/** Whether some merges of a history are crossed: two of its commits have several common ancestors. */
export function isCrossed({ graph, commits }: History): boolean {
  // Where two commits have several common ancestors, two merges below them have these as well.
  const merges = commits.filter((commit) => graph.parents(commit).length > 1);
  const areCrossed = (one: number, other: number) => commonAncestors(graph, [[one], [other]]).length > 1;
  return merges.some((one, at) => merges.slice(0, at).some((other) => areCrossed(one, other)));
}

/** Whether a predicate of a history is about another record than its operation's. */
export function readsOthers({ operations }: History): boolean {
  return operations.some((operation) => readsOf(operation).some(({ record }) => record !== operation.record));
}
