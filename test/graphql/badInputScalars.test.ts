/** What no scalar may take, at every place of the schema where that scalar comes in, in variables and in documents. */
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import type { InputPath } from "../../src/core/errors";
import { testApi, type TestApi } from "../support/graphql";
import { inDocument, raw, requestsTo, type Requests } from "../support/requests";
import { INPUT_PLACES, scalarPlaces, type InputPlace } from "./inputPlaces";
import { expectHealthy, makeThings, refusalOf, unchangedBy } from "./refusals";

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
  await makeThings(api);
});
afterEach(() => expectHealthy(requests));

const PLACES = scalarPlaces();
const placesOf = (...scalars: string[]) => PLACES.filter(({ scalar }) => scalars.includes(scalar));

test("every place where a scalar comes in is tried", () => {
  expect(Object.keys(INPUT_PLACES).sort()).toEqual(PLACES.map(({ name }) => name).sort());
});

interface Refusal {
  readonly code: string;
  readonly inputPath: InputPath;
  readonly limit?: keyof Limits;
  readonly maximum?: number;
}

/** Puts a value into a place, through a variable and as a literal, and expects the same refusal of both. */
async function expectRefused(place: InputPlace, value: unknown, refusal: Refusal): Promise<void> {
  const variable = /\$(\w+)/.exec(place.query)?.[1] ?? "";
  const wrapped = place.wrap(value);
  const answer = await requests.ask(place.query, { [variable]: wrapped });
  expect({ value, refusal: refusalOf(answer) }).toEqual({ value, refusal: expect.objectContaining(refusal) });
  const document = inDocument(place.query, wrapped);
  if (document === undefined) return;
  const again = await requests.ask(document);
  expect({ document, refusal: refusalOf(again) }).toEqual({ document, refusal: expect.objectContaining(refusal) });
}

const invalid = (inputPath: InputPath): Refusal => ({ code: "INVALID_INPUT", inputPath });
const beyond = (limit: keyof Limits, inputPath: InputPath): Refusal => ({
  code: "LIMIT_EXCEEDED",
  inputPath,
  limit,
  maximum: DEFAULT_LIMITS[limit],
});

const NUMBERS_OF_NO_KIND = [1.5, raw("1e999"), raw("-1e999"), 2 ** 53, -(2 ** 53), true, {}, [[]]];

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  BigInt: [
    ...NUMBERS_OF_NO_KIND,
    raw("9007199254740993"),
    raw("1e300"),
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999999999",
    "1.5",
    "1e3",
    "0x10",
    "١",
    "",
    " 1",
    "one",
  ],
  SafeInt: [...NUMBERS_OF_NO_KIND, "1", ""],
  Int: [...NUMBERS_OF_NO_KIND, 2 ** 31, -(2 ** 31) - 1, "1", ""],
  Boolean: ["true", "", 1, 0, {}, [[]]],
  String: [1, 1.5, true, {}, [[]]],
  ID: [1.5, true, {}, [[]]],
  UUID: [
    "",
    "x",
    "0190aaaa-0000-7000-8000-00000000000",
    "0190aaaa-0000-7000-8000-00000000000g",
    "0190aaaa000070008000000000000000",
    "{0190aaaa-0000-7000-8000-000000000000}",
    "urn:uuid:0190aaaa-0000-7000-8000-000000000000",
    "0190aaaa-0000-7000-8000-000000000000\0",
    "0190aaaa-0000-7000-8000-000000000000\n",
    "'; drop table omdb.commits; --",
    1,
    true,
    {},
    [[]],
  ],
  DateTime: [
    "",
    "now",
    "infinity",
    "2024-01-01",
    "2024-01-01T00:00:00",
    "2024-01-01 00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T23:60:00Z",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T00:00:00+23:60",
    "0000-01-01T00:00:00Z",
    "+12024-01-01T00:00:00Z",
    "2024-01-01T00:00:00Z\0",
    0,
    1_700_000_000_000,
    true,
    {},
    [[]],
  ],
};

describe.each(Object.entries(WRONG))("%s", (scalar, values) => {
  test.each(placesOf(scalar))("$name takes nothing else", async ({ name, required }) => {
    for (const place of INPUT_PLACES[name] ?? []) {
      await unchangedBy(api, async () => {
        for (const value of values) await expectRefused(place, value, invalid(place.at));
        if (required) await expectRefused(place, null, invalid(place.at));
      });
    }
  });
});

describe("Path", () => {
  const STEPS: readonly (readonly [unknown, ...(string | number)[]])[] = [
    ["tags"],
    [""],
    [0],
    [true],
    [{}],
    [{ "0": "tags" }],
    [[1.5], 0],
    [["list", -1], 1],
    [["list", 2 ** 53], 1],
    [[raw("1e999")], 0],
    [[true], 0],
    [[null], 0],
    [["list", []], 1],
    [["list", {}], 1],
    [["a", "\0"], 1],
    [["a", "\ud800"], 1],
    [["\udc00x", "a"], 0],
  ];

  test.each(placesOf("Path"))("$name takes nothing else", async ({ name, required }) => {
    for (const place of INPUT_PLACES[name] ?? []) {
      await unchangedBy(api, async () => {
        for (const [value, ...inner] of STEPS) await expectRefused(place, value, invalid([...place.at, ...inner]));
        if (required) await expectRefused(place, null, invalid(place.at));
        const long = Array.from({ length: 65 }, () => "a");
        await expectRefused(place, long, beyond("pathLength", place.at));
        await expectRefused(place, ["x".repeat(2_000_000)], beyond("valueBytes", place.at));
      });
    }
  });
});

describe("JSON", () => {
  const deep = (depth: number) => raw("[".repeat(depth) + "]".repeat(depth));
  const VALUES: readonly (readonly [unknown, ...(string | number)[]])[] = [
    ["a\0b"],
    ["\ud800"],
    ["\udc00 and more"],
    ["\ud83d\ud83d"],
    [{ "\0": 1 }, "\0"],
    [{ a: [1, { b: "\ud83d" }] }, "a", 1, "b"],
    [{ ["__proto__"]: ["\0"] }, "__proto__", 0],
    [{ constructor: { prototype: "\0" } }, "constructor", "prototype"],
    [{ ok: { "k\udfff": 1 } }, "ok", "k\udfff"],
    [raw("1e999")],
    [[raw("-1e999")], 0],
    [{ a: [0, raw("1e400")] }, "a", 1],
  ];

  test.each(placesOf("JSON"))("$name takes nothing else", async ({ name, required }) => {
    for (const place of INPUT_PLACES[name] ?? []) {
      const whole = place.whole ?? place.at;
      await unchangedBy(api, async () => {
        for (const [value, ...inner] of VALUES) await expectRefused(place, value, invalid([...place.at, ...inner]));
        if (required) await expectRefused(place, null, invalid(place.at));
        await expectRefused(place, deep(65), beyond("valueDepth", whole));
        await expectRefused(place, "x".repeat(2_000_000), beyond("valueBytes", whole));
      });
    }
  });

  test.each(placesOf("JSON"))("$name takes nothing 10,000 deep", async ({ name }) => {
    for (const { query, wrap, at, whole = at } of INPUT_PLACES[name] ?? []) {
      const variable = /\$(\w+)/.exec(query)?.[1] ?? "";
      const answer = await unchangedBy(api, () => requests.ask(query, { [variable]: wrap(deep(10_000)) }));
      expect(refusalOf(answer)).toMatchObject(beyond("valueDepth", whole));
    }
  });
});

describe("text that cannot be stored", () => {
  /** Ids are never wrong, they are unknown; what is no cursor is no cursor. */
  const OTHERWISE: Readonly<Record<string, unknown>> = {
    "Query.node(id)": { node: null },
    "Query.nodes(ids)": { nodes: [null] },
  };
  const CURSOR = /\(after\)$/;

  test.each(placesOf("String", "ID"))("$name", async ({ name }) => {
    for (const place of INPUT_PLACES[name] ?? []) {
      await unchangedBy(api, async () => {
        for (const value of ["\0", "a\0", "\ud800", "a\udc00b"]) {
          if (name in OTHERWISE) {
            expect(await requests.ask(place.query, { v: place.wrap(value) })).toEqual({ data: OTHERWISE[name] });
          } else {
            const code = CURSOR.test(name) ? "CURSOR_INVALID" : "INVALID_INPUT";
            await expectRefused(place, value, { code, inputPath: place.at });
          }
        }
      });
    }
  });

  test("a lone surrogate in a document is no GraphQL", async () => {
    expect(await requests.ask(String.raw`{ recordType(name: "\ud800") { id } }`)).toMatchObject({
      errors: [{ extensions: { code: "GRAPHQL_PARSE_FAILED" } }],
    });
  });
});
