import { InvalidInput, LimitExceeded, NotFound, type InputPath } from "../../core/errors";
import type { Limits } from "../../core/limits";
import type { CommitId } from "../../core/ids";
import { checkString } from "../../core/value";
import { resolveVersion, type Version, type VersionName } from "../../store/versions";
import { builder } from "../builder";
import type { Context } from "../context";

const PointInput = builder.inputType("PointInput", {
  description: "A moment of a frontier; exactly one member.",
  isOneOf: true,
  fields: (t) => ({
    time: t.field({ type: "DateTime", description: "As it stood then." }),
    sequence: t.field({ type: "BigInt", description: "As it stood after this many changes." }),
  }),
});

const AsOfInput = builder.inputType("AsOfInput", {
  description: "A frontier as it stood.",
  fields: (t) => ({
    frontier: t.string({ required: true, description: "Its name." }),
    point: t.field({ type: PointInput, required: true, description: "When." }),
  }),
});

export const VersionInput = builder.inputType("VersionInput", {
  description: "Names a version; exactly one member. Any set of commits is taken; it is reduced to its maximal ones.",
  isOneOf: true,
  fields: (t) => ({
    frontier: t.string({ description: "What a frontier holds now." }),
    commit: t.field({ type: "BigInt", description: "A commit and all that is behind it." }),
    commits: t.field({ type: ["BigInt"], description: "The merged view of several commits." }),
    asOf: t.field({ type: AsOfInput, description: "A frontier as it stood." }),
  }),
});

export type VersionShape = typeof VersionInput.$inferInput;

/** A number of a commit as an id; what no id can be stands for a commit that does not exist. */
export function readCommitId(number: bigint, at: InputPath): CommitId {
  if (number < 0n || number > BigInt(Number.MAX_SAFE_INTEGER)) throw new NotFound(`There is no commit ${number}.`, at);
  return Number(number);
}

/** Numbers of commits as ids. @throws NotFound; LimitExceeded for more than a version may name */
export function readCommitIds(numbers: readonly bigint[], at: InputPath, limits: Limits): CommitId[] {
  if (numbers.length > limits.commitsPerVersion) {
    const problem = `There are more than ${limits.commitsPerVersion} commits.`;
    throw new LimitExceeded(problem, at, "commitsPerVersion", limits.commitsPerVersion);
  }
  return numbers.map((number, index) => readCommitId(number, [...at, index]));
}

/** A sequence as a number. @throws InvalidInput for one that no log can reach */
export function readSequence(sequence: bigint, at: InputPath): number {
  if (sequence < 0n || sequence > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new InvalidInput(`There is no sequence ${sequence}.`, at);
  }
  return Number(sequence);
}

/** What an input names, and where in the input that stands. @throws NotFound, InvalidInput */
export function readVersionName(input: VersionShape, at: InputPath): { name: VersionName; at: InputPath } {
  if (typeof input.frontier === "string") {
    const place = [...at, "frontier"];
    return { name: { kind: "frontier", frontier: checkString(input.frontier, place) }, at: place };
  }
  if (typeof input.commit === "bigint") {
    const place = [...at, "commit"];
    return { name: { kind: "commit", commit: readCommitId(input.commit, place) }, at: place };
  }
  if (input.commits) {
    const place = [...at, "commits"];
    const commits = input.commits.map((number, index) => readCommitId(number, [...place, index]));
    return { name: { kind: "commits", commits }, at: place };
  }
  if (input.asOf) {
    const { point } = input.asOf;
    const place = [...at, "asOf"];
    const frontier = checkString(input.asOf.frontier, [...place, "frontier"]);
    if (point.time) return { name: { kind: "time", frontier, time: point.time }, at: place };
    if (typeof point.sequence === "bigint") {
      const sequence = readSequence(point.sequence, [...place, "point", "sequence"]);
      return { name: { kind: "sequence", frontier, sequence }, at: place };
    }
  }
  throw new InvalidInput("A version has exactly one member.", at);
}

/** Finds the version that an input names, as this document sees it. @throws NotFound, InvalidInput, LimitExceeded */
export async function versionOf(context: Context, input: VersionShape, at: InputPath): Promise<Version> {
  const named = readVersionName(input, at);
  return resolveVersion(context.store, named.name, named.at, context.readFrontier);
}

/**
 * Finds several versions at once.
 * @param inputs each with its place
 * @throws what is wrong with the first of them that cannot be found
 */
export async function versionsOf(
  context: Context,
  inputs: readonly (readonly [input: VersionShape, at: InputPath])[],
): Promise<Version[]> {
  const found = await Promise.allSettled(inputs.map(([input, at]) => versionOf(context, input, at)));
  return found.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
