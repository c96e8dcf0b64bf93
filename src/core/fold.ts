/** Applying many effects in a row without copying a container more than once. */
import type { Json, JsonObject } from "./json";

/** Told of work before it is done, in steps as `Limits.stepsPerCommit` has them. May throw to put an end to it. */
export type Spend = (steps: number) => void;

export const SPEND_FREELY: Spend = () => undefined;

/** Steps that it takes to list or copy the members of an object. */
export function stepsOfMembers(count: number): number {
  return count * 16;
}

/** Steps that it takes to pass over characters. */
export function stepsOfText(length: number): number {
  return length >> 3;
}

/** Steps that it takes to move elements. */
export function stepsOfMove(length: number): number {
  return length >> 4;
}

/**
 * The containers that a fold has made, which stand at one place of its states and are known to nobody else: where others
 * copy, the fold may change these in place. Whatever the fold was given stays as it is.
 */
export class Fold {
  #own = new WeakSet<object>();

  constructor(readonly spend: Spend = SPEND_FREELY) {}

  /** The object itself if the fold owns it, else a copy that it owns. */
  object(object: JsonObject): Record<string, Json> {
    if (this.#own.has(object)) return object;
    const copy = { ...object };
    this.spend(stepsOfMembers(Object.keys(copy).length));
    return this.own(copy);
  }

  /** The list itself if the fold owns it, else a copy that it owns. */
  list(list: readonly Json[]): Json[] {
    if (this.#own.has(list)) return list as Json[];
    this.spend(stepsOfMove(list.length));
    return this.own([...list]);
  }

  /** Takes a container that was just made, and that nobody else has. */
  own<Container extends object>(container: Container): Container {
    this.#own.add(container);
    return container;
  }

  /** Owns nothing any more: from now on every container is copied before it is changed. */
  release(): void {
    this.#own = new WeakSet();
  }
}

/** Sets a member of an object that may be changed, as an own property whatever its name is. */
export function setMember(object: Record<string, Json>, name: string, value: Json): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
