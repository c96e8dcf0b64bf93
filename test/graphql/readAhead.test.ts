/** What is read along with changes that have just come: the same rows that loaders would read, and then no more statements. */
import { execute, parse, subscribe, validate } from "graphql";
import { createContext, createServices, liveReaders } from "../../src/graphql/context";
import { NodeCache, NodeLoaders } from "../../src/graphql/loaders";
import { readChanges } from "../../src/store/frontierLog";
import { readNewChanges } from "../../src/store/newChanges";
import { openStore } from "../../src/store/store";
import { take } from "../live/take";
import { commit as commitNothing } from "../live/writer";
import { commit, defineType, schema, testApi, type Data, type TestApi } from "../support/graphql";
import { countStatements } from "../support/statements";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await defineType(api, "item");
});

const create = (value: unknown) => ({ create: { type: "item", value } });
const numberOf = (done: Data): number => Number(done.commit.number);

const readFrom = (sequence: unknown) => readNewChanges(api.database.pool, "main", Number(sequence) - 1, 1_000);

/** Another process on the same database, that has read nothing yet. */
function otherProcess() {
  const store = openStore(api.database, api.store.limits);
  const nodes = new NodeCache();
  return { store, nodes, readers: liveReaders(store, nodes), services: createServices(store, api.live, nodes) };
}

test("changes are those of the log, and what joined is as loaders read it", async () => {
  const first = await commit(
    api,
    [create({ text: 'ä\u{1f600}"\\\u2028', count: 1, numbers: [0.1, 1e300, -5e-324, 2 ** 53, 1e21] })],
    {
      author: "ada",
      message: "line\nline",
      metadata: { deep: [{ null: null }, []], "": 1 },
    },
  );
  const record = first.created[0].record.uuid as string;
  await commit(api, [
    { put: { record, path: ["a"], value: { b: null }, predicates: [{ exists: { path: ["text"] } }] } },
  ]);
  await commit(api, [create({}), create({ none: [null] }), { increment: { record, path: ["count"] } }], {
    metadata: null,
  });
  const { rows } = await api.database.pool.query<{ id: number }>(`select id from omdb.commits order by id`);
  const [past, precise] = rows.map(({ id }) => id);
  // Before 1970, and finer than a millisecond.
  await api.database.pool.query(`update omdb.commits set ts = '1901-02-03 04:05:06.789999+00' where id = $1`, [past]);
  await api.database.pool.query(`update omdb.commits set ts = ts + interval '999 microseconds' where id = $1`, [
    precise,
  ]);
  const { changes, joined } = await readFrom(first.change.sequence);
  expect(changes).toEqual(await readChanges(api.database.pool, "main", Number(first.change.sequence) - 1, 1_000));
  expect(changes).toHaveLength(3);
  const { store } = otherProcess();
  const load = new NodeLoaders({ store, nodes: new NodeCache() });
  const { prisma } = api.database;
  expect(joined.map((one) => one.commit)).toEqual(await prisma.commit.findMany({ orderBy: { id: "asc" } }));
  expect(joined.map((one) => one.commit)).toEqual(await load.existingCommits(rows.map(({ id }) => id)));
  await store.commits.ensure(rows.map(({ id }) => id));
  for (const { commit: row, parents, operations } of joined) {
    expect(parents).toEqual(store.commits.graph.parents(Number(row.id)));
    const page = await api.run(
      `query ($n: BigInt!) { commit(number: $n) { operations { nodes { number record { uuid } } } } }`,
      { n: String(row.id) },
    );
    const numbers = page.commit.operations.nodes.map(({ number }: { number: string }) => Number(number));
    const loaded = await load.existingOperations(numbers);
    expect(operations?.map(({ operation }) => operation)).toEqual(loaded.map(({ commitId: _, ...one }) => one));
    expect(operations?.map(({ operation }) => operation)).toEqual(
      await prisma.operation.findMany({ where: { id: { in: numbers.map(BigInt) } }, orderBy: { id: "asc" } }),
    );
    expect(operations?.map((one) => one.record)).toEqual(
      await Promise.all(loaded.map(({ recordId }) => prisma.record.findUniqueOrThrow({ where: { id: recordId } }))),
    );
    expect(operations?.map((one) => one.record)).toEqual(
      await Promise.all(loaded.map(({ recordId }) => load.existingRecord(recordId))),
    );
  }
});

test("operations that are many or large are left to those who want them", async () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => create({ index }));
  const first = await commit(api, many(50));
  const second = await commit(api, many(51));
  // Noise cannot be compressed.
  const noise = Array.from({ length: 30_000 }, (_, index) => ((index * 7919 + index ** 3) % 104_729).toString(36)).join(
    "",
  );
  const third = await commit(api, [create({ noise })]);
  const [none] = await commitNothing(api.database, "main");
  const { joined } = await readFrom(first.change.sequence);
  expect(joined.map(({ commit: row, operations }) => [Number(row.id), operations?.length])).toEqual([
    [numberOf(first), 50],
    [numberOf(second), undefined],
    [numberOf(third), undefined],
    [none, 0],
  ]);
});

const DOCUMENT = parse(`subscription { newCommits { cursor commit { number message parents { number }
  few: operations(first: 2) { totalCount nodes { operation path parameters record { uuid type { name } } }
    pageInfo { hasNextPage hasPreviousPage } }
  last: operations(last: 2) { edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage } } } } }`);

test("what is selected of a commit that has just come is there without another statement, and is the same", async () => {
  expect(validate(schema, DOCUMENT)).toEqual([]);
  await commit(api, [create({ rank: 1 })]);
  const before = await commit(api, [create({ rank: 2 })]);
  const done = await commit(api, [create({ rank: 3 }), create({ rank: 4 }), create({ rank: 5 })], { message: "three" });
  const resultIn = ({ services }: Pick<ReturnType<typeof otherProcess>, "services">) =>
    execute({
      schema,
      document: DOCUMENT,
      rootValue: { cursor: "c", commit: numberOf(done), frontier: "main", ahead: () => [] },
      contextValue: createContext(services),
    });
  const process = otherProcess();
  // It follows from before on.
  await process.store.commits.ensure([numberOf(before) - 1]);
  const after = Number(before.change.sequence) - 1;
  let changes: Awaited<ReturnType<typeof process.readers.readNewChanges>> = [];
  expect(
    await countStatements(async () => {
      changes = await process.readers.readNewChanges("main", after, 128);
    }),
  ).toBe(1);
  expect(changes.map(({ sequence }) => sequence)).toEqual([after + 1, after + 2]);
  let result: Awaited<ReturnType<typeof resultIn>> | undefined;
  expect(
    await countStatements(async () => {
      expect(await process.readers.newCommitsOf(changes[1]!)).toEqual([numberOf(done)]);
      result = await resultIn(process);
    }),
  ).toBe(0);
  expect(result?.errors).toBeUndefined();
  expect(result).toEqual(await resultIn(otherProcess()));
});

test("commits of past changes are read along, once, as loaders read them", async () => {
  const first = await commit(api, [create({ at: 1 })], { author: "ada", metadata: { a: null }, message: "one" });
  const [second] = await commitNothing(api.database, "main");
  const third = await commit(api, [create({ at: 3 })], { metadata: null });
  const numbers = [numberOf(first), second!, numberOf(third)];
  const changes = await readChanges(api.database.pool, "main", Number(first.change.sequence) - 1, 3);
  const { readers, services, store, nodes } = otherProcess();
  await store.commits.ensure([numbers[0]! - 1]);
  expect(await countStatements(() => readers.readAhead(changes, "changes"))).toBe(0);
  expect(await countStatements(() => readers.readAhead(changes, "commits"))).toBe(1);
  expect(await countStatements(() => readers.readAhead(changes, "commits"))).toBe(0);
  expect(numbers.map((number) => nodes.operationLists.get(number))).toEqual([undefined, undefined, undefined]);
  expect(await countStatements(() => readers.readAhead(changes, "contents"))).toBe(1);
  expect(await countStatements(() => readers.readAhead(changes, "contents"))).toBe(0);
  expect(numbers.map((number) => nodes.operationLists.get(number)?.length)).toEqual([1, 0, 1]);
  const load = new NodeLoaders({ store: services.store, nodes: new NodeCache() });
  expect(numbers.map((number) => nodes.commits.get(number))).toEqual(await load.existingCommits(numbers));
  // The graph knows them, and so what entered with each change.
  expect(changes.map((change) => readers.newCommitsOf(change))).toEqual(numbers.map((number) => [number]));
  expect(numbers.map((number) => store.commits.graph.parents(number))).toEqual(
    numbers.map((_, index) => [index === 0 ? numbers[0]! - 1 : numbers[index - 1]]),
  );
});

test("past changes are followed with what their commits contain, where that is selected, many commits a statement", async () => {
  const before = await api.run(`{ frontier(name: "main") { cursor } }`);
  const made = [];
  for (let index = 0; index < 60; index += 1) {
    made.push(await commit(api, [create({ index }), create({ also: index })]));
  }
  const { services } = otherProcess();
  const seen: Data[] = [];
  const document = parse(`subscription ($after: String) { newCommits(after: $after) { ...Told } }
    fragment Told on NewCommit { commit { number parents { number } operations { nodes {
      number parameters commit { number } record { id uuid type { name } } } } } }`);
  const following = async () => {
    const stream = await subscribe({
      schema,
      document,
      variableValues: { after: before.frontier.cursor as string },
      contextValue: createContext(services),
    });
    if (!(Symbol.asyncIterator in stream)) throw new Error(String(stream.errors));
    seen.push(...(await take(stream, made.length)));
    await stream.return(undefined);
  };
  // The frontier, its log, and what it tells: no statement for each commit.
  expect(await countStatements(following)).toBeLessThan(10);
  expect(seen.map(({ data, errors }) => [errors, data.newCommits.commit.number])).toEqual(
    made.map((done) => [undefined, done.commit.number]),
  );
  for (const [index, { data }] of seen.entries()) {
    const { number, operations } = data.newCommits.commit;
    expect(operations.nodes).toMatchObject([
      { parameters: { value: { index } }, commit: { number } },
      { parameters: { value: { also: index } }, commit: { number } },
    ]);
    expect(operations.nodes.map((node: Data) => node.record.id)).toEqual(
      made[index]!.created.map(({ record }: Data) => `Record:${record.uuid}`),
    );
  }
});

test("what is asked of a record's type beside its name is read when it is asked for", async () => {
  const { created } = await commit(api, [create({})]);
  await defineType(api, "item", { schema: { type: "object" } });
  const { record } = await api.run(`query ($uuid: UUID!) { record(uuid: $uuid) { type { id name schema indexes } } }`, {
    uuid: created[0].record.uuid,
  });
  expect(record.type).toEqual({ id: "RecordType:item", name: "item", schema: { type: "object" }, indexes: [] });
});
