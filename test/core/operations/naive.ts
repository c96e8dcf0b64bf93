/** Semantics §3 once more, as plainly as it can be written: objects are Maps, and everything is changed in place. */
import type { Json, JsonObject, State } from "../../../src/core/json";
import type { Effect } from "../../../src/core/operation";

type Tree = null | boolean | number | string | Tree[] | Map<string, Tree>;
type Container = Tree[] | Map<string, Tree>;

function toTree(value: Json): Tree {
  if (Array.isArray(value)) return (value as Json[]).map(toTree);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value as JsonObject).map(([name, member]) => [name, toTree(member)]));
}

function fromTree(tree: Tree): Json {
  if (Array.isArray(tree)) return tree.map(fromTree);
  return tree instanceof Map ? Object.fromEntries([...tree].map(([name, member]) => [name, fromTree(member)])) : tree;
}

function text(tree: Tree): string {
  if (Array.isArray(tree)) return `[${tree.map(text).join()}]`;
  if (!(tree instanceof Map)) return JSON.stringify(tree);
  return `{${[...tree.keys()]
    .sort()
    .map((name) => `${JSON.stringify(name)}:${text(tree.get(name)!)}`)
    .join()}}`;
}

function get(tree: Tree | undefined, step: string | number): Tree | undefined {
  if (typeof step === "string") return tree instanceof Map ? tree.get(step) : undefined;
  return Array.isArray(tree) ? tree[step] : undefined;
}

function set(container: Container, step: string | number, value: Tree): void {
  if (container instanceof Map) container.set(step as string, value);
  else container[step as number] = value;
}

function merge(target: Tree | undefined, patch: Tree): Tree {
  if (!(patch instanceof Map)) return patch;
  const result = target instanceof Map ? target : new Map<string, Tree>();
  for (const [name, change] of patch) {
    if (change === null) result.delete(name);
    else result.set(name, merge(result.get(name), change));
  }
  return result;
}

/** The state after an effect, or "refused". */
export function naiveApply(state: State, { path, operation, parameters }: Effect): { state: State } | "refused" {
  // The record is a member of a container too, so that every path has a last step.
  const root = new Map<string, Tree>(state === undefined ? [] : [["record", toTree(state)]]);
  const steps = ["record", ...path];
  const last = steps[steps.length - 1]!;
  const container = steps.slice(0, -1).reduce<Tree | undefined>(get, root);
  const target = get(container, last);
  const own = parameters as { value: Json; by: number; index: number; remove: number; insert: Json };
  const value = own.value === undefined ? null : toTree(own.value);

  const put = (what: Tree) => set(container as Container, last, what);
  const fitsMember = container instanceof Map && typeof last === "string" && (path.length > 0 || target !== undefined);
  switch (operation) {
    case "create":
      if (target !== undefined) return "refused";
      put(value);
      break;
    case "put":
      if (!fitsMember && target === undefined) return "refused";
      put(value);
      break;
    case "assign":
      if (!(target instanceof Map)) return "refused";
      merge(target, value);
      break;
    case "remove":
      if (target === undefined) return "refused";
      if (container instanceof Map) container.delete(last as string);
      else (container as Tree[]).splice(last as number, 1);
      break;
    case "increment":
      if (typeof target !== "number" || !Number.isSafeInteger(target)) return "refused";
      if (!Number.isSafeInteger(target + own.by)) return "refused";
      put(target + own.by);
      break;
    case "max":
    case "min":
      if (target === undefined ? !fitsMember : typeof target !== "number") return "refused";
      put(target === undefined ? value : Math[operation](target as number, value as number));
      break;
    case "add":
      if (!Array.isArray(target)) return "refused";
      if (!target.map(text).includes(text(value))) target.push(value);
      break;
    case "discard":
      if (!Array.isArray(target)) return "refused";
      put(target.filter((element) => text(element) !== text(value)));
      break;
    case "splice":
      if (!Array.isArray(target) || own.index + own.remove > target.length) return "refused";
      target.splice(own.index, own.remove, ...(toTree(own.insert) as Tree[]));
      break;
    case "edit": {
      if (typeof target !== "string") return "refused";
      const points = [...target];
      if (own.index + own.remove > points.length) return "refused";
      points.splice(own.index, own.remove, own.insert as string);
      put(points.join(""));
      break;
    }
    case "coalesced": {
      let after = state;
      for (const [kind, at, inner] of (own as unknown as { operations: [string, Effect["path"], Json][] }).operations) {
        const result = naiveApply(after, { operation: kind, path: at, parameters: inner });
        if (result === "refused") return "refused";
        after = result.state;
      }
      return { state: after };
    }
    default:
      throw new Error(`${operation} is not in the model`);
  }
  const record = root.get("record");
  return { state: record === undefined ? undefined : (fromTree(record) as JsonObject) };
}
