/** Predicates of semantics §4: tests at a path, in the form in which they are proposed, stored and shown. */
import { InvalidInput, LimitExceeded, type InputPath } from "./errors";
import type { CommitId, RecordId } from "./ids";
import { isList, type Json } from "./json";
import type { Limits } from "./limits";
import { checkPath, type Path } from "./path";
import { checkString, checkUuid, checkValue } from "./value";

// Types and not interfaces, so that a predicate is Json to the compiler too.

/** Where a test looks: at a path of the operation's own record, or of another one. */
export type PathTest = { readonly path: Path; readonly record?: RecordId };
export type ValueTest = PathTest & { readonly value: Json };
export type ValuesTest = PathTest & { readonly values: readonly Json[] };
export type StringTest = PathTest & { readonly value: string };
export type SizeTest = PathTest & { readonly atLeast?: number; readonly atMost?: number };
export type TypeTest = PathTest & { readonly type: JsonType };
/** The record's version at the commit's parents: its latest commits there, ascending. */
export type VersionTest = { readonly heads: readonly CommitId[]; readonly record?: RecordId };
export type JsonType = "NULL" | "BOOLEAN" | "NUMBER" | "STRING" | "LIST" | "OBJECT";

/** Exactly one member, which names the test. */
export type Predicate =
  | { readonly exists: PathTest }
  | { readonly absent: PathTest }
  | { readonly equals: ValueTest }
  | { readonly notEquals: ValueTest }
  | { readonly lessThan: ValueTest }
  | { readonly atMost: ValueTest }
  | { readonly greaterThan: ValueTest }
  | { readonly atLeast: ValueTest }
  | { readonly in: ValuesTest }
  | { readonly contains: ValueTest }
  | { readonly startsWith: StringTest }
  | { readonly size: SizeTest }
  | { readonly type: TypeTest }
  | { readonly unchanged: PathTest }
  | { readonly version: VersionTest }
  | { readonly all: readonly Predicate[] }
  | { readonly any: readonly Predicate[] }
  | { readonly not: Predicate };

/** How many predicates these are, those nested in `all`, `any` and `not` included. */
export function countPredicates(predicates: readonly Predicate[]): number {
  return predicates.reduce((count, predicate) => {
    if ("all" in predicate) return count + 1 + countPredicates(predicate.all);
    if ("any" in predicate) return count + 1 + countPredicates(predicate.any);
    return count + 1 + ("not" in predicate ? countPredicates([predicate.not]) : 0);
  }, 0);
}

/** The ids of the other records that a predicate reads, without repeats. */
export function recordsRead(predicate: Predicate): RecordId[] {
  const records = leavesOf(predicate).flatMap((leaf) => leafOf(leaf).test.record ?? []);
  return [...new Set(records)];
}

/** The name and the content of a predicate that combines no others; one about a version looks at the whole record. */
export function leafOf(predicate: Predicate): { readonly kind: string; readonly test: PathTest } {
  const [kind, test] = Object.entries(predicate)[0] as [string, PathTest];
  return { kind, test: kind === "version" ? { ...test, path: [] } : test };
}

/** The tests of a predicate, those inside `all`, `any` and `not` included, in their order. */
export function leavesOf(predicate: Predicate): Predicate[] {
  if ("all" in predicate) return predicate.all.flatMap(leavesOf);
  if ("any" in predicate) return predicate.any.flatMap(leavesOf);
  return "not" in predicate ? leavesOf(predicate.not) : [predicate];
}

/** Whether a predicate is about operations (`unchanged`, `version`) and not about values. */
export function isAboutOperations(predicate: Predicate): boolean {
  return "unchanged" in predicate || "version" in predicate;
}

/** The predicates about operations: they stand at the top level or under `all`. */
export function aboutOperations(predicates: readonly Predicate[]): Predicate[] {
  return predicates.flatMap((predicate) => {
    if ("all" in predicate) return aboutOperations(predicate.all);
    return isAboutOperations(predicate) ? [predicate] : [];
  });
}

/** The predicates without those about operations: what can be judged again on another version. */
export function aboutValues(predicates: readonly Predicate[]): Predicate[] {
  return predicates.flatMap((predicate): Predicate[] => {
    if ("all" in predicate) {
      const all = aboutValues(predicate.all);
      return all.length === 0 && predicate.all.length > 0 ? [] : [{ all }];
    }
    return isAboutOperations(predicate) ? [] : [predicate];
  });
}

export interface PredicateOptions {
  /** The predicate is a `where`: it is about one record, so no test may name another. */
  readonly where?: boolean;
  /** Whether the commit names its parents, so that `unchanged` and `version` can be judged; default: it does not. */
  readonly parentsNamed?: boolean;
}

/**
 * A predicate as it comes from outside.
 * @throws InvalidInput; LimitExceeded for `predicatesPerOperation` and `predicateDepth`
 */
export function parsePredicate(
  input: unknown,
  at: InputPath,
  limits: Limits,
  options: PredicateOptions = {},
): Predicate {
  return new Parser(at, limits, options).parse(input, at, 0);
}

/**
 * The predicates of one operation, which must all hold.
 * @throws InvalidInput; LimitExceeded for `predicatesPerOperation` (of all together) and `predicateDepth`
 */
export function parsePredicates(
  input: unknown,
  at: InputPath,
  limits: Limits,
  options: PredicateOptions = {},
): Predicate[] {
  const parser = new Parser(at, limits, options);
  return listOf(input, at).map((predicate, index) => parser.parse(predicate, [...at, index], 0));
}

type Members = ReadonlyMap<string, unknown>;

class Parser {
  #count = 0;

  constructor(
    readonly start: InputPath,
    readonly limits: Limits,
    readonly options: PredicateOptions,
  ) {}

  /**
   * @param depth how many `all`, `any` and `not` stand around it
   * @param plain whether only `all` stand around it
   */
  parse(input: unknown, at: InputPath, depth: number, plain = true): Predicate {
    const { predicatesPerOperation, predicateDepth } = this.limits;
    this.#count += 1;
    if (this.#count > predicatesPerOperation) {
      const problem = `There are more than ${predicatesPerOperation} predicates.`;
      throw new LimitExceeded(problem, this.start, "predicatesPerOperation", predicatesPerOperation);
    }
    const members = membersOf(input, at);
    const [kind] = members.keys();
    if (kind === undefined || members.size > 1) throw new InvalidInput("A predicate has exactly one member.", at);
    const content = members.get(kind);
    const inside = [...at, kind];
    if (ABOUT_OPERATIONS.has(kind)) this.#refuseMisplaced(kind, inside, plain);
    if (!COMBINING.has(kind)) return this.#leaf(kind, content, inside);
    if (depth >= predicateDepth) {
      const problem = `Predicates are nested deeper than ${predicateDepth}.`;
      throw new LimitExceeded(problem, this.start, "predicateDepth", predicateDepth);
    }
    if (kind === "not") return { not: this.parse(content, inside, depth + 1, false) };
    const parts = listOf(content, inside).map((part, index) =>
      this.parse(part, [...inside, index], depth + 1, plain && kind === "all"),
    );
    return kind === "all" ? { all: parts } : { any: parts };
  }

  #refuseMisplaced(kind: string, at: InputPath, plain: boolean): void {
    const { where, parentsNamed } = this.options;
    if (where) throw new InvalidInput(`A filter cannot test ${kind}: that is about operations.`, at);
    if (!plain) throw new InvalidInput(`The predicate ${kind} stands at the top level or under all only.`, at);
    if (!parentsNamed) throw new InvalidInput(`The predicate ${kind} needs a commit that names its parents.`, at);
  }

  #leaf(kind: string, content: unknown, at: InputPath): Predicate {
    const form = FORMS.get(kind);
    if (form === undefined) throw new InvalidInput("There is no such predicate.", at);
    const members = membersOf(content, at);
    for (const name of members.keys()) {
      if ((name !== "path" || form.whole) && name !== "record" && !form.names.includes(name)) {
        throw new InvalidInput(`The predicate ${kind} has no such member.`, [...at, name]);
      }
    }
    const path = form.whole ? {} : { path: checkPath(members.get("path"), [...at, "path"], this.limits) };
    const test = { ...path, ...this.#record(members, at), ...form.read(members, at, this.limits) };
    return { [kind]: test } as unknown as Predicate;
  }

  #record(members: Members, at: InputPath): { readonly record?: RecordId } {
    const record = members.get("record") ?? undefined;
    if (record === undefined) return {};
    if (this.options.where) throw new InvalidInput("A filter cannot test another record.", [...at, "record"]);
    return { record: checkUuid(record, [...at, "record"]) };
  }
}

const COMBINING: ReadonlySet<string> = new Set(["all", "any", "not"]);
const ABOUT_OPERATIONS: ReadonlySet<string> = new Set(["unchanged", "version"]);

/** The members of a test besides `path` and `record`. */
interface Form {
  readonly names: readonly string[];
  /** It is about the whole record: there is no path. */
  readonly whole?: boolean;
  read(members: Members, at: InputPath, limits: Limits): Readonly<Record<string, Json>>;
}

const JUST_PATH: Form = { names: [], read: () => ({}) };

const WITH_VALUE: Form = {
  names: ["value"],
  read(members, at, limits) {
    if (!members.has("value")) throw new InvalidInput("The value to compare with is missing.", [...at, "value"]);
    return { value: checkValue(members.get("value"), [...at, "value"], limits) };
  },
};

const WITH_VALUES: Form = {
  names: ["values"],
  read(members, at, limits) {
    const values = listOf(members.get("values"), [...at, "values"]);
    return { values: checkValue(values, [...at, "values"], limits) };
  },
};

const WITH_STRING: Form = {
  names: ["value"],
  read: (members, at) => ({ value: checkString(members.get("value"), [...at, "value"]) }),
};

const WITH_SIZE: Form = {
  names: ["atLeast", "atMost"],
  read(members, at) {
    const bounds = this.names.flatMap((name) => {
      // null is how GraphQL says that a bound is left out.
      const bound = members.get(name) ?? undefined;
      if (bound === undefined) return [];
      if (typeof bound === "number" && Number.isSafeInteger(bound) && bound >= 0) return [[name, bound] as const];
      throw new InvalidInput("A size is a non-negative integer.", [...at, name]);
    });
    if (bounds.length === 0) throw new InvalidInput("A size needs atLeast or atMost.", at);
    return Object.fromEntries(bounds);
  },
};

const JSON_TYPES: readonly JsonType[] = ["NULL", "BOOLEAN", "NUMBER", "STRING", "LIST", "OBJECT"];

const WITH_TYPE: Form = {
  names: ["type"],
  read(members, at) {
    const type = JSON_TYPES.find((name) => name === members.get("type"));
    if (type === undefined) throw new InvalidInput(`The type is one of ${JSON_TYPES.join(", ")}.`, [...at, "type"]);
    return { type };
  },
};

const WITH_HEADS: Form = {
  names: ["heads"],
  whole: true,
  read(members, at, limits) {
    const heads = listOf(members.get("heads"), [...at, "heads"]);
    if (heads.length > limits.commitsPerVersion) {
      const problem = `A version has at most ${limits.commitsPerVersion} commits.`;
      throw new LimitExceeded(problem, [...at, "heads"], "commitsPerVersion", limits.commitsPerVersion);
    }
    const ids = heads.map((head, index) => {
      const id = typeof head === "bigint" ? Number(head) : head;
      if (typeof id === "number" && Number.isSafeInteger(id) && id > 0) return id;
      throw new InvalidInput("A head is the number of a commit.", [...at, "heads", index]);
    });
    return { heads: [...new Set(ids)].sort((a, b) => a - b) };
  },
};

const FORMS: ReadonlyMap<string, Form> = new Map([
  ["exists", JUST_PATH],
  ["absent", JUST_PATH],
  ["equals", WITH_VALUE],
  ["notEquals", WITH_VALUE],
  ["lessThan", WITH_VALUE],
  ["atMost", WITH_VALUE],
  ["greaterThan", WITH_VALUE],
  ["atLeast", WITH_VALUE],
  ["in", WITH_VALUES],
  ["contains", WITH_VALUE],
  ["startsWith", WITH_STRING],
  ["size", WITH_SIZE],
  ["type", WITH_TYPE],
  ["unchanged", JUST_PATH],
  ["version", WITH_HEADS],
]);

/** The members of an object as they are given; those that are undefined count as left out. */
function membersOf(input: unknown, at: InputPath): Members {
  if (typeof input !== "object" || input === null || isList(input as Json)) {
    throw new InvalidInput("An object is needed here.", at);
  }
  return new Map(Object.entries(input).filter(([, member]) => member !== undefined));
}

function listOf(input: unknown, at: InputPath): readonly unknown[] {
  if (!Array.isArray(input)) throw new InvalidInput("A list is needed here.", at);
  return input;
}
