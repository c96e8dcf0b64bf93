/** Live views over real sockets, with the stock client. */
import type { Client } from "graphql-ws";
import { encodeCursor } from "../../src/live/cursor";
import { testDatabase, type TestDatabase } from "../support/database";
import type { Data } from "../support/graphql";
import { TRANSPORTS, wsClient } from "./clients";
import { follow } from "./following";
import { data, startOmdb, type OmdbServer } from "./omdbServer";

let database: TestDatabase;
let server: OmdbServer;
let client: Client;
beforeAll(async () => {
  database = await testDatabase();
  server = await startOmdb(database);
  client = wsClient(server.url);
  for (const type of ["thing", "other"]) {
    await data(server.url, `mutation { defineRecordType(input: { name: "${type}" }) { __typename } }`);
  }
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await client.dispose();
  await server.stop();
});

let made = 0;
const uuid = (): string => `0190ffff-0000-7000-8000-${(made += 1).toString(16).padStart(12, "0")}`;
const newName = (): string => `frontier ${(made += 1)}`;

async function mutate(name: string, input: unknown): Promise<Data> {
  const query = `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { __typename ... on Error { message }
      ${name === "commit" ? "... on CommitPayload { commit { number } frontier { cursor sequence } }" : ""} } }`;
  const result = ((await data(server.url, query, { input })) as Data)[name];
  if (result.message) throw new Error(result.message);
  return result;
}

const commit = (frontier: string, ...operations: unknown[]) => mutate("commit", { frontier, operations });
const create = (record: string, value: unknown, type = "thing") => ({ create: { record, type, value } });
const put = (record: string, path: unknown[], value: unknown) => ({ put: { record, path, value } });
const remove = (record: string) => ({ remove: { record, path: [] } });

async function frontier(): Promise<string> {
  const name = newName();
  await mutate("createFrontier", { name });
  return name;
}

const RECORD = `subscription ($uuid: UUID!, $frontier: String!, $after: String) {
  recordChanges(uuid: $uuid, frontier: $frontier, after: $after) {
    cursor change { sequence cause } record { id exists state frontier { sequence } view { heads { number } } } } }`;
const VIEW = `subscription ($frontier: String!, $where: PredicateInput, $after: String) {
  viewChanges(type: "thing", frontier: $frontier, where: $where, after: $after) {
    cursor change { sequence } entered { ...seen } updated { ...seen } left { ...seen } } }
  fragment seen on FrontierRecord { record { uuid } exists state }`;

describe("recordChanges", () => {
  test("tells how the record stands, then each change of it", async () => {
    const [on, record] = [await frontier(), uuid()];
    const events = follow(client, RECORD, { uuid: record, frontier: on });
    expect(await events.next()).toMatchObject({ record: null, change: null });
    const created = await commit(on, create(record, { n: 1 }));
    expect(await events.next()).toEqual({
      cursor: created.frontier.cursor,
      change: { sequence: "2", cause: "COMMIT" },
      record: {
        id: `FrontierRecord:${record}@${on}`,
        exists: true,
        state: { n: 1 },
        frontier: { sequence: "2" },
        view: { heads: [{ number: created.commit.number }] },
      },
    });
    await commit(on, put(record, ["n"], 2));
    await commit(on, remove(record));
    expect(await events.take(2)).toMatchObject([
      { record: { exists: true, state: { n: 2 } }, change: { sequence: "3" } },
      { record: { exists: false, state: null }, change: { sequence: "4" } },
    ]);
    const again = follow(client, RECORD, { uuid: record, frontier: on });
    expect(await again.next()).toMatchObject({ record: { exists: false }, change: null });
    again.stop();
    events.stop();
  });

  test("with a cursor begins with what comes after it, and ends with the frontier", async () => {
    const [on, record] = [await frontier(), uuid()];
    const { frontier: then } = await commit(on, create(record, { n: 1 }));
    await commit(on, put(record, ["n"], 2));
    await mutate("deleteFrontier", { name: on });
    const events = await follow(client, RECORD, { uuid: record, frontier: on, after: then.cursor }).rest();
    expect(events).toMatchObject([
      { record: { state: { n: 2 } }, change: { sequence: "3", cause: "COMMIT" } },
      { record: null, change: { sequence: "4", cause: "DELETE" } },
    ]);
  });

  test("moves the cursor past changes of other records", async () => {
    const [on, record] = [await frontier(), uuid()];
    await commit(on, create(record, { n: 1 }));
    const events = follow(client, RECORD, { uuid: record, frontier: on });
    await events.next();
    const hidden = await commit(on, create(uuid(), { n: 7 }));
    const heartbeat = await events.next();
    expect(heartbeat).toMatchObject({ cursor: hidden.frontier.cursor, change: null, record: { state: { n: 1 } } });
    events.stop();
    const resumed = follow(client, RECORD, { uuid: record, frontier: on, after: heartbeat.cursor });
    await commit(on, put(record, ["n"], 2));
    expect(await resumed.next()).toMatchObject({ record: { state: { n: 2 } } });
    resumed.stop();
  });
});

describe("viewChanges", () => {
  const where = { atLeast: { path: ["n"], value: 5 } };

  test("tells what enters, changes in and leaves the set, and nothing of what stays outside", async () => {
    const [on, low, high] = [await frontier(), uuid(), uuid()];
    const events = follow(client, VIEW, { frontier: on, where, after: "0" });
    await commit(on, create(low, { n: 1 }), create(high, { n: 5 }), create(uuid(), { n: 9 }, "other"));
    await commit(on, put(low, ["n"], 2), put(high, ["n"], 6));
    await commit(on, put(low, ["n"], 7), put(high, ["n"], 3));
    await commit(on, remove(low));
    const [first, second, third, fourth] = await events.take(4);
    expect(first).toMatchObject({ entered: [{ record: { uuid: high }, state: { n: 5 } }], updated: [], left: [] });
    expect(second).toMatchObject({ entered: [], updated: [{ record: { uuid: high }, state: { n: 6 } }], left: [] });
    expect(third).toMatchObject({
      entered: [{ record: { uuid: low }, state: { n: 7 } }],
      updated: [],
      left: [{ record: { uuid: high }, exists: true, state: { n: 3 } }],
    });
    expect(fourth).toMatchObject({ left: [{ record: { uuid: low }, exists: false, state: null }] });
    events.stop();
  });

  test("moves the cursor where nothing is shown, with events that say so", async () => {
    const on = await frontier();
    const events = follow(client, VIEW, { frontier: on, where, after: "0" });
    const hidden = await commit(on, create(uuid(), { n: 1 }));
    const heartbeat = { cursor: hidden.frontier.cursor, change: null, entered: [], updated: [], left: [] };
    expect(await events.next()).toEqual(heartbeat);
    events.stop();
  });

  test("tells a large change in several events, and whole again to whoever comes back in its middle", async () => {
    const on = await frontier();
    const records = Array.from({ length: 450 }, uuid);
    const { frontier: then } = await commit(on, ...records.map((record, n) => create(record, { n })));
    const all = follow(client, VIEW, { frontier: on, after: "0" });
    const told = await all.take(3);
    all.stop();
    expect(told.flatMap(({ entered }) => entered.map((node: Data) => node.record.uuid))).toEqual(records);
    expect(told.map(({ change }) => change.sequence)).toEqual(["2", "2", "2"]);
    expect(told[2].cursor).toBe(then.cursor);
    const again = follow(client, VIEW, { frontier: on, after: told[1].cursor });
    expect(await again.take(3)).toEqual(told);
    again.stop();
  });

  test("has no records of a deleted frontier, and completes", async () => {
    const [on, record] = [await frontier(), uuid()];
    const { frontier: then } = await commit(on, create(record, { n: 5 }));
    const events = follow(client, VIEW, { frontier: on, where, after: then.cursor });
    await mutate("deleteFrontier", { name: on });
    await mutate("createFrontier", { name: on });
    expect(await events.rest()).toMatchObject([{ left: [{ record: { uuid: record }, exists: false }] }]);
  });
});

describe("frontierEvents", () => {
  const EVENTS = `subscription ($prefix: String) { frontierEvents(prefix: $prefix) {
    name sequence cause frontier { name sequence locked } } }`;

  test("tells frontiers that are created, changed, deleted and made again", async () => {
    const name = newName();
    const events = follow(client, EVENTS, { prefix: name });
    // It does not say when it has begun.
    for (let round = 0; events.waiting() === 0; round += 1)
      await mutate("createFrontier", { name: `${name}, ${round}` });
    await mutate("createFrontier", { name });
    const told = (await events.until((event) => event.name === name)).at(-1);
    expect(told).toEqual({ name, sequence: "1", cause: "CREATE", frontier: { name, sequence: "1", locked: false } });
    await mutate("lockFrontier", { name, locked: true });
    await mutate("lockFrontier", { name, locked: false });
    await mutate("deleteFrontier", { name });
    await mutate("createFrontier", { name: `${name}, the other` });
    await mutate("createFrontier", { name });
    const seen = await events.until(
      ({ name: of, cause, sequence }) => of === name && cause === "CREATE" && sequence === "5",
    );
    expect(seen.map(({ name: of, cause, sequence }) => [of, cause, sequence])).toEqual([
      [name, "LOCK", "2"],
      [name, "UNLOCK", "3"],
      [name, "DELETE", "4"],
      [`${name}, the other`, "CREATE", "1"],
      [name, "CREATE", "5"],
    ]);
    events.stop();
  });
});

describe("mergePreviewChanges", () => {
  const PREVIEWS = `subscription ($versions: [VersionInput!]!) { mergePreviewChanges(versions: $versions) {
    preview { compatible conflicts { totalCount nodes { path record { uuid } } } } } }`;

  test("tells when versions stop and start being mergeable, and completes with a frontier", async () => {
    const [into, from] = [await frontier(), newName()];
    await commit(into, create(uuid(), { n: 1 }));
    await mutate("createFrontier", { name: from, from: { frontier: into } });
    const versions = [{ frontier: into }, { frontier: from }];
    const events = follow(client, PREVIEWS, { versions });
    const equals = { equals: { path: ["n"], value: 1 } };
    // It does not say when it has begun.
    while (events.waiting() === 0) {
      const record = uuid();
      await commit(into, create(record, { n: 1 }));
      await mutate("moveFrontier", { name: from, to: { frontier: into } });
      await commit(into, { put: { record, path: ["n"], value: 2, predicates: [equals] } });
      await commit(from, put(record, ["n"], 3));
      await mutate("merge", { into, from: { frontier: from }, strategy: "OURS" });
    }
    await mutate("deleteFrontier", { name: from });
    const told = (await events.rest()).map(({ preview }) => [preview.compatible, preview.conflicts.totalCount]);
    // They alternate, whichever comes first.
    for (const [index, event] of told.entries()) expect(event).not.toEqual(told[index + 1]);
    expect(told.map(String)).toEqual(told.map(([compatible]) => (compatible ? "true,0" : "false,1")));
  });
});

describe("what is refused, on every way", () => {
  const bad = async (query: string, variables: Record<string, unknown>, over: keyof typeof TRANSPORTS) => {
    const [result] = await TRANSPORTS[over](server.url, { query, variables });
    return result?.errors?.[0]?.extensions;
  };
  const ways = ["SSE", "WebSocket"] as const;
  const documents = {
    recordChanges: [RECORD, { uuid: "0190ffff-0000-7000-8000-ffffffffffff" }],
    viewChanges: [VIEW, {}],
  } as const;

  test.each(
    ways.flatMap((way) => Object.keys(documents).map((name) => [way, name as keyof typeof documents] as const)),
  )("%s: cursors of %s", async (way, name) => {
    const [query, variables] = documents[name];
    const on = await frontier();
    const cursor = (of: string, sequence: number) =>
      encodeCursor({ frontier: of, incarnation: 1, sequence, position: 0 });
    const refusals = [
      [{ frontier: on, after: "garbage" }, "CURSOR_INVALID", ["after"]],
      [{ frontier: on, after: cursor("main", 1) }, "CURSOR_INVALID", ["after"]],
      [{ frontier: on, after: cursor(on, 2) }, "CURSOR_AHEAD", ["after"]],
      [{ frontier: "nowhere" }, "NOT_FOUND", ["frontier"]],
    ] as const;
    for (const [given, code, inputPath] of refusals) {
      expect(await bad(query, { ...variables, ...given }, way)).toEqual({ code, inputPath });
    }
  });

  test.each(ways)("%s: types, predicates and versions", async (way) => {
    const unknown = `subscription { viewChanges(type: "nothing") { cursor } }`;
    expect(await bad(unknown, {}, way)).toEqual({ code: "NOT_FOUND", inputPath: ["type"] });
    const where = { unchanged: { path: [] } };
    expect(await bad(VIEW, { frontier: "main", where }, way)).toMatchObject({ code: "INVALID_INPUT" });
    const versions = `subscription ($versions: [VersionInput!]!) { mergePreviewChanges(versions: $versions) { __typename } }`;
    expect(await bad(versions, { versions: [] }, way)).toMatchObject({
      code: "INVALID_INPUT",
      inputPath: ["versions"],
    });
    expect(await bad(versions, { versions: [{ frontier: "main" }, { frontier: "nowhere" }] }, way)).toEqual({
      code: "NOT_FOUND",
      inputPath: ["versions", 1, "frontier"],
    });
    expect(await bad(`subscription { frontierEvents(prefix: "\\u0000") { name } }`, {}, way)).toMatchObject({
      code: "INVALID_INPUT",
      inputPath: ["prefix"],
    });
  });
});
