import { isList, isObject, type Json, type JsonObject, type State } from "../../src/core/json";
import type { PatchStep } from "../../src/core/patchBetween";

/** RFC 6902 by its letter, on a copy. */
export function patched(before: State, patch: readonly PatchStep[]): State {
  // The document stands in a list, so that its root is a place like any other.
  const holder: Json[] = before === undefined ? [] : [structuredClone(before)];
  for (const step of patch) {
    const tokens = step.path.split("/").slice(1);
    if (tokens.length === 0) {
      if (step.op !== "add" && holder.length === 0) throw new Error("There is no document.");
      holder.splice(0, 1, ...(step.op === "remove" ? [] : [step.value]));
      continue;
    }
    const names = tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = names.pop()!;
    let container: Json | undefined = holder[0];
    for (const name of names) container = memberOf(container, name);
    if (isList(container)) patchList(container as Json[], last, step);
    else if (isObject(container)) patchObject(container, last, step);
    else throw new Error(`There is no container at ${step.path}.`);
  }
  return holder[0] as State;
}

function memberOf(container: Json | undefined, name: string): Json | undefined {
  if (isList(container)) return container[indexOf(name, container.length)];
  return isObject(container) && Object.hasOwn(container, name) ? container[name] : undefined;
}

function indexOf(token: string, below: number): number {
  if (!/^(0|[1-9][0-9]*)$/.test(token) || Number(token) >= below) throw new Error(`There is no index ${token}.`);
  return Number(token);
}

function patchList(list: Json[], token: string, step: PatchStep): void {
  const index = indexOf(token, list.length + (step.op === "add" ? 1 : 0));
  if (step.op === "remove") list.splice(index, 1);
  else list.splice(index, step.op === "add" ? 0 : 1, step.value);
}

function patchObject(object: JsonObject, name: string, step: PatchStep): void {
  if (step.op !== "add" && !Object.hasOwn(object, name)) throw new Error(`There is no member ${name}.`);
  if (step.op === "remove") delete (object as Record<string, Json>)[name];
  else Object.defineProperty(object, name, { value: step.value, writable: true, enumerable: true, configurable: true });
}
