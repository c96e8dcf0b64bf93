/** The difference of two states as a JSON Patch (RFC 6902), for people and programs that know nothing of operations. */
import { difference } from "./difference";
import type { Json, State } from "./json";
import type { Effect } from "./operation";
import { lookup, type Path } from "./path";

/** One operation of a JSON Patch, of those that a difference needs. A type and not an interface, so that it is Json too. */
export type PatchStep =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

/**
 * A patch that takes one state to exactly another. A record that comes to be is added at `""`, one that goes is removed
 * there; where nothing changed the patch is empty.
 */
export function patchBetween(before: State, after: State): PatchStep[] {
  return difference(before, after).flatMap((effect) => stepsOf(effect, before));
}

/**
 * The steps that say an effect of `difference`.
 * @param before the state before all effects: none moves what another one is about, so it tells what is there
 */
function stepsOf({ operation, path, parameters }: Effect, before: State): PatchStep[] {
  const place = pointerTo(path);
  switch (operation) {
    case "remove":
      return [{ op: "remove", path: place }];
    case "splice": {
      const { index, remove, insert } = parameters as unknown as {
        readonly index: number;
        readonly remove: number;
        readonly insert: readonly Json[];
      };
      return [
        ...Array.from({ length: remove }, (): PatchStep => ({ op: "remove", path: `${place}/${index}` })),
        ...insert.map((value, offset): PatchStep => ({ op: "add", path: `${place}/${index + offset}`, value })),
      ];
    }
    default: {
      const { value } = parameters as { readonly value: Json };
      return [{ op: lookup(before, path).exists ? "replace" : "add", path: place, value }];
    }
  }
}

/** A path as a JSON Pointer (RFC 6901). */
export function pointerTo(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
