/** Every control of the server, over every way to it: none may be passed by on one of them. */
import { getIntrospectionQuery } from "graphql";
import { serveSchema, type RunningServer } from "../../src/server/serveSchema";
import { type DEFAULT_SERVER_LIMITS } from "../../src/server/serverLimits";
import { RAW_TRANSPORTS, TRANSPORTS, type Ask, type Result, type Transport } from "./clients";
import { Sources, testSchema } from "./testSchema";

const logged: string[] = [];
let server: RunningServer;
beforeAll(async () => {
  server = await serveSchema({
    ...testSchema(new Sources()),
    checkReady: () => Promise.resolve(),
    host: "127.0.0.1",
    port: 0,
    limits: { documentTokens: 50_000 },
    log: (error) => logged.push(String((error as { originalError?: unknown }).originalError ?? error)),
  });
});
afterAll(() => server.stop());
beforeEach(() => logged.splice(0));

const repeat = (count: number, before: string, inside: string, after: string) =>
  before.repeat(count) + inside + after.repeat(count);
/** A predicate with so many `not` around it, as a value. */
const nots = (count: number) => {
  let predicate: unknown = { exists: { path: [] } };
  for (let index = 0; index < count; index += 1) predicate = { not: predicate };
  return predicate;
};
const lists = (count: number) => JSON.parse(repeat(count, "[", "1", "]")) as unknown;

interface Refusal {
  readonly code: string;
  readonly inputPath?: (string | number)[];
  readonly limit?: string;
  readonly maximum?: number;
  readonly sequence?: string;
}
const invalid = (...inputPath: (string | number)[]): Refusal => ({ code: "INVALID_INPUT", inputPath });
const beyond = (
  limit: keyof typeof DEFAULT_SERVER_LIMITS,
  maximum: number,
  ...inputPath: (string | number)[]
): Refusal => ({
  code: "LIMIT_EXCEEDED",
  limit,
  maximum,
  inputPath,
});

const PLACE = "query ($input: PlaceInput!) { place(input: $input) }";
const FIND = "query ($where: PredicateInput) { find(where: $where) }";

const refused: Record<string, [Ask, Refusal | Refusal[]]> = {
  // Documents.
  "a syntax error": [{ query: "{ hello" }, { code: "GRAPHQL_PARSE_FAILED" }],
  "an empty document": [{ query: "" }, { code: "GRAPHQL_PARSE_FAILED" }],
  "an unknown field": [{ query: "{ nothing }" }, { code: "GRAPHQL_VALIDATION_FAILED" }],
  "an unknown argument": [{ query: "{ hello(nobody: 1) }" }, { code: "GRAPHQL_VALIDATION_FAILED" }],
  "a variable of a type that does not fit": [
    { query: "query ($a: Int) { hello(name: $a) }" },
    { code: "GRAPHQL_VALIDATION_FAILED" },
  ],
  "a cycle of fragments": [
    { query: "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }" },
    { code: "GRAPHQL_VALIDATION_FAILED" },
  ],
  "no such operation": [
    { query: "query A { hello } query B { hello }", operationName: "C" },
    { code: "OPERATION_RESOLUTION_FAILURE" },
  ],
  "one of several operations": [
    { query: "query A { hello } query B { hello }" },
    { code: "OPERATION_RESOLUTION_FAILURE" },
  ],
  "only fragments": [{ query: "fragment A on Query { hello }" }, { code: "GRAPHQL_VALIDATION_FAILED" }],
  "a mutation that is none": [{ query: "mutation { hello }" }, { code: "GRAPHQL_VALIDATION_FAILED" }],
  // Limits of documents.
  "selections 10,000 deep": [{ query: repeat(10_000, "{ self ", "{ hello }", "}") }, beyond("documentDepth", 500)],
  "a literal 10,000 deep": [
    { query: `{ place(input: { value: ${repeat(10_000, "[", "1", "]")} }) }` },
    beyond("documentDepth", 500),
  ],
  "a literal object 10,000 deep": [
    { query: `{ find(where: ${repeat(10_000, "{ not: ", "{ exists: { path: [] } }", "}")}) }` },
    beyond("documentDepth", 500),
  ],
  "brackets that never close": [{ query: "[".repeat(100_000) }, beyond("documentDepth", 500)],
  "too many tokens": [{ query: `{ ${"hello ".repeat(60_000)} }` }, beyond("documentTokens", 50_000)],
  "selections 200 deep": [{ query: repeat(200, "{ self ", "{ hello }", "}") }, beyond("selectionDepth", 100)],
  "one field ten thousand times": [{ query: `{ ${"hello ".repeat(10_000)} }` }, beyond("selections", 5_000)],
  "fragments that multiply": [
    {
      query: `{ ...F0 } ${Array.from(
        { length: 40 },
        (_, index) => `fragment F${index} on Query { a: self { ...F${index + 1} } b: self { ...F${index + 1} } }`,
      ).join(" ")} fragment F40 on Query { hello }`,
    },
    beyond("selections", 5_000),
  ],
  "a chain of 60 deep fragments": [
    {
      query: `{ ...F0 } ${Array.from(
        { length: 60 },
        (_, index) => `fragment F${index} on Query ${repeat(40, "{ self ", `{ ...F${index + 1} }`, "}")}`,
      ).join(" ")} fragment F60 on Query { hello }`,
    },
    beyond("selectionDepth", 100),
  ],
  "a thousand fragments": [
    {
      query: `{ ...F0 } ${Array.from({ length: 1_000 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} }`).join(" ")}`,
    },
    beyond("documentDepth", 500),
  ],
  // Limits of variables.
  "a predicate 2,000 deep in a variable": [
    { query: FIND, variables: { where: nots(2_000) } },
    beyond("variableDepth", 200, "where", ...Array.from({ length: 200 }, () => "not")),
  ],
  "lists of predicates 2,000 deep in a variable": [
    {
      query: FIND,
      variables: { where: JSON.parse(repeat(1_000, '{"all":[', '{"exists":{"path":[]}}', "]}")) },
    },
    beyond("variableDepth", 200, "where", ...Array.from({ length: 100 }, () => ["all", 0] as const).flat()),
  ],
  "an input that nests itself": [
    { query: PLACE, variables: { input: JSON.parse(repeat(300, '{"self":', "{}", "}")) } },
    beyond("variableDepth", 200, ...Array.from({ length: 200 }, () => "self")),
  ],
  "a variable too deep inside of a literal": [
    { query: "query ($p: PredicateInput!) { find(where: { all: [$p] }) }", variables: { p: nots(300) } },
    beyond("variableDepth", 200, "where", "all", 0, ...Array.from({ length: 200 }, () => "not")),
  ],
  // Variables that do not fit.
  "a variable of the wrong type": [
    { query: "query ($first: Int) { find(first: $first) }", variables: { first: "many" } },
    invalid("first"),
  ],
  "a variable that is missing": [{ query: "query ($word: Word!) { word(word: $word) }" }, invalid("word")],
  "a variable that is null": [
    { query: "query ($word: Word!) { word(word: $word) }", variables: { word: null } },
    invalid("word"),
  ],
  "an unknown member in a variable": [{ query: PLACE, variables: { input: { nobody: 1 } } }, invalid("nobody")],
  "a missing member in a variable": [
    { query: PLACE, variables: { input: { operations: [{ put: { word: "a" } }, { put: {} }] } } },
    invalid("operations", 1, "put", "word"),
  ],
  "a scalar in a variable, with its own place": [
    { query: PLACE, variables: { input: { operations: [{ put: { word: "NO" } }] } } },
    invalid("operations", 0, "put", "word", 0),
  ],
  "a scalar that core refuses": [
    { query: "query ($value: Refused) { refused(value: $value) }", variables: { value: 1 } },
    { code: "LIMIT_EXCEEDED", inputPath: ["value", "inside"], limit: "valueBytes", maximum: 3 },
  ],
  "two members of which one is allowed, in a variable": [
    { query: FIND, variables: { where: { exists: { path: [] }, not: { exists: { path: [] } } } } },
    invalid("where"),
  ],
  "several faults in variables": [
    { query: PLACE, variables: { input: { word: 1, operations: [{ remove: { count: "x" } }] } } },
    [invalid("operations", 0, "remove", "count"), invalid("word", 0)],
  ],
  "a list where an object belongs": [{ query: PLACE, variables: { input: [1] } }, invalid()],
  "a variable inside of a literal": [
    {
      query: "query ($word: Word!) { place(input: { operations: [{ put: { word: $word } }] }) }",
      variables: { word: "NO" },
    },
    invalid("operations", 0, "put", "word", 0),
  ],
  "a variable inside of a fragment": [
    {
      query: "query ($word: Word!) { ...F } fragment F on Query { self { word(word: $word) } }",
      variables: { word: "NO" },
    },
    invalid("word", 0),
  ],
  "the default of a variable": [
    { query: 'query ($input: PlaceInput = { operations: [{ put: { word: "NO" } }] }) { hello place(input: $input) }' },
    invalid("operations", 0, "put", "word", 0),
  ],
  "a variable that is null where a default stands": [
    { query: "query ($name: String) { hello(name: $name) }", variables: { name: null } },
    invalid("name"),
  ],
  "a variable that is null inside of a literal": [
    { query: "query ($name: String) { place(input: { value: 1, name: $name }) }", variables: { name: null } },
    invalid("name"),
  ],
  // Literals that do not fit.
  "a literal of the wrong type": [{ query: '{ find(first: "many") }' }, invalid("first")],
  "a literal that a scalar refuses": [
    { query: '{ place(input: { operations: [{ remove: { count: 1 } }, { put: { word: "NO" } }] }) }' },
    invalid("operations", 1, "put", "word", 0),
  ],
  "an unknown member in a literal": [{ query: "{ place(input: { nobody: 1 }) }" }, invalid("nobody")],
  "a missing member in a literal": [
    { query: "{ place(input: { operations: [{ put: { value: 1 } }] }) }" },
    invalid("operations", 0, "put", "word"),
  ],
  "a member that stands twice": [{ query: "{ place(input: { value: 1, value: 2 }) }" }, invalid("value")],
  "a missing argument": [{ query: "{ word }" }, invalid("word")],
  "a missing input": [{ query: "{ place }" }, invalid()],
  "a value that no enumeration has": [{ query: "{ colour(colour: BLUE) }" }, invalid("colour")],
  "two members of which one is allowed, in a literal": [
    { query: "{ find(where: { exists: { path: [] }, not: { exists: { path: [] } } }) }" },
    invalid("where"),
  ],
  "a literal that core refuses": [
    { query: "{ refused(value: 1) }" },
    { code: "LIMIT_EXCEEDED", inputPath: ["value", "inside"], limit: "valueBytes", maximum: 3 },
  ],
  // Failures of resolvers.
  "what core does not find": [{ query: "{ notFound }" }, { code: "NOT_FOUND", inputPath: ["name"] }],
  "what goes beyond a limit of core": [
    { query: "{ limited }" },
    { code: "LIMIT_EXCEEDED", inputPath: ["first"], limit: "pageSize", maximum: 1000 },
  ],
  "a sequence that moved on": [
    { query: "{ stale }" },
    { code: "STALE_SEQUENCE", inputPath: ["expectedSequence"], sequence: "7" },
  ],
  "an error with a code of the contract": [{ query: "{ coded }" }, { code: "CURSOR_INVALID", inputPath: [] }],
};

const refusedStreams: Record<string, [Ask, Refusal | Refusal[]]> = {
  "a subscription that is refused": [{ query: "subscription { refuses { number } }" }, invalid("after")],
  "a subscription with two fields": [
    { query: "subscription { wait { number } count(to: 1) { number } }" },
    { code: "GRAPHQL_VALIDATION_FAILED" },
  ],
  "a variable of a subscription": [
    { query: "subscription ($to: Int!) { count(to: $to) { number } }", variables: { to: "x" } },
    invalid("to"),
  ],
  "a literal of a subscription": [
    { query: 'subscription { place(input: { word: "NO" }) { number } }' },
    invalid("word", 0),
  ],
  "a subscription with too deep a predicate": [
    {
      query: "subscription ($where: PredicateInput) { place(input: { where: $where }) { number } }",
      variables: { where: nots(300) },
    },
    beyond("variableDepth", 200, "where", ...Array.from({ length: 200 }, () => "not")),
  ],
};

async function expectRefused(ask: Transport, request: Ask, expected: Refusal | Refusal[]): Promise<void> {
  const results = await ask(server.url, request);
  expect(results).toHaveLength(1);
  expect(results[0]!.errors?.map((error) => error.extensions)).toEqual([expected].flat());
  for (const error of results[0]!.errors ?? []) expect(error.message.length).toBeLessThan(600);
  expect(logged).toEqual([]);
}

describe.each(Object.entries(TRANSPORTS))("over %s", (_, ask) => {
  test.each(Object.entries(refused))("%s is refused", (_, [request, expected]) =>
    expectRefused(ask, request, expected),
  );

  test.each(["{ bug }", "{ strange }", "mutation { write(input: {}) } "])(
    "%s tells nothing of an unexpected error",
    async (query) => {
      const [result] = await ask(server.url, { query: query.startsWith("mutation") ? "{ self { bug } }" : query });
      expect(result?.errors).toMatchObject([
        { message: "Unexpected error.", extensions: { code: "INTERNAL_SERVER_ERROR" } },
      ]);
      expect(JSON.stringify(result)).not.toContain("secret");
      expect(logged).toEqual([expect.stringContaining("secret")]);
    },
  );

  test("an error tells where in the result it happened", async () => {
    const [result] = await ask(server.url, { query: "{ self { again: notFound } }" });
    expect(result).toMatchObject({ data: { self: { again: null } }, errors: [{ path: ["self", "again"] }] });
  });

  test("each operation has a context of its own", async () => {
    const [first] = await ask(server.url, { query: "{ a: context b: context }" });
    const [second] = await ask(server.url, { query: "{ a: context }" });
    expect(first?.data?.a).toBe(first?.data?.b);
    expect(second?.data?.a).not.toBe(first?.data?.a);
  });

  test.each<[string, Ask, Record<string, unknown>]>([
    ["a query", { query: "{ hello }" }, { hello: "hello world" }],
    [
      "one of several operations",
      { query: "query A { hello } query B { b: hello }", operationName: "B" },
      { b: "hello world" },
    ],
    [
      "variables",
      { query: PLACE, variables: { input: { value: { __proto__: 1, a: [null] } } } },
      { place: { a: [null] } },
    ],
    ["a literal 64 deep", { query: `{ place(input: { value: ${repeat(64, "[", "1", "]")} }) }` }, { place: lists(64) }],
    [
      "a literal 400 deep",
      { query: `{ place(input: { value: ${repeat(400, "[", "1", "]")} }) }` },
      { place: lists(400) },
    ],
    [
      "a variable's JSON, however deep",
      { query: "query ($v: JSON) { place(input: { value: [$v] }) }", variables: { v: 1 } },
      { place: [1] },
    ],
    ["a predicate 100 deep", { query: FIND, variables: { where: nots(100) } }, { find: 1 }],
    ["selections 90 deep", { query: repeat(90, "{ self ", "{ hello }", "}") }, expect.anything()],
    ["introspection", { query: getIntrospectionQuery() }, { __schema: expect.anything() }],
    ["a mutation", { query: "mutation { write(input: {}) }" }, { write: expect.any(Number) }],
    [
      "strings and comments full of brackets",
      { query: `# ${"{".repeat(600)}\n{ hello(name: "${"{".repeat(600)}") }` },
      expect.anything(),
    ],
    [
      "block strings with quotes",
      { query: '{ hello(name: """a "quote" \\""" { """) }' },
      { hello: 'hello a "quote" """ { ' },
    ],
  ])("%s is served", async (_, request, data) => {
    const [result] = await ask(server.url, request);
    expect(result).toEqual<Result>({ data });
  });
});

describe.each(Object.entries(TRANSPORTS).filter(([name]) => name !== "HTTP"))("streams over %s", (_, ask) => {
  test.each(Object.entries(refusedStreams))("%s is refused", (_, [request, expected]) =>
    expectRefused(ask, request, expected),
  );

  test("a bug in one event tells nothing, and the stream goes on", async () => {
    const results = await ask(server.url, { query: "subscription { count(to: 2) { number bug } }" });
    expect(results).toHaveLength(2);
    expect(results[1]).toMatchObject({
      data: { count: { number: 2, bug: null } },
      errors: [{ message: "Unexpected error." }],
    });
    expect(JSON.stringify(results)).not.toContain("secret");
  });

  test("a source that fails tells nothing, and the stream completes", async () => {
    const results = await ask(server.url, { query: "subscription { fails(after: 1) { number } }" });
    expect(results).toMatchObject([
      { data: { fails: { number: 1 } } },
      { errors: [{ message: "Unexpected error.", extensions: { code: "INTERNAL_SERVER_ERROR" } }] },
    ]);
    expect(JSON.stringify(results)).not.toContain("secret");
  });

  test("each event has a context of its own", async () => {
    const results = await ask(server.url, { query: "subscription { count(to: 3) { context } }" });
    const contexts = results.map((result) => (result.data as { count: { context: number } }).count.context);
    expect(new Set(contexts).size).toBe(3);
  });
});

describe.each(Object.entries(RAW_TRANSPORTS))("raw requests over %s", (_, send) => {
  const deep = (query: string, variable: string) =>
    `{"query":${JSON.stringify(query)},"variables":{"where":${variable}}}`;

  test("a predicate 10,000 deep in a variable is refused", async () => {
    const where = repeat(10_000, '{"not":', '{"exists":{"path":[]}}', "}");
    const result = await send(server.url, deep(FIND, where));
    const inputPath = ["where", ...Array.from({ length: 200 }, () => "not")];
    expect(result.errors).toMatchObject([{ extensions: beyond("variableDepth", 200, ...inputPath) }]);
  });

  test("JSON 100,000 deep in a variable is left to whoever uses it", async () => {
    const query = 'query ($where: JSON) { hello place(input: { name: "here", self: { value: $where } }) }';
    const result = await send(server.url, deep(query, repeat(100_000, "[", "", "]")));
    expect(result).toEqual({ data: { hello: "hello world", place: "here" } });
  });
});
