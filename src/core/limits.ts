/** The limits of semantics §1: how large an input may be. Each is named in the error that it causes. */
export interface Limits {
  /** Nesting of a value; a scalar has depth 0, `{}` and `[]` depth 1. */
  readonly valueDepth: number;
  /** UTF-8 bytes of one value as compact JSON. */
  readonly valueBytes: number;
  /** Nesting of a record's state, an object without containers inside having depth 1. */
  readonly stateDepth: number;
  /** UTF-8 bytes of a record's state as compact JSON. */
  readonly stateBytes: number;
  /** Steps of a path. */
  readonly pathLength: number;
  readonly operationsPerCommit: number;
  /**
   * What it takes to judge and apply the operations of a commit, in steps of some twenty nanoseconds: to compare two
   * values is one, and so are to pass over eight characters and to move sixteen elements; to list or copy a member is
   * sixteen. Counted where it grows with the states, not with the operations.
   */
  readonly stepsPerCommit: number;
  /** UTF-8 bytes of what the patches of a commit move and copy, counted once for each place that it is written to. */
  readonly movedBytes: number;
  /** Predicates of one operation, those nested in `all`, `any` and `not` included. */
  readonly predicatesPerOperation: number;
  /** Nesting of `all`, `any` and `not`. */
  readonly predicateDepth: number;
  /** Characters (UTF-16 units) of a name of a type or frontier, an author, an idempotency key. */
  readonly nameLength: number;
  /** Characters of a commit's message. */
  readonly messageLength: number;
  /** Nodes of one page of a connection, and what is given when nobody asks. */
  readonly pageSize: number;
  readonly defaultPageSize: number;
  /** Keys of one call that takes a list of them. */
  readonly keysPerCall: number;
  /** Records that a list away from a frontier's own rows may read, and commits that it may look at to find them. */
  readonly recordsScanned: number;
  /** Commits that one version may name. */
  readonly commitsPerVersion: number;
  /** Versions that one preview of a merge takes. */
  readonly versionsPerMerge: number;
  /** UTF-8 bytes of the JSON Schema of a type as compact JSON. */
  readonly schemaBytes: number;
  /** Objects in it, those in `const`, `enum`, `default` and `examples` apart: compiling takes a millisecond each. */
  readonly subschemas: number;
  /** Declared indexes of a type: each makes every write a little dearer. */
  readonly indexesPerType: number;
  /** Paths that one list is ordered by: each adds four keys to a sort. */
  readonly ordersPerList: number;
  /** Heads that a frontier may keep. */
  readonly heads: number;
}

export const DEFAULT_LIMITS: Limits = {
  valueDepth: 64,
  valueBytes: 1024 * 1024,
  stateDepth: 64,
  stateBytes: 16 * 1024 * 1024,
  pathLength: 64,
  operationsPerCommit: 10_000,
  stepsPerCommit: 100_000_000,
  movedBytes: 8 * 1024 * 1024,
  predicatesPerOperation: 100,
  predicateDepth: 32,
  nameLength: 200,
  messageLength: 65_536,
  pageSize: 1_000,
  defaultPageSize: 50,
  keysPerCall: 1_000,
  recordsScanned: 100_000,
  commitsPerVersion: 1_000,
  versionsPerMerge: 64,
  schemaBytes: 64 * 1024,
  subschemas: 1_000,
  indexesPerType: 32,
  ordersPerList: 8,
  heads: 16,
};

/** Limits under which a whole state passes as one value. */
export function limitsOfStates(limits: Limits): Limits {
  return { ...limits, valueDepth: limits.stateDepth, valueBytes: limits.stateBytes };
}
