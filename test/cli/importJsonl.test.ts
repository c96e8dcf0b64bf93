/** Importing states from lines, and exporting them again. */
import { Readable } from "node:stream";
import { importLines, type LinesImport, type LinesImported } from "../../src/cli/jsonl/importLines";
import { readStates } from "../../src/cli/export";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import type { JsonObject } from "../../src/core/json";
import { commitOnFrontier } from "../../src/store/commit";
import { inTransaction, type Database } from "../../src/store/database";
import { appendChange } from "../../src/store/frontierLog";
import { insertFrontier, lockFrontierRow } from "../../src/store/frontiers";
import { recordIdOf } from "../../src/store/import/recordIds";
import { openStore } from "../../src/store/store";
import { defineType } from "../../src/store/typeTables";
import { testDatabase } from "../support/database";
import { NaiveHistory } from "../support/naiveStates";

const TYPE = "country";

function importText(
  database: Database,
  text: string | Buffer,
  options: Partial<LinesImport> = {},
  limits: Partial<Limits> = {},
): Promise<LinesImported> {
  // In pieces that respect neither lines nor characters.
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
    bytes.subarray(7 * index, 7 * index + 7),
  );
  const all = { type: TYPE, frontier: "main", author: null, message: null, ...options };
  return importLines(database, { ...DEFAULT_LIMITS, ...limits }, Readable.from(pieces), all, () => undefined);
}

const lines = (...values: unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

async function states(database: Database, type = TYPE): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for await (const page of readStates(database, DEFAULT_LIMITS, type, { kind: "frontier", frontier: "main" })) {
    for (const { state } of page) if (state) found.push(state);
  }
  return found;
}

const byId = (records: JsonObject[]) => new Map(records.map((record) => [record["id"], record]));

test("each line makes a record", async () => {
  const database = await testDatabase();
  const summary = await importText(database, lines({ n: 1 }, { n: 1 }) + "\n  \r\n" + '{"n":2}', {
    author: "Ada",
    message: "why",
  });
  expect(summary).toEqual({
    lines: 3,
    created: 3,
    changed: 0,
    unchanged: 0,
    commits: 1,
    operations: 3,
    badLines: 0,
    bad: [],
  });
  expect((await states(database)).map((state) => state["n"]).sort()).toEqual([1, 1, 2]);
  const { rows } = await database.pool.query(`select author, message from omdb.commits`);
  expect(rows).toEqual([{ author: "Ada", message: "why" }]);
  const log = await database.pool.query(`select cause, author, message from omdb.frontier_log where frontier = 'main'`);
  expect(log.rows).toEqual([{ cause: "COMMIT", author: "Ada", message: "why" }]);
});

test("with a key, records are brought to what the lines say", async () => {
  const database = await testDatabase();
  await importText(database, lines({ id: "a", n: { x: 1, y: 1 } }, { id: "b" }, { id: 7 }), { key: "id" });
  const second = await importText(database, lines({ id: "a", n: { x: 2, y: 1 } }, { id: 7 }, { id: "7" }), {
    key: "id",
  });
  expect(second).toEqual({
    lines: 3,
    created: 1,
    changed: 1,
    unchanged: 1,
    commits: 1,
    operations: 2,
    badLines: 0,
    bad: [],
  });
  expect(byId(await states(database))).toEqual(
    byId([{ id: "a", n: { x: 2, y: 1 } }, { id: "b" }, { id: 7 }, { id: "7" }]),
  );
  const { rows } = await database.pool.query(
    `select record, path, operation from omdb.operations where operation <> 'create'`,
  );
  expect(rows).toEqual([{ record: recordIdOf(TYPE, "a"), path: ["n", "x"], operation: "put" }]);
  const third = await importText(database, lines({ id: "b" }), { key: "id" });
  expect(third).toMatchObject({ unchanged: 1, commits: 0, operations: 0 });
});

test("the later of two lines with one key wins", async () => {
  const database = await testDatabase();
  const summary = await importText(database, lines({ id: "a", n: 1 }, { id: "a", n: 2 }), { key: "id" });
  expect(summary).toMatchObject({ created: 1, changed: 1, commits: 1 });
  expect(await states(database)).toEqual([{ id: "a", n: 2 }]);
});

test("a record that was removed comes back", async () => {
  const database = await testDatabase();
  await importText(database, lines({ id: "a" }), { key: "id" });
  await commitOnFrontier(openStore(database, DEFAULT_LIMITS), {
    frontier: "main",
    proposals: [
      {
        kind: "operation",
        record: recordIdOf(TYPE, "a"),
        path: [],
        operation: "remove",
        parameters: {},
        predicates: [],
        at: [],
      },
    ],
    message: null,
    author: null,
    metadata: undefined,
  });
  expect(await states(database)).toEqual([]);
  expect(await importText(database, lines({ id: "a", n: 2 }), { key: "id" })).toMatchObject({ created: 1 });
  expect(await states(database)).toEqual([{ id: "a", n: 2 }]);
});

test("lines that cannot be taken are told, and the others imported", async () => {
  const database = await testDatabase();
  const deep = `{"id":"deep","v":${"[".repeat(70)}${"]".repeat(70)}}`;
  const text = Buffer.concat([
    Buffer.from('{"id":"a"}\n{"id":\n[1]\n7\n{"no":"key"}\n{"id":null}\n'),
    Buffer.from('{"id":"\xff"}\n', "latin1"),
    Buffer.from('{"id":"nul","v":["\\u0000"]}\n{"id":"sur","v":"\\ud800"}\n{"id":"inf","v":1e999}\n'),
    Buffer.from(
      `${deep}\n{"id":"large","v":"${"x".repeat(2000)}"}\n{"id":"long","v":"${"x".repeat(7000)}"}\n{"id":"b"}\n`,
    ),
  ]);
  const summary = await importText(database, text, { key: "id" }, { valueBytes: 100, stateBytes: 1000 });
  expect(summary).toMatchObject({ lines: 14, created: 2, commits: 1 });
  const what = summary.bad.map((line) => [line.line, line.what]);
  expect(what).toEqual([
    [2, "the line is not valid JSON"],
    [3, "the line is not a JSON object"],
    [4, "the line is not a JSON object"],
    [5, 'the object has no key "id" (a string or a number)'],
    [6, 'the object has no key "id" (a string or a number)'],
    [7, "the line is not valid UTF-8"],
    [8, expect.stringContaining('(at ["v",0])')],
    [9, expect.stringContaining('(at ["v"])')],
    [10, expect.stringContaining('(at ["v"])')],
    [11, expect.stringContaining("64")],
    [12, expect.stringContaining("1000 bytes")],
    [13, "the line is too long"],
  ]);
  expect([...byId(await states(database)).keys()].sort()).toEqual(["a", "b"]);
});

test("what export writes is taken, though it be larger and deeper than one value may be", async () => {
  const limits = { valueBytes: 100, valueDepth: 3, stateBytes: 1000, stateDepth: 6 };
  const large = { id: "large", v: "x".repeat(960), "\u0001": "" };
  expect(Buffer.byteLength(JSON.stringify(large))).toBeLessThanOrEqual(1000);
  const deep = { id: "deep", v: [[[[{}]]]] };
  const database = await testDatabase();
  expect(await importText(database, lines(large, deep), { key: "id" }, limits)).toMatchObject({ created: 2, bad: [] });
  const exported = await states(database);
  expect(byId(exported)).toEqual(byId([large, deep]));
  const other = await testDatabase();
  await importText(other, lines(...exported), { key: "id" }, limits);
  expect(await states(other)).toEqual(exported);
  const more = lines({ ...large, w: "x".repeat(30) }, { ...deep, v: [[[[[{}]]]]] });
  const summary = await importText(other, more, { key: "id" }, limits);
  expect(summary.bad.map(({ line }) => line)).toEqual([1, 2]);
  expect(await states(other)).toEqual(exported);
});

test("states that break the schema of the type are told, each for itself", async () => {
  const database = await testDatabase();
  const schema = { type: "object", properties: { n: { type: "number" } } };
  await inTransaction(database, (sql) => defineType(sql, TYPE, { schema }));
  const summary = await importText(database, lines({ id: "a", n: 1 }, { id: "b", n: "x" }, { id: "c", n: 3 }), {
    key: "id",
  });
  expect(summary).toMatchObject({ created: 2, bad: [{ line: 2, what: expect.stringContaining("schema") as string }] });
  expect([...byId(await states(database)).keys()].sort()).toEqual(["a", "c"]);
});

test("commits hold no more operations than one may", async () => {
  const database = await testDatabase();
  const records = Array.from({ length: 10 }, (_, index) => ({ id: index, a: 1, b: 1, c: 1, text: "x".repeat(50) }));
  const limits = { operationsPerCommit: 5 };
  expect(await importText(database, lines(...records), { key: "id" }, limits)).toMatchObject({ commits: 2 });
  const changed = records.map((record) => ({ ...record, a: 2, b: 2, c: 2 }));
  const summary = await importText(database, lines(...changed), { key: "id" }, limits);
  expect(summary).toMatchObject({ changed: 10, operations: 30, commits: 10 });
  // More than fit into one commit: the state as a whole.
  const other = {
    id: 0,
    ...Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`m${index}`, index])),
    text: records[0]?.text,
  };
  const whole = await importText(database, lines(other), { key: "id" }, limits);
  expect(whole).toMatchObject({ changed: 1, operations: 1 });
  expect(byId(await states(database)).get(0)).toEqual(other);
});

test("another frontier than main", async () => {
  const database = await testDatabase();
  await inTransaction(database, async (sql) => {
    const row = await insertFrontier(sql, "side", { locked: false, materialised: false }, []);
    await appendChange(sql, row, { cause: "CREATE", members: [], author: null, message: null });
  });
  await importText(database, lines({ id: "a", n: 1 }), { key: "id", frontier: "side" });
  await importText(database, lines({ id: "a", n: 2 }, { id: "b" }), { key: "id", frontier: "side" });
  expect(await states(database)).toEqual([]);
  const { rows } = await database.pool.query<{ commit: number }>(
    `select "commit" from omdb.frontier_commits where frontier = 'side'`,
  );
  const naive = await NaiveHistory.read(database.pool);
  expect(byId([...naive.states(rows.map((row) => row.commit)).values()])).toEqual(
    byId([{ id: "a", n: 2 }, { id: "b" }]),
  );
});

test.each<[string, Partial<LinesImport>, RegExp]>([
  ["an unknown frontier", { frontier: "nowhere" }, /There is no frontier "nowhere"\./],
  ["a type without a name", { type: "" }, /empty/],
  ["an author that is too long", { author: "x".repeat(201) }, /200/],
  ["a message that is too long", { message: "x".repeat(65_537) }, /65536/],
])("%s is refused", async (_, options, message) => {
  const database = await testDatabase();
  await expect(importText(database, lines({ id: 1 }), options)).rejects.toThrow(message);
  const { rows } = await database.pool.query(`select id from omdb.types union all select id::text from omdb.commits`);
  expect(rows).toEqual([]);
});

test("a locked frontier is refused", async () => {
  const database = await testDatabase();
  await database.pool.query(`update omdb.frontiers set locked = true where id = 'main'`);
  await expect(importText(database, lines({ id: 1 }))).rejects.toThrow(/locked/);
  // Also where there would be nothing to commit.
  await expect(importText(database, "")).rejects.toThrow(/locked/);
});

test("commits of others in between do no harm", async () => {
  const database = await testDatabase();
  const texts = Array.from({ length: 4 }, (_, writer) =>
    lines(...Array.from({ length: 20 }, (_, index) => ({ id: index, writer }))),
  );
  const summaries = await Promise.all(
    texts.map((text) => importText(database, text, { key: "id" }, { operationsPerCommit: 7 })),
  );
  expect(summaries.every(({ bad }) => bad.length === 0)).toBe(true);
  expect((await states(database)).length).toBe(20);
  const naive = await NaiveHistory.read(database.pool);
  const main = await inTransaction(database, (sql) => lockFrontierRow(sql, "main", []));
  expect(byId([...naive.states(main.members).values()])).toEqual(byId(await states(database)));
});

test("what is exported can be imported: the same records, and nothing to do the second time", async () => {
  const [one, two] = [await testDatabase(), await testDatabase()];
  const odd = JSON.parse('{"id":"__proto__","__proto__":{"a":1},"constructor":null,"e":"\\u00e9\\n"}') as JsonObject;
  const records = [...Array.from({ length: 1_200 }, (_, id) => ({ id, n: [id, { id }] })), odd];
  await importText(one, lines(...records), { key: "id" });
  const exported = await states(one);
  expect(exported).toHaveLength(1_201);
  await importText(two, lines(...exported), { key: "id" });
  expect(await states(two)).toEqual(exported);
  expect(await importText(one, lines(...exported), { key: "id" })).toMatchObject({ unchanged: 1_201, commits: 0 });
});
