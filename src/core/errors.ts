/**
 * Expected failures, as values of the contract: each class is a type of the GraphQL schema, each code a member of its
 * `ErrorCode`. Whatever else is thrown is a bug, and is masked and logged by the server.
 */
import type { Found, Json } from "./json";
import { shortMessage, shortPlace } from "./quote";

/** Where in the input something stands: names and indices from the outside in, e.g. `["operations", 3, "put", "value"]`. */
export type InputPath = readonly (string | number)[];

export type ErrorCode =
  | "INVALID_INPUT"
  | "LIMIT_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PREDICATE_FAILED"
  | "CONFLICT"
  | "LOCKED"
  | "STALE_SEQUENCE"
  | "CURSOR_INVALID"
  | "CURSOR_AHEAD"
  | "FORBIDDEN"
  | "UNAUTHENTICATED";

export type ConflictReason = "PREDICATE" | "PRECONDITION" | "SCHEMA" | "POSITION";

/** The base class: its message is a sentence, safe to show to anybody; what is long of message and place is cut. */
export abstract class OmdbError extends Error {
  abstract readonly code: ErrorCode;
  /** Where in the input the cause stands; empty where it does not stand in the input. */
  readonly inputPath: InputPath;

  constructor(message: string, inputPath: InputPath = []) {
    super(shortMessage(message));
    this.name = new.target.name;
    this.inputPath = shortPlace(inputPath);
  }
}

export class InvalidInput extends OmdbError {
  readonly code = "INVALID_INPUT";
  constructor(
    message: string,
    inputPath: InputPath,
    readonly details: Json | undefined = undefined,
  ) {
    super(message, inputPath);
  }
}

export class LimitExceeded extends OmdbError {
  readonly code = "LIMIT_EXCEEDED";
  /** `limit` is a key of `Limits`. */
  constructor(
    message: string,
    inputPath: InputPath,
    readonly limit: string,
    readonly maximum: number,
  ) {
    super(message, inputPath);
  }
}

export class NotFound extends OmdbError {
  readonly code = "NOT_FOUND";
}

export class AlreadyExists extends OmdbError {
  readonly code = "ALREADY_EXISTS";
}

/** An operation was refused at the door: its predicate, or (predicate null) its precondition, or its type's schema. */
export class PredicateFailed extends OmdbError {
  readonly code = "PREDICATE_FAILED";
  constructor(
    message: string,
    readonly failure: {
      readonly operationIndex: number;
      readonly record: string;
      readonly path: InputPath;
      readonly reason: ConflictReason;
      /** In the form of PredicateInput. */
      readonly predicate: Json;
      readonly actual: Found;
    },
  ) {
    super(message, ["operations", failure.operationIndex]);
  }
}

export class Locked extends OmdbError {
  readonly code = "LOCKED";
}

export class StaleSequence extends OmdbError {
  readonly code = "STALE_SEQUENCE";
  constructor(
    message: string,
    readonly sequence: number,
  ) {
    super(message, ["expectedSequence"]);
  }
}

export class CursorInvalid extends OmdbError {
  readonly code = "CURSOR_INVALID";
}

export class CursorAhead extends OmdbError {
  readonly code = "CURSOR_AHEAD";
}

export class Forbidden extends OmdbError {
  readonly code = "FORBIDDEN";
}

export class Unauthenticated extends OmdbError {
  readonly code = "UNAUTHENTICATED";
}
