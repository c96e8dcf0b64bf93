/** What every mutation that changes a frontier by a commit takes: who and why, and what guards it. */
import { LimitExceeded } from "../../core/errors";
import type { Limits } from "../../core/limits";
import { checkName, checkString, checkValue } from "../../core/value";
import type { ChangeRequest } from "../../store/commit";
import { fingerprintOfInput } from "../fingerprint";
import { readSequence } from "./version";

export const EXPECTED_SEQUENCE = "The frontier's sequence as the caller saw it; with another one nothing is done.";

export const IDEMPOTENCY_KEY =
  "The same key on the same frontier gives the same result, however often it is sent; with another input: ALREADY_EXISTS.";

/** A text that is kept with a change. @throws InvalidInput, LimitExceeded */
export function readText(value: string | null | undefined, name: "author" | "message", limits: Limits): string | null {
  if (value === null || value === undefined) return null;
  if (name === "author") return checkName(value, [name], limits);
  if (value.length > limits.messageLength) {
    const problem = `A message has at most ${limits.messageLength} characters.`;
    throw new LimitExceeded(problem, [name], "messageLength", limits.messageLength);
  }
  return checkString(value, [name]);
}

/** The sequence that a caller expects, or null. @throws InvalidInput */
export function readExpected(expected: bigint | null | undefined): number | null {
  return typeof expected === "bigint" ? readSequence(expected, ["expectedSequence"]) : null;
}

interface ChangeShape {
  readonly message?: string | null;
  readonly author?: string | null;
  readonly metadata?: unknown;
  readonly expectedSequence?: bigint | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Reads what is common to all changes.
 * @param what the mutation: under one idempotency key equal inputs of two mutations are two inputs
 * @param at the member of the input that names the frontier
 * @throws InvalidInput, LimitExceeded
 */
export function readChange(
  input: ChangeShape,
  frontier: string,
  what: "commit" | "merge" | "revert" | "cherryPick",
  limits: Limits,
  at = "frontier",
): ChangeRequest {
  const metadata =
    input.metadata === undefined || input.metadata === null
      ? undefined
      : checkValue(input.metadata, ["metadata"], limits);
  const request = {
    frontier: checkString(frontier, [at]),
    message: readText(input.message, "message", limits),
    author: readText(input.author, "author", limits),
    metadata,
    expectedSequence: readExpected(input.expectedSequence),
  };
  if (input.idempotencyKey === null || input.idempotencyKey === undefined) return request;
  const key = checkName(input.idempotencyKey, ["idempotencyKey"], limits);
  return { ...request, idempotency: { key, fingerprint: fingerprintOfInput({ ...input, mutation: what }) } };
}
