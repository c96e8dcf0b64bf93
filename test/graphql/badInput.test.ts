/** Input that fits its types and is wrong all the same: a typed error that names the place, and nothing stored. */
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import type { InputPath } from "../../src/core/errors";
import { COMMIT, commit, defineType, testApi, type TestApi } from "../support/graphql";
import { raw, requestsTo, type Requests } from "../support/requests";
import {
  CHERRY_PICK,
  CREATE_FRONTIER,
  DEFINE_TYPE,
  DELETE_FRONTIER,
  LOCK_FRONTIER,
  MERGE,
  MOVE_FRONTIER,
  REVERT,
  THING,
} from "./inputPlaces";
import { expectHealthy, makeThings, refusalOf, unchangedBy } from "./refusals";

const OTHER = "0190aaaa-0000-7000-8000-00000000000b";
const UNKNOWN = "0190aaaa-0000-7000-8000-0000000000ff";

// Some of it is very large.
jest.setTimeout(120_000);

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
  await makeThings(api);
  await defineType(api, "other");
  await commit(api, [{ create: { record: OTHER, type: "other", value: {} } }], { idempotencyKey: "used" });
  await api.run(`mutation {
    tag: createFrontier(input: { name: "tag", locked: true }) { __typename }
    empty: createFrontier(input: { name: "empty" }) { __typename } }`);
});
afterEach(() => expectHealthy(requests));

type Refusal = Readonly<Record<string, unknown>> & { readonly code: string };
/** What is asked, with what variables, and how it is refused. */
type Case = readonly [query: string, variables: unknown, refusal: Refusal];

const invalid = (...inputPath: InputPath): Refusal => ({ code: "INVALID_INPUT", inputPath });
const notFound = (...inputPath: InputPath): Refusal => ({ code: "NOT_FOUND", inputPath });
const beyond = (limit: keyof Limits, ...inputPath: InputPath): Refusal => ({
  code: "LIMIT_EXCEEDED",
  inputPath,
  limit,
  maximum: DEFAULT_LIMITS[limit],
});
const unfit = (path: InputPath = [], operationIndex = 0): Refusal => ({
  code: "PREDICATE_FAILED",
  operationIndex,
  path,
  reason: "PRECONDITION",
  predicate: null,
});

function refused(cases: Readonly<Record<string, Case>>): void {
  test.each(Object.entries(cases))("%s", async (_, [query, variables, refusal]) => {
    const answer = await unchangedBy(api, () => requests.ask(query, variables));
    expect(refusalOf(answer)).toMatchObject(refusal);
  });
}

const input = (more: Readonly<Record<string, unknown>>) => ({
  input: { operations: [{ put: { record: THING, path: ["n"], value: 2 } }], ...more },
});
const operations = (...list: unknown[]) => ({ input: { operations: list } });
const put = (more: Readonly<Record<string, unknown>>) =>
  operations({ put: { record: THING, path: ["n"], value: 2, ...more } });
const list = (length: number, item: unknown) => Array.from({ length }, () => item);
const nested = (depth: number, wrap: (inner: unknown) => unknown, inner: unknown): unknown =>
  depth === 0 ? inner : wrap(nested(depth - 1, wrap, inner));

describe("a commit", () => {
  refused({
    "on an unknown frontier": [COMMIT, input({ frontier: "nowhere" }), notFound("frontier")],
    "on a frontier without a name": [COMMIT, input({ frontier: "" }), notFound("frontier")],
    "on a locked frontier": [COMMIT, input({ frontier: "tag" }), { code: "LOCKED" }],
    "without operations": [COMMIT, operations(), invalid("operations")],
    "of 10,001 operations": [
      COMMIT,
      operations(...list(10_001, { put: { record: THING, path: ["n"], value: 2 } })),
      beyond("operationsPerCommit", "operations"),
    ],
    "of 100,001 operations": [
      COMMIT,
      operations(...list(100_001, { remove: { record: THING, path: ["n"] } })),
      beyond("operationsPerCommit", "operations"),
    ],
    "of one good operation and a bad one": [
      COMMIT,
      operations(
        { create: { type: "thing", value: {} } },
        { put: { record: THING, path: ["n"], value: 2 } },
        { put: { record: THING, path: ["n"], value: { a: ["\0"] } } },
      ),
      invalid("operations", 2, "put", "value", "a", 0),
    ],
    "of one good operation and one that cannot be applied": [
      COMMIT,
      operations({ create: { type: "thing", value: {} } }, { remove: { record: THING, path: ["nothing"] } }),
      unfit(["nothing"], 1),
    ],
    "on an unknown parent": [COMMIT, input({ parents: ["999999"] }), notFound("parents", 0)],
    "on a parent with a negative number": [COMMIT, input({ parents: ["-1"] }), notFound("parents", 0)],
    "on a parent beyond all numbers": [
      COMMIT,
      input({ parents: ["1", "9223372036854775807"] }),
      notFound("parents", 1),
    ],
    "on a thousand and one parents": [
      COMMIT,
      input({ parents: list(1_001, "1") }),
      beyond("commitsPerVersion", "parents"),
    ],
    "with another sequence": [COMMIT, input({ expectedSequence: "999" }), { code: "STALE_SEQUENCE" }],
    "with a negative sequence": [COMMIT, input({ expectedSequence: "-1" }), invalid("expectedSequence")],
    "with a sequence beyond 2^53": [
      COMMIT,
      input({ expectedSequence: "9007199254740993" }),
      invalid("expectedSequence"),
    ],
    "with an empty idempotency key": [COMMIT, input({ idempotencyKey: "" }), invalid("idempotencyKey")],
    "with a long idempotency key": [
      COMMIT,
      input({ idempotencyKey: "k".repeat(201) }),
      beyond("nameLength", "idempotencyKey"),
    ],
    "with an idempotency key of another input": [
      COMMIT,
      input({ idempotencyKey: "used" }),
      { code: "ALREADY_EXISTS", inputPath: ["idempotencyKey"] },
    ],
    "with an empty author": [COMMIT, input({ author: "" }), invalid("author")],
    "with a long author": [COMMIT, input({ author: "a".repeat(201) }), beyond("nameLength", "author")],
    "with a long message": [COMMIT, input({ message: "m".repeat(65_537) }), beyond("messageLength", "message")],
    "with something unknown": [COMMIT, input({ nothing: 1 }), invalid("nothing")],
    "with __proto__": [COMMIT, input({ ["__proto__"]: {} }), invalid("__proto__")],
  });
});

describe("an operation", () => {
  const at = (kind: string, ...inside: InputPath) => ["operations", 0, kind, ...inside] as const;
  const onUnknown = Object.entries({
    put: { path: ["n"], value: 1 },
    assign: { path: [], value: {} },
    remove: { path: ["n"] },
    increment: { path: ["n"] },
    max: { path: ["n"], value: 1 },
    min: { path: ["n"], value: 1 },
    add: { path: ["list"], value: 1 },
    discard: { path: ["list"], value: 1 },
    splice: { path: ["list"], index: 0 },
    edit: { path: ["text"], index: 0 },
    patch: { patch: [{ op: "remove", path: "/n" }] },
    apply: { path: ["n"], operation: "increment", parameters: {} },
  }).map(([kind, content]): [string, Case] => [
    `${kind} of an unknown record`,
    [COMMIT, operations({ [kind]: { record: UNKNOWN, ...content } }), notFound(...at(kind, "record"))],
  ]);
  const withoutValue = ["put", "assign", "max", "min", "add", "discard"].map((kind): [string, Case] => [
    `${kind} without a value`,
    [COMMIT, operations({ [kind]: { record: THING, path: ["n"] } }), invalid(...at(kind, "value"))],
  ]);
  const unknownNames = [
    "nothing",
    "",
    "Put",
    "put ",
    "patch",
    "apply",
    "coalesced",
    "__proto__",
    "constructor",
    "toString",
  ].map((operation): [string, Case] => [
    `named ${JSON.stringify(operation)}`,
    [
      COMMIT,
      operations({ apply: { record: THING, path: [], operation, parameters: {} } }),
      invalid(...at("apply", "operation")),
    ],
  ]);
  const applied = (operation: string, parameters: unknown, path: unknown = ["n"]) =>
    operations({ apply: { record: THING, path, operation, parameters } });

  refused({
    ...Object.fromEntries(onUnknown),
    ...Object.fromEntries(withoutValue),
    ...Object.fromEntries(unknownNames),
    "that is none": [COMMIT, operations({}), invalid("operations", 0)],
    "that is two": [
      COMMIT,
      operations({ remove: { record: THING, path: ["n"] }, put: { record: THING, path: ["n"], value: 1 } }),
      invalid("operations", 0),
    ],
    "that is null": [COMMIT, operations(null), invalid("operations", 0)],
    "whose content is null": [COMMIT, operations({ put: null }), invalid(...at("put"))],
    "that does not exist": [COMMIT, operations({ nothing: {} }), invalid(...at("nothing"))],
    "called __proto__": [COMMIT, operations({ ["__proto__"]: {} }), invalid(...at("__proto__"))],
    "create of an unknown type": [
      COMMIT,
      operations({ create: { type: "nothing", value: {} } }),
      notFound(...at("create", "type")),
    ],
    "create of an inherited type": [
      COMMIT,
      operations({ create: { type: "constructor", value: {} } }),
      notFound(...at("create", "type")),
    ],
    "create of a type without a name": [
      COMMIT,
      operations({ create: { type: "", value: {} } }),
      invalid(...at("create", "type")),
    ],
    "create of a type with a long name": [
      COMMIT,
      operations({ create: { type: "t".repeat(201), value: {} } }),
      beyond("nameLength", ...at("create", "type")),
    ],
    "create of a list": [
      COMMIT,
      operations({ create: { type: "thing", value: [] } }),
      invalid(...at("create", "value")),
    ],
    "create of a number": [
      COMMIT,
      operations({ create: { type: "thing", value: 5 } }),
      invalid(...at("create", "value")),
    ],
    "create of what is there": [
      COMMIT,
      operations({ create: { record: THING, type: "thing", value: {} } }),
      { ...unfit(), record: THING, actual: { exists: true } },
    ],
    "create of the same record twice": [
      COMMIT,
      operations(
        { create: { record: UNKNOWN, type: "thing", value: {} } },
        { create: { record: UNKNOWN, type: "thing", value: {} } },
      ),
      { ...unfit([], 1), record: UNKNOWN },
    ],
    "create of a record of another type": [
      COMMIT,
      operations({ create: { record: OTHER, type: "thing", value: {} } }),
      invalid(...at("create", "type")),
    ],
    "create of a record that the same commit made of another type": [
      COMMIT,
      operations(
        { create: { record: UNKNOWN, type: "thing", value: {} } },
        { remove: { record: UNKNOWN, path: [] } },
        { create: { record: UNKNOWN, type: "other", value: {} } },
      ),
      invalid("operations", 2, "create", "type"),
    ],
    "create by name, which has no type": [
      COMMIT,
      applied("create", { value: {} }, []),
      invalid(...at("apply", "operation")),
    ],
    "put of a list as the whole state": [COMMIT, put({ path: [], value: [] }), invalid(...at("put", "value"))],
    "put of null as the whole state": [COMMIT, put({ path: [], value: null }), invalid(...at("put", "value"))],
    "put into nothing": [COMMIT, put({ path: ["nothing", "inside"] }), unfit(["nothing", "inside"])],
    "put of a list's element by a string": [COMMIT, put({ path: ["list", "0"] }), unfit(["list", "0"])],
    "put behind the end of a list": [COMMIT, put({ path: ["list", 2] }), unfit(["list", 2])],
    "put of an object's member by an integer": [COMMIT, put({ path: ["object", 0] }), unfit(["object", 0])],
    "put into what every object inherits": [
      COMMIT,
      put({ path: ["__proto__", "polluted"] }),
      unfit(["__proto__", "polluted"]),
    ],
    "put into a constructor": [
      COMMIT,
      put({ path: ["constructor", "prototype", "polluted"] }),
      unfit(["constructor", "prototype", "polluted"]),
    ],
    "put of a list's length": [COMMIT, put({ path: ["list", "length"] }), unfit(["list", "length"])],
    "assign of a number": [
      COMMIT,
      operations({ assign: { record: THING, path: [], value: 1 } }),
      invalid(...at("assign", "value")),
    ],
    "assign to a number": [COMMIT, operations({ assign: { record: THING, path: ["n"], value: {} } }), unfit(["n"])],
    "remove of what is inherited": [
      COMMIT,
      operations({ remove: { record: THING, path: ["toString"] } }),
      unfit(["toString"]),
    ],
    "increment of a record": [COMMIT, operations({ increment: { record: THING, path: [] } }), unfit([])],
    "increment of a text": [COMMIT, operations({ increment: { record: THING, path: ["text"] } }), unfit(["text"])],
    "increment beyond the safe integers": [
      COMMIT,
      operations({ increment: { record: THING, path: ["n"], by: Number.MAX_SAFE_INTEGER } }),
      unfit(["n"]),
    ],
    "max of a text": [
      COMMIT,
      operations({ max: { record: THING, path: ["n"], value: "9" } }),
      invalid(...at("max", "value")),
    ],
    "min of a record": [COMMIT, operations({ min: { record: THING, path: [], value: 1 } }), unfit([])],
    "add to a text": [COMMIT, operations({ add: { record: THING, path: ["text"], value: "d" } }), unfit(["text"])],
    "discard from a record": [COMMIT, operations({ discard: { record: THING, path: [], value: 1 } }), unfit([])],
    "splice at a negative index": [
      COMMIT,
      operations({ splice: { record: THING, path: ["list"], index: -1 } }),
      invalid(...at("splice", "index")),
    ],
    "splice of a negative number": [
      COMMIT,
      operations({ splice: { record: THING, path: ["list"], index: 0, remove: -1 } }),
      invalid(...at("splice", "remove")),
    ],
    "splice behind the end": [
      COMMIT,
      operations({ splice: { record: THING, path: ["list"], index: 1, remove: 2 } }),
      unfit(["list"]),
    ],
    "edit at a negative index": [
      COMMIT,
      operations({ edit: { record: THING, path: ["text"], index: -1 } }),
      invalid(...at("edit", "index")),
    ],
    "edit behind the end": [
      COMMIT,
      operations({ edit: { record: THING, path: ["text"], index: 4, insert: "x" } }),
      unfit(["text"]),
    ],
    "by name with a list of parameters": [COMMIT, applied("increment", []), invalid(...at("apply", "parameters"))],
    "by name with an unknown parameter": [
      COMMIT,
      applied("increment", { by: 1, more: 2 }),
      invalid(...at("apply", "parameters", "more")),
    ],
    "by name with a parameter __proto__": [
      COMMIT,
      applied("increment", { ["__proto__"]: { by: 1 } }),
      invalid(...at("apply", "parameters", "__proto__")),
    ],
    "by name without its value": [COMMIT, applied("put", {}), invalid(...at("apply", "parameters", "value"))],
    "by name with a wrong step": [
      COMMIT,
      applied("increment", { by: 1.5 }),
      invalid(...at("apply", "parameters", "by")),
    ],
    "by name with a negative index": [
      COMMIT,
      applied("splice", { index: -1 }, ["list"]),
      invalid(...at("apply", "parameters", "index")),
    ],
    "by name with a text that is none": [
      COMMIT,
      applied("edit", { index: 0, insert: 5 }, ["text"]),
      invalid(...at("apply", "parameters", "insert")),
    ],
  });
});

describe("a predicate", () => {
  const at = (...inside: InputPath) => ["operations", 0, "put", "predicates", ...inside] as const;
  const one = { exists: { path: ["n"] } };
  const predicates = (...all: unknown[]) => put({ predicates: all });
  refused({
    "that is none": [COMMIT, predicates({}), invalid(...at(0))],
    "that is two": [COMMIT, predicates(one, { ...one, absent: { path: ["x"] } }), invalid(...at(1))],
    "that is null": [COMMIT, predicates(null), invalid(...at(0))],
    "whose test is null": [COMMIT, predicates({ exists: null }), invalid(...at(0, "exists"))],
    "that does not exist": [COMMIT, predicates({ nothing: {} }), invalid(...at(0, "nothing"))],
    "that has too much": [COMMIT, predicates({ exists: { path: [], value: 1 } }), invalid(...at(0, "exists", "value"))],
    "without a path": [COMMIT, predicates({ exists: {} }), invalid(...at(0, "exists", "path"))],
    "without a value": [
      COMMIT,
      predicates({ all: [one, { equals: { path: ["n"] } }] }),
      invalid(...at(0, "all", 1, "equals", "value")),
    ],
    "without values": [COMMIT, predicates({ in: { path: ["n"] } }), invalid(...at(0, "in", "values"))],
    "of no size": [COMMIT, predicates({ size: { path: ["text"] } }), invalid(...at(0, "size"))],
    "of a null size": [COMMIT, predicates({ size: { path: ["text"], atLeast: null } }), invalid(...at(0, "size"))],
    "of a negative size": [
      COMMIT,
      predicates({ not: { size: { path: ["text"], atMost: -1 } } }),
      invalid(...at(0, "not", "size", "atMost")),
    ],
    "of an unknown type": [
      COMMIT,
      predicates({ type: { path: ["n"], type: "INTEGER" } }),
      invalid(...at(0, "type", "type")),
    ],
    "that is false": [
      COMMIT,
      predicates(one, { equals: { path: ["n"], value: null } }),
      {
        code: "PREDICATE_FAILED",
        operationIndex: 0,
        path: ["n"],
        reason: "PREDICATE",
        predicate: { equals: { path: ["n"], value: null } },
        actual: { exists: true, value: 1 },
      },
    ],
    "about an unknown record": [
      COMMIT,
      predicates({ exists: { path: [], record: UNKNOWN } }),
      { code: "PREDICATE_FAILED", record: UNKNOWN, reason: "PREDICATE", actual: { exists: false } },
    ],
    "about what every object inherits": [
      COMMIT,
      predicates({ exists: { path: ["__proto__"] } }),
      { code: "PREDICATE_FAILED", path: ["__proto__"], reason: "PREDICATE", actual: { exists: false } },
    ],
    "101 times": [COMMIT, predicates(...list(101, one)), beyond("predicatesPerOperation", ...at())],
    "101 times inside of one": [COMMIT, predicates({ any: list(100, one) }), beyond("predicatesPerOperation", ...at())],
    "33 deep": [COMMIT, predicates(nested(33, (inner) => ({ all: [inner] }), one)), beyond("predicateDepth", ...at())],
    "33 times denied": [
      COMMIT,
      predicates(nested(33, (inner) => ({ not: inner }), one)),
      beyond("predicateDepth", ...at()),
    ],
    "1,000 deep": [
      COMMIT,
      predicates(nested(1_000, (inner) => ({ not: inner }), one)),
      { code: "LIMIT_EXCEEDED", limit: "variableDepth", maximum: 200 },
    ],
  });
});

describe("a JSON Patch", () => {
  const at = (...inside: InputPath) => ["operations", 0, "patch", "patch", ...inside] as const;
  const patch = (content: unknown) => operations({ patch: { record: THING, patch: content } });
  const steps = (...content: unknown[]) => patch(content);
  const good = { op: "replace", path: "/n", value: 2 };
  refused({
    "that is an object": [COMMIT, patch({}), invalid(...at())],
    "that is a text": [COMMIT, patch("[]"), invalid(...at())],
    "that is empty": [COMMIT, steps(), invalid(...at())],
    "with a step that is none": [COMMIT, steps(good, 5), invalid(...at(1))],
    "with an unknown op": [COMMIT, steps(good, { op: "increment", path: "/n" }), invalid(...at(1, "op"))],
    "with an inherited op": [COMMIT, steps({ op: "constructor", path: "/n" }), invalid(...at(0, "op"))],
    "without an op": [COMMIT, steps({ path: "/n" }), invalid(...at(0, "op"))],
    "without a path": [COMMIT, steps({ op: "remove" }), invalid(...at(0, "path"))],
    "with a path that is a list": [COMMIT, steps({ op: "remove", path: ["n"] }), invalid(...at(0, "path"))],
    "with a path that does not begin with a slash": [
      COMMIT,
      steps({ op: "remove", path: "n" }),
      invalid(...at(0, "path")),
    ],
    "with a tilde alone": [COMMIT, steps({ op: "remove", path: "/a~b" }), invalid(...at(0, "path"))],
    "with a path of 65 steps": [
      COMMIT,
      steps({ op: "remove", path: "/a".repeat(65) }),
      beyond("pathLength", ...at(0, "path")),
    ],
    "with a very long path": [
      COMMIT,
      steps({ op: "remove", path: `/${"a".repeat(1_000_000)}` }),
      unfit(["a".repeat(1_000_000)]),
    ],
    "without a value": [COMMIT, steps({ op: "add", path: "/m" }), invalid(...at(0, "value"))],
    "without a source": [COMMIT, steps({ op: "move", path: "/m" }), invalid(...at(0, "from"))],
    "that moves a value into itself": [
      COMMIT,
      steps({ op: "move", from: "/object", path: "/object/inner" }),
      invalid(...at(0, "path")),
    ],
    "that ends with a test": [COMMIT, steps(good, { op: "test", path: "/n", value: 2 }), invalid(...at(1))],
    "that is only a test": [COMMIT, steps({ op: "test", path: "/n", value: 1 }), invalid(...at(0))],
    "with 101 tests before a step": [
      COMMIT,
      steps(...list(101, { op: "test", path: "/n", value: 1 }), good),
      beyond("predicatesPerOperation", ...at(100)),
    ],
    "whose test fails": [
      COMMIT,
      steps({ op: "test", path: "/n", value: 7 }, good),
      { code: "PREDICATE_FAILED", operationIndex: 0, path: ["n"], reason: "PREDICATE" },
    ],
    "that removes what is not there": [COMMIT, steps({ op: "remove", path: "/nothing" }), unfit(["nothing"])],
    "that takes a list's index for a name": [
      COMMIT,
      steps({ op: "remove", path: "/list/length" }),
      unfit(["list", "length"]),
    ],
    "of 10,001 steps": [COMMIT, steps(...list(10_001, good)), beyond("operationsPerCommit", ...at())],
    "that copies a value into itself until it is too deep": [
      COMMIT,
      steps(...list(100, { op: "copy", from: "/object", path: "/object/inner" })),
      beyond("valueDepth", ...at(64, "from")),
    ],
    "that doubles a value fifty times": [
      COMMIT,
      steps(...list(50, { op: "copy", from: "/list", path: "/list/-" })),
      beyond("valueBytes", ...at(17, "from")),
    ],
    "that copies a large value a thousand times": [
      COMMIT,
      steps(
        { op: "add", path: "/large", value: "x".repeat(1_000_000) },
        ...list(1_000, { op: "copy", from: "/large", path: "/copy" }),
      ),
      beyond("movedBytes", ...at(9, "from")),
    ],
  });
});

describe("a frontier", () => {
  const from = (version: unknown) => ({ v: { name: "new", from: version } });
  const asOf = (frontier: string, point: unknown) => from({ asOf: { frontier, point } });
  refused({
    "that exists": [CREATE_FRONTIER, { v: { name: "tag" } }, { code: "ALREADY_EXISTS", inputPath: ["name"] }],
    "called main": [CREATE_FRONTIER, { v: { name: "main" } }, { code: "ALREADY_EXISTS", inputPath: ["name"] }],
    "without a name": [CREATE_FRONTIER, { v: { name: "" } }, invalid("name")],
    "with a name of 201 characters": [CREATE_FRONTIER, { v: { name: "f".repeat(201) } }, beyond("nameLength", "name")],
    "with a long author": [
      CREATE_FRONTIER,
      { v: { name: "new", author: "a".repeat(201) } },
      beyond("nameLength", "author"),
    ],
    "of no version": [CREATE_FRONTIER, from({}), invalid("from")],
    "of two versions": [CREATE_FRONTIER, from({ frontier: "main", commit: "1" }), invalid("from")],
    "of a null version": [CREATE_FRONTIER, from({ frontier: null }), invalid("from", "frontier")],
    "of an unknown frontier": [CREATE_FRONTIER, from({ frontier: "nowhere" }), notFound("from", "frontier")],
    "of an unknown commit": [CREATE_FRONTIER, from({ commit: "999999" }), notFound("from", "commit")],
    "of a negative commit": [CREATE_FRONTIER, from({ commit: "-1" }), notFound("from", "commit")],
    "of a commit beyond 2^53": [CREATE_FRONTIER, from({ commit: "9007199254740993" }), notFound("from", "commit")],
    "of unknown commits": [CREATE_FRONTIER, from({ commits: ["1", "999999"] }), notFound("from", "commits", 1)],
    "of one unknown commit": [CREATE_FRONTIER, from({ commits: ["999999"] }), notFound("from", "commits", 0)],
    "of 1,001 commits": [
      CREATE_FRONTIER,
      from({ commits: list(1_001, "1") }),
      beyond("commitsPerVersion", "from", "commits"),
    ],
    "of an unknown frontier as it stood": [
      CREATE_FRONTIER,
      asOf("nowhere", { sequence: "0" }),
      notFound("from", "asOf", "frontier"),
    ],
    "at a time of an unknown frontier": [
      CREATE_FRONTIER,
      asOf("nowhere", { time: "2024-01-01T00:00:00Z" }),
      notFound("from", "asOf", "frontier"),
    ],
    "at a sequence in the future": [
      CREATE_FRONTIER,
      asOf("main", { sequence: "999999" }),
      invalid("from", "asOf", "point", "sequence"),
    ],
    "at a negative sequence": [
      CREATE_FRONTIER,
      asOf("main", { sequence: "-1" }),
      invalid("from", "asOf", "point", "sequence"),
    ],
    "at no point": [CREATE_FRONTIER, asOf("main", {}), invalid("from", "asOf", "point")],
    "at two points": [
      CREATE_FRONTIER,
      asOf("main", { sequence: "0", time: "2024-01-01T00:00:00Z" }),
      invalid("from", "asOf", "point"),
    ],
    "to lock that is unknown": [LOCK_FRONTIER, { v: { name: "nowhere" } }, notFound("name")],
    "to lock at another sequence": [
      LOCK_FRONTIER,
      { v: { name: "tag", expectedSequence: "7" } },
      { code: "STALE_SEQUENCE", sequence: "1" },
    ],
    "to lock at a negative sequence": [
      LOCK_FRONTIER,
      { v: { name: "tag", expectedSequence: "-7" } },
      invalid("expectedSequence"),
    ],
  });
});

/** What every mutation refuses that changes a frontier by a commit. */
const badChanges = (document: string, good: Readonly<Record<string, unknown>>, at: string): Record<string, Case> => {
  const given = (more: Readonly<Record<string, unknown>>) => ({ v: { ...good, ...more } });
  return {
    "on an unknown frontier": [document, given({ [at]: "nowhere" }), notFound(at)],
    "on a frontier without a name": [document, given({ [at]: "" }), notFound(at)],
    "on a locked frontier": [document, given({ [at]: "tag" }), { code: "LOCKED" }],
    "with another sequence": [document, given({ expectedSequence: "999" }), { code: "STALE_SEQUENCE" }],
    "with a negative sequence": [document, given({ expectedSequence: "-1" }), invalid("expectedSequence")],
    "with an empty idempotency key": [document, given({ idempotencyKey: "" }), invalid("idempotencyKey")],
    "with a long idempotency key": [
      document,
      given({ idempotencyKey: "k".repeat(201) }),
      beyond("nameLength", "idempotencyKey"),
    ],
    "with an idempotency key of a commit": [
      document,
      given({ idempotencyKey: "used" }),
      { code: "ALREADY_EXISTS", inputPath: ["idempotencyKey"] },
    ],
    "with an empty author": [document, given({ author: "" }), invalid("author")],
    "with a long author": [document, given({ author: "a".repeat(201) }), beyond("nameLength", "author")],
    "with a long message": [document, given({ message: "m".repeat(65_537) }), beyond("messageLength", "message")],
    "with a message of half a character": [document, given({ message: "\ud800" }), invalid("message")],
    "with metadata that cannot be stored": [document, given({ metadata: { a: ["\0"] } }), invalid("metadata", "a", 0)],
    "with something unknown": [document, given({ nothing: 1 }), invalid("nothing")],
  };
};

describe("a merge", () => {
  const good = { into: "main", from: { commit: "1" }, createCommit: true };
  const given = (more: Readonly<Record<string, unknown>>) => ({ v: { ...good, ...more } });
  const choice = (more: Readonly<Record<string, unknown>>) =>
    given({ choices: [{ record: THING, path: ["n"], take: "OURS", ...more }] });
  refused({
    ...badChanges(MERGE, good, "into"),
    "of nothing": [MERGE, given({ from: {} }), invalid("from")],
    "of two versions": [MERGE, given({ from: { frontier: "main", commit: "1" } }), invalid("from")],
    "of an unknown frontier": [MERGE, given({ from: { frontier: "nowhere" } }), notFound("from", "frontier")],
    "of an unknown commit": [MERGE, given({ from: { commit: "999999" } }), notFound("from", "commit")],
    "of unknown commits": [MERGE, given({ from: { commits: ["1", "999999"] } }), notFound("from", "commits", 1)],
    "of the future": [
      MERGE,
      given({ from: { asOf: { frontier: "main", point: { sequence: "999999" } } } }),
      invalid("from", "asOf", "point", "sequence"),
    ],
    "with a resolution that is none": [MERGE, given({ resolution: [{}] }), invalid("resolution", 0)],
    "with a resolution of an unknown record": [
      MERGE,
      given({ resolution: [{ put: { record: UNKNOWN, path: ["n"], value: 1 } }] }),
      notFound("resolution", 0, "put", "record"),
    ],
    "with a resolution without a value": [
      MERGE,
      given({ resolution: [{ remove: { record: THING, path: ["n"] } }, { put: { record: THING, path: ["n"] } }] }),
      invalid("resolution", 1, "put", "value"),
    ],
    "with a resolution of a bad value": [
      MERGE,
      given({ resolution: [{ put: { record: THING, path: ["n"], value: { a: "\0" } } }] }),
      invalid("resolution", 0, "put", "value", "a"),
    ],
    "with a resolution that cannot be applied": [
      MERGE,
      given({ resolution: [{ increment: { record: THING, path: ["text"] } }] }),
      { code: "PREDICATE_FAILED" },
    ],
    "with a resolution of 10,001 operations": [
      MERGE,
      given({ resolution: list(10_001, { remove: { record: THING, path: ["n"] } }) }),
      beyond("operationsPerCommit", "resolution"),
    ],
    "with a choice where there is no conflict": [MERGE, choice({}), invalid("choices", 0)],
    "with a choice of an unknown record": [MERGE, choice({ record: UNKNOWN }), invalid("choices", 0)],
    "with a choice at a bad path": [MERGE, choice({ path: ["\0"] }), invalid("choices", 0, "path", 0)],
    "with a choice at a text": [MERGE, choice({ path: "n" }), invalid("choices", 0, "path")],
    "with a choice at a long path": [
      MERGE,
      choice({ path: list(65, "n") }),
      beyond("pathLength", "choices", 0, "path"),
    ],
    "with a choice of nothing": [MERGE, choice({ take: "NOTHING" }), invalid("choices", 0, "take")],
    "with choices of both sides for one place": [
      MERGE,
      given({
        choices: [
          { record: THING, path: ["n"], take: "OURS" },
          { record: THING, path: ["text"], take: "THEIRS" },
          { record: THING.toUpperCase(), path: ["n"], take: "THEIRS" },
        ],
      }),
      invalid("choices", 2),
    ],
    "with 10,001 choices": [
      MERGE,
      given({ choices: list(10_001, { record: THING, path: ["n"], take: "OURS" }) }),
      beyond("operationsPerCommit", "choices"),
    ],
    "with an unknown strategy": [MERGE, given({ strategy: "NOTHING" }), invalid("strategy")],
  });
});

describe("a revert", () => {
  const given = (more: Readonly<Record<string, unknown>>) => ({ v: { frontier: "main", ...more } });
  refused({
    ...badChanges(REVERT, { frontier: "main", commits: ["1"] }, "frontier"),
    "of nothing": [REVERT, given({}), invalid()],
    "of null": [REVERT, given({ commits: null, change: null }), invalid()],
    "of no commits": [REVERT, given({ commits: [] }), invalid("commits")],
    "of commits and a change": [REVERT, given({ commits: ["1"], change: "1" }), invalid("change")],
    "of an unknown commit": [REVERT, given({ commits: ["1", "999999"] }), notFound("commits", 1)],
    "of a negative commit": [REVERT, given({ commits: ["-1"] }), notFound("commits", 0)],
    "of a commit beyond 2^53": [REVERT, given({ commits: ["9007199254740993"] }), notFound("commits", 0)],
    "of 1,001 commits": [REVERT, given({ commits: list(1_001, "1") }), beyond("commitsPerVersion", "commits")],
    "of a commit that the frontier has not": [
      REVERT,
      { v: { frontier: "empty", commits: ["1"] } },
      invalid("commits", 0),
    ],
    "of a change that is not there": [REVERT, given({ change: "999999" }), notFound("change")],
    "of the change before all": [REVERT, given({ change: "0" }), notFound("change")],
    "of a negative change": [REVERT, given({ change: "-1" }), invalid("change")],
    "of a change beyond 2^53": [REVERT, given({ change: "9007199254740993" }), invalid("change")],
    "of a change that brought nothing": [REVERT, { v: { frontier: "empty", change: "1" } }, invalid("change")],
  });
});

describe("a cherry-pick", () => {
  const given = (more: Readonly<Record<string, unknown>>) => ({ v: { frontier: "main", ...more } });
  refused({
    ...badChanges(CHERRY_PICK, { frontier: "main", commits: ["1"] }, "frontier"),
    "of no commits": [CHERRY_PICK, given({ commits: [] }), invalid("commits")],
    "of null": [CHERRY_PICK, given({ commits: null }), invalid("commits")],
    "of an unknown commit": [CHERRY_PICK, given({ commits: ["1", "999999"] }), notFound("commits", 1)],
    "of a negative commit": [CHERRY_PICK, given({ commits: ["-1"] }), notFound("commits", 0)],
    "of 1,001 commits": [CHERRY_PICK, given({ commits: list(1_001, "1") }), beyond("commitsPerVersion", "commits")],
    "of what cannot be done again": [CHERRY_PICK, given({ commits: ["1"] }), { code: "PREDICATE_FAILED" }],
  });
});

describe("a frontier that is moved or deleted", () => {
  const move = (more: Readonly<Record<string, unknown>>) => ({ v: { name: "main", to: { commit: "1" }, ...more } });
  refused({
    "and is unknown": [MOVE_FRONTIER, move({ name: "nowhere" }), notFound("name")],
    "and is locked": [MOVE_FRONTIER, move({ name: "tag" }), { code: "LOCKED" }],
    "at another sequence": [MOVE_FRONTIER, move({ expectedSequence: "999" }), { code: "STALE_SEQUENCE" }],
    "at a negative sequence": [MOVE_FRONTIER, move({ expectedSequence: "-1" }), invalid("expectedSequence")],
    "to nothing": [MOVE_FRONTIER, move({ to: {} }), invalid("to")],
    "to an unknown frontier": [MOVE_FRONTIER, move({ to: { frontier: "nowhere" } }), notFound("to", "frontier")],
    "to an unknown commit": [MOVE_FRONTIER, move({ to: { commits: ["1", "999999"] } }), notFound("to", "commits", 1)],
    "to 1,001 commits": [
      MOVE_FRONTIER,
      move({ to: { commits: list(1_001, "1") } }),
      beyond("commitsPerVersion", "to", "commits"),
    ],
    "with a long author": [MOVE_FRONTIER, move({ author: "a".repeat(201) }), beyond("nameLength", "author")],
    "with a long message": [MOVE_FRONTIER, move({ message: "m".repeat(65_537) }), beyond("messageLength", "message")],
    "deleted and unknown": [DELETE_FRONTIER, { v: { name: "nowhere" } }, notFound("name")],
    "deleted without a name": [DELETE_FRONTIER, { v: { name: "" } }, notFound("name")],
    "deleted and locked": [DELETE_FRONTIER, { v: { name: "tag" } }, { code: "LOCKED" }],
    "deleted and needed": [DELETE_FRONTIER, { v: { name: "main" } }, invalid("name")],
    "deleted at another sequence": [
      DELETE_FRONTIER,
      { v: { name: "empty", expectedSequence: "7" } },
      { code: "STALE_SEQUENCE", sequence: "1" },
    ],
    "deleted at a negative sequence": [
      DELETE_FRONTIER,
      { v: { name: "empty", expectedSequence: "-7" } },
      invalid("expectedSequence"),
    ],
  });
});

describe("a merge preview", () => {
  const PREVIEW = `query ($versions: [VersionInput!]!, $resolution: [OperationInput!]) {
    mergePreview(versions: $versions, resolution: $resolution) { compatible } }`;
  const TRIED = PREVIEW.replace("compatible", "minimalConflicts");
  const one = { commit: "1" };
  const trial = (...resolution: unknown[]) => ({ versions: [one], resolution });
  refused({
    "of no versions": [PREVIEW, { versions: [] }, invalid("versions")],
    "of a version that is none": [PREVIEW, { versions: [one, {}] }, invalid("versions", 1)],
    "of a null version": [PREVIEW, { versions: [one, null] }, invalid("versions", 1)],
    "of an unknown frontier": [PREVIEW, { versions: [{ frontier: "nowhere" }] }, notFound("versions", 0, "frontier")],
    "of an unknown commit": [PREVIEW, { versions: [one, { commit: "999999" }] }, notFound("versions", 1, "commit")],
    "of too many versions": [
      PREVIEW,
      { versions: list(DEFAULT_LIMITS.versionsPerMerge + 1, one) },
      beyond("versionsPerMerge", "versions"),
    ],
    "of 13 versions, of which some may stand together": [
      TRIED,
      { versions: list(13, one) },
      { code: "LIMIT_EXCEEDED", inputPath: ["versions"], limit: "versionsTried", maximum: 12 },
    ],
    "with an operation that is none": [PREVIEW, trial({}), invalid("resolution", 0)],
    "with an operation on an unknown record": [
      PREVIEW,
      trial({ remove: { record: UNKNOWN, path: [] } }),
      notFound("resolution", 0, "remove", "record"),
    ],
    "with an operation of a bad value": [
      PREVIEW,
      trial({ put: { record: THING, path: ["n"], value: ["\0"] } }),
      invalid("resolution", 0, "put", "value", 0),
    ],
    "with an operation that cannot be applied": [
      PREVIEW,
      trial({ increment: { record: THING, path: ["text"] } }),
      { code: "PREDICATE_FAILED" },
    ],
    "with too many operations": [
      PREVIEW,
      trial(...list(10_001, { remove: { record: THING, path: ["n"] } })),
      beyond("operationsPerCommit", "resolution"),
    ],
  });
});

describe("a record type", () => {
  const schema = (content: unknown) => ({ v: { name: "thing", schema: content } });
  const indexes = (...paths: unknown[]) => ({ v: { name: "thing", indexes: paths } });
  refused({
    "without a name": [DEFINE_TYPE, { v: { name: "" } }, invalid("name")],
    "with a name of 201 characters": [DEFINE_TYPE, { v: { name: "t".repeat(201) } }, beyond("nameLength", "name")],
    "with a number as schema": [DEFINE_TYPE, schema(5), invalid("schema")],
    "with a list as schema": [DEFINE_TYPE, schema([]), invalid("schema")],
    "with a schema of no type": [DEFINE_TYPE, schema({ type: "nothing" }), invalid("schema")],
    "with a schema whose type is a number": [
      DEFINE_TYPE,
      schema({ properties: { a: { type: 5 } } }),
      invalid("schema"),
    ],
    "with a bad pattern": [
      DEFINE_TYPE,
      schema({ properties: { a: { pattern: "(" } } }),
      invalid("schema", "properties", "a", "pattern"),
    ],
    "with a reference to another place": [
      DEFINE_TYPE,
      schema({ $ref: "http://127.0.0.1:1/schema.json" }),
      invalid("schema"),
    ],
    "with a reference to a file": [DEFINE_TYPE, schema({ $ref: "file:///etc/passwd" }), invalid("schema")],
    "with a reference to nothing": [DEFINE_TYPE, schema({ $ref: "#/$defs/nothing" }), invalid("schema")],
    "with an unknown dialect": [DEFINE_TYPE, schema({ $schema: "https://example.org/dialect" }), invalid("schema")],
    "with an asynchronous schema": [DEFINE_TYPE, schema({ $async: true }), invalid("schema", "$async")],
    "with the whole record as an index": [DEFINE_TYPE, indexes(["n"], []), invalid("indexes", 1)],
    "with 33 indexes": [
      DEFINE_TYPE,
      indexes(...Array.from({ length: 33 }, (_, index) => [`m${index}`])),
      beyond("indexesPerType", "indexes"),
    ],
  });
});

describe("a list", () => {
  const records = (given: string) =>
    `query ($v: ${given === "where" ? "PredicateInput" : "[OrderInput!]"}) {
       frontier { records(type: "thing", ${given}: $v) { totalCount nodes { id } } } }`;
  const inView = records("where").replace("records(", "view { records(").replace("} }", "} } }");
  const one = { exists: { path: ["n"] } };
  refused({
    "of records of an unknown type": [`{ frontier { records(type: "nothing") { totalCount } } }`, {}, notFound("type")],
    "of records of an unknown type in a view": [
      `{ frontier { view { records(type: "nothing") { totalCount } } } }`,
      {},
      notFound("type"),
    ],
    "where nothing": [records("where"), { v: {} }, invalid("where")],
    "where two": [records("where"), { v: { ...one, not: one } }, invalid("where")],
    "where a value is missing": [
      records("where"),
      { v: { equals: { path: ["n"] } } },
      invalid("where", "equals", "value"),
    ],
    "where another record": [
      records("where"),
      { v: { all: [one, { exists: { path: [], record: THING } }] } },
      invalid("where", "all", 1, "exists", "record"),
    ],
    "where unchanged": [records("where"), { v: { unchanged: { path: [] } } }, invalid("where", "unchanged")],
    "where a version": [records("where"), { v: { version: { heads: ["1"] } } }, invalid("where", "version")],
    "where 101 tests": [records("where"), { v: { any: list(100, one) } }, beyond("predicatesPerOperation", "where")],
    "where 33 deep": [
      records("where"),
      { v: nested(33, (inner) => ({ any: [inner] }), one) },
      beyond("predicateDepth", "where"),
    ],
    "where, in a view": [inView, { v: { size: { path: ["n"] } } }, invalid("where", "size")],
    "ordered by whole records": [
      records("orderBy"),
      { v: [{ path: ["n"] }, { path: [] }] },
      invalid("orderBy", 1, "path"),
    ],
    "ordered by nine paths": [
      records("orderBy"),
      { v: list(9, { path: ["n"] }) },
      { code: "LIMIT_EXCEEDED", inputPath: ["orderBy"], limit: "ordersPerList", maximum: 8 },
    ],
    "ordered up": [records("orderBy"), { v: [{ path: ["n"], direction: "UP" }] }, invalid("orderBy", 0, "direction")],
    "of commits by a path without a record": [
      `{ commits(where: { path: ["n"] }) { totalCount } }`,
      {},
      invalid("where", "path"),
    ],
    "of commits in an unknown version": [
      `{ commits(where: { in: { frontier: "nowhere" } }) { totalCount } }`,
      {},
      notFound("where", "in", "frontier"),
    ],
    "of commits not in an unknown version": [
      `{ commits(where: { notIn: { commits: [1, 999999] } }) { totalCount } }`,
      {},
      notFound("where", "notIn", "commits", 1),
    ],
    "of a history by a path without a record": [
      `{ frontier { view { history(path: ["n"]) { totalCount } } } }`,
      {},
      invalid("path"),
    ],
    "of changes of an unknown type": [
      `{ diff(from: { commits: [] }, to: { frontier: "main" }, type: "nothing") { totalCount } }`,
      {},
      notFound("type"),
    ],
    "of leaves below a negative index": [
      `query ($v: Path) { frontier { view { record(uuid: "${THING}") { blame(path: $v) { totalCount } } } } }`,
      { v: ["list", -1] },
      invalid("path", 1),
    ],
    "of a log by an unknown cause": [`{ frontier { log(cause: NOTHING) { totalCount } } }`, {}, invalid("cause")],
    "of 1,001 nodes": [
      `query ($v: [ID!]!) { nodes(ids: $v) { id } }`,
      { v: list(1_001, "Commit:1") },
      beyond("keysPerCall", "ids"),
    ],
    "of 1,001 records of a frontier": [
      `query ($v: [UUID!]!) { frontier { recordsByUuid(uuids: $v) { id } } }`,
      { v: list(1_001, THING) },
      beyond("keysPerCall", "uuids"),
    ],
    "of 1,001 records of a view": [
      `query ($v: [UUID!]!) { frontier { view { recordsByUuid(uuids: $v) { id } } } }`,
      { v: list(1_001, THING) },
      beyond("keysPerCall", "uuids"),
    ],
  });

  test.each([1, 100, 101, 100_000])("may be asked for one of %i values", async (count) => {
    const values = Array.from({ length: count }, (_, index) => count - index);
    const document = `query ($values: [JSON]!) { frontier { records(type: "thing",
      where: { all: [{ in: { path: ["n"], values: $values } }, { in: { path: ["list", 1], values: ["two"] } }] })
      { nodes { record { uuid } } } } }`;
    expect(await requests.ask(document, { values })).toEqual({
      data: { frontier: { records: { nodes: [{ record: { uuid: THING } }] } } },
    });
  });
});

describe("a version", () => {
  const view = (version: unknown) => [`query ($v: VersionInput!) { view(at: $v) { id } }`, { v: version }] as const;
  refused({
    "that is none": [...view({}), invalid("at")],
    "of an unknown commit": [...view({ commit: 999_999 }), notFound("at", "commit")],
    "of a commit beyond 2^53": [...view({ commit: "9223372036854775807" }), notFound("at", "commit")],
    "of one unknown commit": [...view({ commits: [999_999] }), notFound("at", "commits", 0)],
    "of a negative commit": [...view({ commits: [1, -5] }), notFound("at", "commits", 1)],
    "of an unknown frontier": [...view({ frontier: "__proto__" }), notFound("at", "frontier")],
    "of the sequence beyond 2^63": [
      ...view({ asOf: { frontier: "main", point: { sequence: "9223372036854775807" } } }),
      invalid("at", "asOf", "point", "sequence"),
    ],
    "that another one is compared with": [
      `{ commits { nodes { isAncestorOf(commit: 999999) } } }`,
      {},
      notFound("commit"),
    ],
    "of a record": [
      `{ record(uuid: "${THING}") { at(version: { frontier: "nowhere" }) { id } } }`,
      {},
      notFound("version", "frontier"),
    ],
    "that a diff starts from": [
      `{ diff(from: { commit: 999999 }, to: { frontier: "main" }) { totalCount } }`,
      {},
      notFound("from", "commit"),
    ],
    "that a diff starts from, where what it leads to can be no commit": [
      `{ diff(from: { commit: 999999 }, to: { commit: -1 }) { totalCount } }`,
      {},
      notFound("from", "commit"),
    ],
    "that a diff leads to": [
      `{ diff(from: { frontier: "main" }, to: { commits: [-1] }) { totalCount } }`,
      {},
      notFound("to", "commits", 0),
    ],
    "that a comparison starts from": [
      `{ compare(base: { frontier: "nowhere" }, head: { frontier: "main" }) { aheadBy } }`,
      {},
      notFound("base", "frontier"),
    ],
    "that is compared": [
      `{ compare(base: { frontier: "main" }, head: { asOf: { frontier: "nowhere", point: { sequence: 0 } } }) { aheadBy } }`,
      {},
      notFound("head", "asOf", "frontier"),
    ],
    "of several": [
      `{ commonAncestors(versions: [{ frontier: "main" }, { commit: 999999 }]) { id } }`,
      {},
      notFound("versions", 1, "commit"),
    ],
    "of several, that is none": [
      `query ($v: [VersionInput!]!) { commonAncestors(versions: $v) { id } }`,
      { v: [{ frontier: "main" }, {}] },
      invalid("versions", 1),
    ],
    "of 1,001": [
      `query ($v: [VersionInput!]!) { commonAncestors(versions: $v) { id } }`,
      { v: list(1_001, { frontier: "main" }) },
      beyond("keysPerCall", "versions"),
    ],
  });

  test("is null where a number names no commit", async () => {
    const document = `{ a: commit(number: -1) { id } b: commit(number: "9223372036854775807") { id }
      c: commit(number: "9007199254740993") { id } d: commit(number: 999999) { id } }`;
    expect(await requests.ask(document)).toEqual({ data: { a: null, b: null, c: null, d: null } });
  });

  test("may be as old and as young as time is", async () => {
    for (const time of ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59"]) {
      const answer = await requests.ask(
        `query ($v: DateTime!) { view(at: { asOf: { frontier: "main", point: { time: $v } } }) { id }
           before: commits(where: { until: $v }) { totalCount } after: commits(where: { since: $v }) { totalCount }
           frontier { log(since: $v) { totalCount } view { history(until: $v) { totalCount } } } }`,
        { v: time },
      );
      expect(answer.errors).toBeUndefined();
      expect(answer.data.view.id).toMatch(time.startsWith("0") ? /^View:$/ : /^View:\d+$/);
    }
  });
});

describe("a stream", () => {
  const NEW =
    `subscription ($frontier: String, $after: String) { newCommits(frontier: $frontier, after: $after) { cursor } }`.replace(
      "$frontier: String,",
      "$frontier: String!,",
    );
  const cursor = (...fields: unknown[]) => Buffer.from(JSON.stringify(fields)).toString("base64url");
  const invalidCursor = { code: "CURSOR_INVALID", inputPath: ["after"] };
  refused({
    "of an unknown frontier": [NEW, { frontier: "nowhere" }, notFound("frontier")],
    "from the beginning of an unknown frontier": [NEW, { frontier: "nowhere", after: "0" }, notFound("frontier")],
    "after nothing": [NEW, { frontier: "main", after: "" }, invalidCursor],
    "after garbage": [NEW, { frontier: "main", after: "\u{1f600}" }, invalidCursor],
    "after a list that is none": [NEW, { frontier: "main", after: cursor({}) }, invalidCursor],
    "after another frontier": [NEW, { frontier: "main", after: cursor("tag", 1, 1, 0) }, invalidCursor],
    "after a text": [NEW, { frontier: "main", after: cursor("main", 1, "1", 0) }, invalidCursor],
    "after a negative sequence": [NEW, { frontier: "main", after: cursor("main", 1, -1, 0) }, invalidCursor],
    "after the future": [
      NEW,
      { frontier: "main", after: cursor("main", 1, 999_999, 0) },
      { code: "CURSOR_AHEAD", inputPath: ["after"] },
    ],
  });
});

describe("a document", () => {
  refused({
    "with JSON that is an enum": [
      `mutation { commit(input: { operations: [{ put: { record: "${THING}", path: ["n"], value: { a: [RED] } } }] })
         { __typename } }`,
      {},
      invalid("operations", 0, "put", "value", "a", 0),
    ],
    "with JSON that names a member twice": [
      `mutation { commit(input: { operations: [{ put: { record: "${THING}", path: ["n"], value: { a: 1, a: 2 } } }] })
         { __typename } }`,
      {},
      invalid("operations", 0, "put", "value", "a"),
    ],
    "with a number beyond all numbers": [
      `mutation { commit(input: { operations: [{ put: { record: "${THING}", path: ["n"], value: 1e999 } }] })
         { ... on Error { code } ... on InvalidInput { inputPath } } }`,
      {},
      invalid("operations", 0, "put", "value"),
    ],
    "with a variable inside of JSON": [
      `mutation ($v: JSON) { commit(input: { operations: [{ put: { record: "${THING}", path: ["n"], value: { a: $v } } }] })
         { ... on Error { code } ... on InvalidInput { inputPath } } }`,
      { v: { b: raw("1e999") } },
      invalid("operations", 0, "put", "value", "a", "b"),
    ],
  });
});
