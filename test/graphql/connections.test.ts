/** Every connection of the schema, against the specification of Relay's cursor connections. */
import { commit, defineType, testApi, type Data, type TestApi } from "../support/graphql";
import { requestsTo } from "../support/requests";
import { change, connectionCases, connectionFields, ITEMS, type ConnectionCase } from "./connectionCases";
import { refusalOf } from "./refusals";

let api: TestApi;
let cases: ConnectionCase[];
beforeAll(async () => {
  api = await testApi();
  cases = await connectionCases(api);
}, 120_000);

interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

interface Page {
  readonly totalCount: number;
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[];
  readonly nodes: readonly unknown[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const ask = ({ requests, document }: ConnectionCase, args: PageArguments): Promise<Data> =>
  requests.ask(document, args);

async function read(subject: ConnectionCase, args: PageArguments): Promise<Page> {
  const answer = await ask(subject, args);
  expect(answer.errors).toBeUndefined();
  const page = findPage(answer.data);
  // What holds of every page.
  expect(page.nodes).toEqual(page.edges.map(({ node }) => node));
  expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null);
  expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
  return page;
}

function findPage(data: Data): Page {
  if (data?.page) return data.page as Page;
  const [inner] = Object.values(data ?? {});
  expect(inner).toEqual(expect.any(Object));
  return findPage(inner);
}

test("every connection of the schema has a case", () => {
  const fields = connectionFields();
  expect(fields.length).toBeGreaterThan(15);
  expect([...new Set(cases.map(({ field }) => field))].sort()).toEqual(fields.sort());
});

/** The first cursor of a list of each group; the groups stay as they are while the tests of fields run. */
let firstCursors: Promise<ReadonlyMap<string, string>> | undefined;
const cursorOfEachGroup = (): Promise<ReadonlyMap<string, string>> => (firstCursors ??= readFirstCursors());
async function readFirstCursors(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const subject of cases) {
    if (!found.has(subject.group))
      found.set(subject.group, (await read(subject, { first: 1 })).pageInfo.startCursor ?? "");
  }
  return found;
}

/** The tests of each field run through all its cases, since cases are made only once the database is there. */
describe.each(connectionFields())("%s", (field) => {
  const each = async (work: (subject: ConnectionCase, whole: Page) => Promise<void>) => {
    const subjects = cases.filter((candidate) => candidate.field === field);
    expect(subjects).not.toEqual([]);
    for (const subject of subjects) await work(subject, await read(subject, { first: 1_000 }));
  };

  test("has one page of all, and a first page when nobody asks", () =>
    each(async (subject, whole) => {
      expect(whole.edges.length).toBeGreaterThanOrEqual(ITEMS);
      expect(whole.totalCount).toBe(whole.edges.length);
      expect(new Set(whole.edges.map(({ node }) => JSON.stringify(node))).size).toBe(whole.edges.length);
      expect(new Set(whole.edges.map(({ cursor }) => cursor)).size).toBe(whole.edges.length);
      expect(whole.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
      for (const nobodyAsks of [{}, { first: null, last: null, after: null, before: null }]) {
        const page = await read(subject, nobodyAsks);
        expect(page.edges).toEqual(whole.edges.slice(0, 50));
        expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      }
      const backwards = await read(subject, { last: 1_000 });
      expect(backwards).toEqual(whole);
    }));

  // In pages of one only the first case of a field: hundreds of requests for each of them tell no more.
  test.each([1, 2, 50])("is walked in pages of %i, forwards and backwards", (size) =>
    each(async (subject, whole) => {
      if (size === 1 && subject !== cases.find((candidate) => candidate.field === field)) return;
      const forwards: unknown[] = [];
      for (let after: string | null = null; ;) {
        const page: Page = await read(subject, { first: size, ...(after === null ? {} : { after }) });
        forwards.push(...page.edges);
        expect(page.totalCount).toBe(whole.totalCount);
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.pageInfo.hasNextPage).toBe(forwards.length < whole.edges.length);
        if (!page.pageInfo.hasNextPage) break;
        expect(page.edges).toHaveLength(size);
        after = page.pageInfo.endCursor;
      }
      expect(forwards).toEqual(whole.edges);

      const backwards: unknown[] = [];
      for (let before: string | null = null; ;) {
        const page: Page = await read(subject, { last: size, ...(before === null ? {} : { before }) });
        backwards.unshift(...page.edges);
        expect(page.pageInfo.hasNextPage).toBe(before !== null);
        expect(page.pageInfo.hasPreviousPage).toBe(backwards.length < whole.edges.length);
        if (!page.pageInfo.hasPreviousPage) break;
        expect(page.edges).toHaveLength(size);
        before = page.pageInfo.startCursor;
      }
      expect(backwards).toEqual(whole.edges);
    }),
  );

  test("may be asked for nothing", () =>
    each(async (subject, whole) => {
      const nothing = { totalCount: whole.totalCount, edges: [], nodes: [] };
      expect(await read(subject, { first: 0 })).toMatchObject({
        ...nothing,
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
      });
      expect(await read(subject, { last: 0 })).toMatchObject({
        ...nothing,
        pageInfo: { hasNextPage: false, hasPreviousPage: true },
      });
      const { endCursor, startCursor } = whole.pageInfo;
      expect(await read(subject, { after: endCursor })).toMatchObject({
        ...nothing,
        pageInfo: { hasNextPage: false, hasPreviousPage: true },
      });
      expect(await read(subject, { before: startCursor, last: 5 })).toMatchObject({
        ...nothing,
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
      });
    }));

  test("may be asked for what is between two cursors", () =>
    each(async (subject, whole) => {
      const [after, before] = [whole.edges[9]?.cursor, whole.edges[20]?.cursor] as [string, string];
      const between = whole.edges.slice(10, 20);
      const all = await read(subject, { after, before });
      expect(all.edges).toEqual(between);
      expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
      const start = await read(subject, { after, before, first: 3 });
      expect(start.edges).toEqual(between.slice(0, 3));
      expect(start.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
      const end = await read(subject, { after, before, last: 3 });
      expect(end.edges).toEqual(between.slice(-3));
      expect(end.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
      const fits = await read(subject, { after, before, last: 10 });
      expect(fits.edges).toEqual(between);
      expect(fits.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      expect((await read(subject, { after: before, before: after })).edges).toEqual([]);
    }));

  test("refuses sizes that no page has", () =>
    each(async (subject) => {
      const refused: [PageArguments, Data][] = [
        [{ first: -1 }, { code: "INVALID_INPUT", inputPath: ["first"] }],
        [{ last: -1 }, { code: "INVALID_INPUT", inputPath: ["last"] }],
        [{ first: -(2 ** 31) }, { code: "INVALID_INPUT", inputPath: ["first"] }],
        [{ first: 2 ** 31 }, { code: "INVALID_INPUT", inputPath: ["first"] }],
        [{ last: 1.5 }, { code: "INVALID_INPUT", inputPath: ["last"] }],
        [{ first: 1_001 }, { code: "LIMIT_EXCEEDED", inputPath: ["first"], limit: "pageSize", maximum: 1_000 }],
        [{ first: 100_000 }, { code: "LIMIT_EXCEEDED", inputPath: ["first"], limit: "pageSize" }],
        [{ last: 100_000 }, { code: "LIMIT_EXCEEDED", inputPath: ["last"], limit: "pageSize" }],
        [
          { first: 1, last: 1 },
          { code: "INVALID_INPUT", inputPath: ["last"] },
        ],
      ];
      for (const [args, refusal] of refused) {
        expect({ args, refusal: refusalOf(await ask(subject, args)) }).toMatchObject({ args, refusal });
      }
    }));

  test("refuses cursors from elsewhere", () =>
    each(async (subject, whole) => {
      const own = whole.pageInfo.startCursor ?? "";
      const [name, key, ...owner] = JSON.parse(Buffer.from(own, "base64url").toString()) as unknown[];
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      expect(encode([name, key, ...owner])).toBe(own);
      const wrong = [
        "",
        "0",
        "\0",
        "\ud800",
        "😀",
        "null",
        "[]",
        own.slice(0, -1),
        own.slice(1),
        `${own}A`,
        `${own}=`,
        `${own} `,
        `${own}\n`,
        Buffer.from(`${JSON.stringify([name, key, ...owner])} `).toString("base64url"),
        Buffer.from([0xff, 0xfe, 0x00, 0x80]).toString("base64url"),
        "q3VpdGUgcmFuZG9tIGJhc2U2NA",
        "A".repeat(100_000),
        ...[null, 5, "x", {}, [], [name], [name, key, ...owner, "more"], { 0: name, 1: key, length: 2 }].map(encode),
        ...[
          null,
          -1,
          1.5,
          2 ** 53,
          "1",
          true,
          {},
          [],
          [[]],
          ["0", "0"],
          [-1, 1],
          [0, null],
          [[], []],
          [["a", "b"], "c"],
        ]
          .filter((value) => JSON.stringify(value) !== JSON.stringify(key))
          // A name is text, whatever the text is.
          .filter((value) => typeof value !== typeof key || typeof key !== "string")
          .map((value) => encode([name, value, ...owner])),
        Buffer.from(`[${JSON.stringify(name)},[1e999,1e999]]`).toString("base64url"),
        Buffer.from("[".repeat(50_000)).toString("base64url"),
      ];
      for (const [group, cursor] of await cursorOfEachGroup()) if (group !== subject.group) wrong.push(cursor);
      for (const cursor of wrong) {
        for (const argument of ["after", "before"] as const) {
          const refusal = refusalOf(await ask(subject, { [argument]: cursor }));
          expect({ cursor, refusal }).toMatchObject({
            cursor,
            refusal: { code: "CURSOR_INVALID", inputPath: [argument] },
          });
        }
      }
      expect(subject.requests.unexpected).toEqual([]);
    }));
});

describe("a list that changes between its pages", () => {
  const names = (page: Page) => page.nodes.map((node) => (node as { id: string }).id);
  const subjectOf = (document: string): ConnectionCase => ({
    field: "",
    name: "",
    group: "",
    document: `query ($first: Int, $after: String, $last: Int, $before: String) { ${document.replace(
      "PAGE",
      "first: $first, after: $after, last: $last, before: $before) { totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }",
    )} }`,
    requests: requestsTo(api),
  });
  const walk = async (subject: ConnectionCase, between: (last: Page) => Promise<unknown>) => {
    const first = await read(subject, { first: 3 });
    await between(first);
    const rest = await read(subject, { first: 1_000, after: first.pageInfo.endCursor });
    return [...names(first), ...names(rest)];
  };

  test.each([
    ["by uuid", ""],
    ["in order", `orderBy: [{ path: ["n"], direction: DESC }],`],
  ])("of records %s", async (name, order) => {
    const type = `changing ${name}`;
    await defineType(api, type, { indexes: [["n"]] });
    const uuid = (index: number) =>
      `0190cccc-0000-7000-8000-00000000000${index}`.replace("cccc", order ? "cccd" : "cccc");
    const create = (index: number) => ({ create: { record: uuid(index), type, value: { n: order ? -index : 0 } } });
    await commit(api, [1, 2, 3, 5, 6, 7].map(create));
    const subject = subjectOf(`frontier { page: records(type: "${type}", ${order} PAGE }`);
    const id = (index: number) => `FrontierRecord:${uuid(index)}@main`;
    // The record at the cursor and one behind it go, others come before and behind, one stays and changes.
    const walked = await walk(subject, () =>
      commit(api, [
        { remove: { record: uuid(3), path: [] } },
        { remove: { record: uuid(6), path: [] } },
        create(0),
        create(4),
        create(9),
        { put: { record: uuid(7), path: ["more"], value: true } },
      ]),
    );
    expect(walked).toEqual([1, 2, 3, 4, 5, 7, 9].map(id));
  });

  test("of frontiers", async () => {
    const make = (name: string) =>
      api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
        input: { name: `moving ${name}` },
      });
    for (const name of "bcdfg") await make(name);
    const walked = await walk(subjectOf(`page: frontiers(prefix: "moving", PAGE`), async () => {
      for (const name of ["d", "g"]) {
        await change(api, `moving ${name}`, { cause: "DELETE", members: [], author: null, message: null });
      }
      for (const name of "aeh") await make(name);
    });
    expect(walked).toEqual([..."bcdefh"].map((name) => `Frontier:moving ${name}`));
  });

  test("of the frontiers of a commit", async () => {
    const { frontier } = await api.run(`{ frontier { commits { id number } } }`);
    const [{ id, number }] = frontier.commits;
    for (const name of "abcde") {
      await api.run(`mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { __typename } }`, {
        input: { name: `leaving ${name}`, from: { commit: number } },
      });
    }
    const walked = await walk(subjectOf(`node(id: "${id}") { ... on Commit { page: frontiers(PAGE } }`), async () => {
      for (const name of "be") {
        await commit(api, [{ create: { type: "thing", value: {} } }], { frontier: `leaving ${name}` });
      }
    });
    expect(walked).toEqual(
      ["leaving a", "leaving b", "leaving c", "leaving d", "main"].map((name) => `Frontier:${name}`),
    );
  });

  test("of commits", async () => {
    const subject = subjectOf(`page: commits(PAGE`);
    const before = names(await read(subject, { first: 1_000 }));
    const walked = await walk(subject, () => commit(api, [{ create: { type: "thing", value: {} } }]));
    expect(walked).toEqual(before);
  });
});

test("nobody meets an error that nobody expected", () => {
  for (const { requests } of cases) expect(requests.unexpected).toEqual([]);
});
