/**
 * Random histories in which containers change their kind, names are nasty, records come and go, and operations reach any
 * depth: few of them make sense, which the tamer ones of `histories.ts` do.
 */
import fc from "fast-check";
import { maximal, type Antichain } from "../../src/core/antichain";
import type { RecordId } from "../../src/core/ids";
import { isList, isObject, type Json, type State } from "../../src/core/json";
import { holds } from "../../src/core/judge";
import { applyOperation, refusalOf, type Effect } from "../../src/core/operation";
import { child, lookup, type Path } from "../../src/core/path";
import { type Predicate } from "../../src/core/predicates";
import { History, RECORDS, versionsOf } from "./histories";
import { seeded } from "./seeded";

const NAMES = ["a", "b", "__proto__"];
const LARGEST = Number.MAX_SAFE_INTEGER;

export interface WildCase {
  readonly history: History;
  /** Consistent versions in it. */
  readonly parts: readonly Antichain[];
}

export const wildCases: fc.Arbitrary<WildCase> = fc.integer().map((seed) => new Wild(seed).case());

type Proposed = Effect & { readonly record: RecordId; readonly predicates: readonly Predicate[] };

class Wild {
  readonly #random: () => number;
  readonly #history = new History();

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  case(): WildCase {
    const history = this.#history;
    const created = RECORDS.slice(0, 2).map((record): Proposed => {
      return { record, path: [], operation: "create", parameters: { value: this.#object(3) }, predicates: [] };
    });
    history.commit(50, maximal(history.graph, []), created);
    const steps = 4 + this.#below(10);
    for (let step = 0; step < steps; step++) {
      const parents = maximal(history.graph, this.#recent(this.#pick([1, 1, 2, 2, 3]), this.#pick([4, 4, 10])));
      const breaches = parents.length < 2 ? new Set<string>() : history.breaches(parents);
      if (breaches.size > 0 && this.#happens(0.3)) continue;
      const settled = [...new Set([...breaches].map((breach) => Number(breach.split(" ")[0])))];
      history.commit(100 + 5 * step + 1_000 * this.#below(5), parents, this.#operations(parents), settled);
      if (this.#happens(0.5))
        history.commit(6_103 + 5 * step + 1_000 * this.#below(3), parents, this.#operations(parents), settled);
    }
    const sets = Array.from({ length: 3 }, () => this.#recent(1 + this.#below(2), 7));
    return { history, parts: versionsOf(history, sets) };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[this.#below(values.length)]!;
  }

  #happens(share: number): boolean {
    return this.#random() < share;
  }

  /** So many of the last commits. */
  #recent(count: number, last: number): number[] {
    const commits = this.#history.commits.slice(-last);
    return Array.from({ length: count }, () => this.#pick(commits));
  }

  #object(depth: number): Json {
    const members = NAMES.filter(() => this.#happens(0.55)).map((name) => [name, this.#value(depth - 1)] as const);
    // As own members, whatever their names.
    return Object.fromEntries(members);
  }

  #value(depth: number): Json {
    const kind = this.#random();
    if (depth > 0 && kind < 0.5) return this.#object(depth);
    if (depth > 0 && kind < 0.65) return Array.from({ length: this.#below(3) }, () => this.#value(depth - 1));
    return this.#pick<Json>([0, 1, 2, LARGEST, "xy", null]);
  }

  /** A path that is there, but for its last step. */
  #path(state: State): Path {
    const path: (string | number)[] = [];
    let at: Json | undefined = state;
    for (let depth = this.#pick([0, 1, 1, 2, 2, 2, 3, 3]); depth > 0 && at !== undefined; depth--) {
      const step: string | number = isList(at) ? this.#below(at.length + 1) : this.#pick(NAMES);
      path.push(step);
      at = child(at, step);
    }
    return path;
  }

  #effect(state: State): Effect {
    if (state === undefined) return { path: [], operation: "create", parameters: { value: this.#object(3) } };
    const path = this.#path(state);
    const found = lookup(state, path);
    const here = found.exists ? found.value : undefined;
    const kinds = ["put", "put", "put", "remove", "max", "min"];
    if (typeof here === "number") kinds.push("increment", "increment", "max");
    if (typeof here === "string") kinds.push("edit", "edit");
    if (isList(here)) kinds.push("add", "add", "discard", "discard", "splice", "splice");
    if (isObject(here)) kinds.push("assign", "assign", "assign");
    const operation = this.#pick(kinds);
    return { path, operation, parameters: this.#parameters(operation, path) };
  }

  #parameters(operation: string, path: Path): Json {
    switch (operation) {
      case "put":
        return { value: path.length === 0 ? this.#object(3) : this.#value(3 - path.length) };
      case "assign":
        return { value: this.#object(2) };
      case "increment":
        return { by: this.#pick([1, -1, -2, 2]) };
      case "max":
      case "min":
        return { value: this.#below(4) };
      case "add":
      case "discard":
        return { value: this.#value(0) };
      case "edit":
        return { index: this.#below(2), remove: this.#below(2), insert: this.#pick(["q", ""]) };
      case "splice":
        return { index: this.#below(2), remove: this.#below(2), insert: this.#happens(0.7) ? [this.#value(1)] : [] };
      default:
        return {};
    }
  }

  /** A predicate that is likely to hold now. */
  #predicate(state: State, parents: Antichain, record: RecordId, of: { readonly record?: RecordId }): Predicate {
    const path = this.#path(state ?? {});
    const kind = this.#random();
    if (kind < 0.1) return { unchanged: { ...of, path } };
    if (kind < 0.13) return { version: { ...of, heads: this.#history.heads(parents, record) } };
    const found = lookup(state, path);
    if (!found.exists) return { absent: { ...of, path } };
    const { value } = found;
    if (typeof value === "number" && kind < 0.7) {
      const bound = { ...of, path, value: value - this.#below(2) };
      return this.#happens(0.5) ? { atLeast: bound } : { atMost: { ...bound, value: value + this.#below(2) } };
    }
    if (kind < 0.6) return { exists: { ...of, path } };
    if (isObject(value)) return { size: { ...of, path, atLeast: 0, atMost: 3 } };
    return { equals: { ...of, path, value } };
  }

  #operations(parents: Antichain): Proposed[] {
    const states = new Map<RecordId, State>(
      RECORDS.map((record) => [record, this.#history.state(parents, record)] as const),
    );
    const [first, second] = RECORDS as readonly [RecordId, RecordId];
    const proposed: Proposed[] = [];
    for (let left = this.#pick([0, 1, 1, 2, 3]); left > 0; left--) {
      const record = this.#happens(0.75) ? first : second;
      const effect = this.#effect(states.get(record));
      if (refusalOf(states.get(record), effect) !== null) continue;
      const predicates: Predicate[] = [];
      if (this.#happens(0.3)) {
        const read = this.#happens(0.35) ? second : record;
        const of = read === record ? {} : { record: read };
        const predicate = this.#predicate(states.get(read), parents, read, of);
        if (holds(predicate, (other) => states.get(other ?? record))) predicates.push(predicate);
      }
      proposed.push({ ...effect, record, predicates });
      states.set(record, applyOperation(states.get(record), effect));
    }
    return proposed;
  }
}
