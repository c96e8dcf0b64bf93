import { Conflicted } from "../../src/core/conflict";
import * as errors from "../../src/core/errors";

const place = ["operations", 3];
const failure = {
  operationIndex: 3,
  record: "r",
  path: ["a"],
  reason: "PREDICATE",
  predicate: null,
  actual: { exists: false },
} as const;

it.each<[errors.OmdbError, string, errors.ErrorCode, errors.InputPath]>([
  [new errors.InvalidInput("m", place), "InvalidInput", "INVALID_INPUT", place],
  [new errors.LimitExceeded("m", place, "valueDepth", 64), "LimitExceeded", "LIMIT_EXCEEDED", place],
  [new errors.NotFound("m", place), "NotFound", "NOT_FOUND", place],
  [new errors.AlreadyExists("m"), "AlreadyExists", "ALREADY_EXISTS", []],
  [new errors.PredicateFailed("m", failure), "PredicateFailed", "PREDICATE_FAILED", place],
  [new Conflicted("m", []), "Conflicted", "CONFLICT", []],
  [new errors.Locked("m"), "Locked", "LOCKED", []],
  [new errors.StaleSequence("m", 7), "StaleSequence", "STALE_SEQUENCE", ["expectedSequence"]],
  [new errors.CursorInvalid("m"), "CursorInvalid", "CURSOR_INVALID", []],
  [new errors.CursorAhead("m"), "CursorAhead", "CURSOR_AHEAD", []],
  [new errors.Forbidden("m"), "Forbidden", "FORBIDDEN", []],
  [new errors.Unauthenticated("m"), "Unauthenticated", "UNAUTHENTICATED", []],
])("%s", (error, name, code, inputPath) => {
  expect(error).toBeInstanceOf(errors.OmdbError);
  expect(error).toBeInstanceOf(Error);
  expect({ name: error.name, code: error.code, inputPath: error.inputPath, message: error.message }).toEqual({
    name,
    code,
    inputPath,
    message: "m",
  });
});

it("keeps what each class adds", () => {
  expect(new errors.InvalidInput("m", [], { a: 1 }).details).toEqual({ a: 1 });
  expect(new errors.InvalidInput("m", []).details).toBeUndefined();
  expect(new errors.LimitExceeded("m", [], "valueDepth", 64)).toMatchObject({ limit: "valueDepth", maximum: 64 });
  expect(new errors.StaleSequence("m", 7).sequence).toBe(7);
  expect(new errors.PredicateFailed("m", failure).failure).toEqual(failure);
  expect(new Conflicted("m", []).conflicts).toEqual([]);
});
