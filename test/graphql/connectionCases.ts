/** A history with a long list in every connection field of the schema, and a request for each of them. */
import { getNamedType, GraphQLObjectType, GraphQLSchema, isObjectType } from "graphql";
import type { Conflict } from "../../src/core/conflict";
import { inTransaction } from "../../src/store/database";
import { appendChange, type NewChange } from "../../src/store/frontierLog";
import { lockFrontierRow } from "../../src/store/frontiers";
import { commit, defineType, schema, type TestApi } from "../support/graphql";
import { requestsTo, type Requests } from "../support/requests";

/** How many items every list has at least: one more than a page has when nobody asks. */
export const ITEMS = 51;
const COUNT = Array.from({ length: ITEMS }, (_, index) => String(index).padStart(2, "0"));

/** A connection with all that the tests look at; `args` go in front of those of the page. */
const list = (field: string, args = "", node = "id"): string =>
  `page: ${field}(${args} first: $first, after: $after, last: $last, before: $before) {
     totalCount edges { cursor node { ${node} } } nodes { ${node} }
     pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;

export interface ConnectionCase {
  /** "Commit.children" */
  readonly field: string;
  /** What the case is about, beside the field. */
  readonly name: string;
  /** A document with the variables $first, $after, $last and $before, and the connection under the alias `page`. */
  readonly document: string;
  readonly requests: Requests;
  /** Cases of one group are the same list, or one that its cursors are good for, too. */
  readonly group: string;
}

/** The fields that give connections: `Type.field`. */
export function connectionFields(): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name.endsWith("Connection"))
          .map((field) => `${type.name}.${field.name}`)
      : [],
  );
}

const THING = "0190aaaa-0000-7000-8000-0000000000aa";
const ANOTHER = "0190aaaa-0000-7000-8000-0000000000ab";
/** A record with as many leaves as any list has items. */
const LEAFY = "0190aaaa-0000-7000-8000-0000000000ad";
const BLAMED = "path value operation { id }";

/** Arguments of a diff that tells all records of a version. */
const wholeOf = (commit: string) => `from: { commits: [] }, to: { commit: ${commit} },`;

/** Fills the database of an API. */
export async function connectionCases(api: TestApi): Promise<ConnectionCase[]> {
  const requests = requestsTo(api);
  for (const number of COUNT) await defineType(api, `type${number}`);
  await defineType(api, "thing", { indexes: [["rank"]] });

  const creation = { operations: creations(), idempotencyKey: "things" };
  const first = (await commit(api, creation.operations, creation)).commit;
  for (let index = 0; index < ITEMS; index += 1) {
    await commit(api, [
      { increment: { record: THING, path: ["n"] } },
      ...(index < 3 ? [{ increment: { record: ANOTHER, path: ["n"] } }] : []),
    ]);
  }
  const main = await api.run(`{ frontier { commits { id number } } }`);
  const head = main.frontier.commits[0];
  // Branches that have gone on from there, and tags that stay.
  for (const number of COUNT) await branch(api, `branch${number}`, head.number);
  for (const number of COUNT) {
    await commit(api, [{ increment: { record: THING, path: ["n"] } }], { frontier: `branch${number}` });
  }
  for (const number of COUNT) await branch(api, `tag${number}`, head.number);
  await change(api, "tag00", { cause: "MOVE", members: [Number(first.number)], author: null, message: null });

  const wide = await rivals(api);
  const preview = (versions: readonly string[], selection: string) =>
    `mergePreview(versions: [${versions.map((number) => `{ commit: "${number}" }`).join(" ")}]) { ${selection} }`;
  const query = (selection: string) =>
    `query ($first: Int, $after: String, $last: Int, $before: String) { ${selection} }`;
  const item = (field: string, name: string, document: string, group = `${field} ${name}`): ConnectionCase => ({
    field,
    name,
    document,
    requests,
    group,
  });
  const node = (id: string, type: string, selection: string) =>
    query(`node(id: "${id}") { ... on ${type} { ${selection} } }`);
  const view = (selection: string) => query(`view(at: { commit: ${head.number} }) { ${selection} }`);
  const frontier = (selection: string) => query(`frontier { ${selection} }`);
  const byRank = `type: "thing", orderBy: [{ path: ["rank"], direction: DESC }, { path: ["n"] }],`;
  const operations = await api.run(
    `query ($id: ID!) { node(id: $id) { ... on Commit { operations(first: 1000) { nodes { number } } } } }`,
    { id: first.id },
  );
  const numbers: number[] = operations.node.operations.nodes.map(({ number }: { number: string }) => Number(number));

  return [
    item("Query.recordTypes", "", query(list("recordTypes"))),
    item("Query.commits", "", query(list("commits")), "commits"),
    item("Query.commits", "of a record", query(list("commits", `where: { record: "${THING}" },`)), "commits"),
    item("Query.commits", "of a history", query(list("commits", `where: { in: { frontier: "main" } },`)), "commits"),
    item("Query.diff", "", query(list("diff", wholeOf(head.number)))),
    item("Query.diff", "of a type", query(list("diff", `${wholeOf(head.number)} type: "thing",`)), "Query.diff "),
    item("Query.frontiers", "", query(list("frontiers"))),
    item("Query.frontiers", "by prefix", query(list("frontiers", `prefix: "branch",`))),
    item("Record.commits", "", query(`record(uuid: "${THING}") { ${list("commits")} }`)),
    item("Commit.children", "", node(head.id, "Commit", list("children"))),
    item("Commit.changes", "", node(first.id, "Commit", list("changes"))),
    item("Commit.operations", "", node(first.id, "Commit", list("operations"))),
    item("Commit.frontiers", "", node(head.id, "Commit", list("frontiers"))),
    item("Frontier.records", "", frontier(list("records", `type: "thing",`)), "records by uuid"),
    item(
      "Frontier.records",
      "of a branch",
      query(`frontier(name: "branch01") { ${list("records", `type: "thing",`)} }`),
      "records by uuid",
    ),
    item("Frontier.records", "in order", frontier(list("records", byRank)), "records by rank"),
    item(
      "Frontier.records",
      "where",
      frontier(list("records", `type: "thing", where: { exists: { path: ["rank"] } },`)),
      "records by uuid",
    ),
    item("Frontier.log", "", frontier(list("log"))),
    item("Frontier.log", "by cause", frontier(list("log", "cause: COMMIT,")), "Frontier.log "),
    item("FrontierChange.newCommits", "", node("FrontierChange:tag01@1", "FrontierChange", list("newCommits"))),
    item("FrontierChange.removedCommits", "", node("FrontierChange:tag00@2", "FrontierChange", list("removedCommits"))),
    item("View.records", "", view(list("records", `type: "thing",`)), "records by uuid"),
    item("View.records", "in order", view(list("records", byRank)), "records by rank"),
    item("View.history", "", view(list("history")), "View.history"),
    item("View.history", "of a record", view(list("history", `record: "${THING}",`)), "View.history"),
    item("RecordView.history", "", view(`record(uuid: "${THING}") { ${list("history")} }`)),
    item(
      "RecordView.history",
      "of a path",
      view(`record(uuid: "${THING}") { ${list("history", `path: ["n"],`)} }`),
      "RecordView.history ",
    ),
    item("RecordView.blame", "", view(`record(uuid: "${LEAFY}") { ${list("blame", "", BLAMED)} }`)),
    item(
      "RecordView.blame",
      "below a path",
      view(`record(uuid: "${LEAFY}") { ${list("blame", `path: ["list"],`, BLAMED)} }`),
    ),
    {
      ...item("CommitPayload.records", "", ""),
      document: `mutation ($first: Int, $after: String, $last: Int, $before: String) {
        commit(input: { operations: ${literal(creation.operations)},
          idempotencyKey: "things" }) { ... on CommitPayload { ${list("records")} } } }`,
    },
    {
      ...item("CommitPayload.overlaps", "", ""),
      document: `mutation ($first: Int, $after: String, $last: Int, $before: String) {
        commit(input: { frontier: "wide", parents: ["${wide.base}"], operations: ${literal(writes(2))}, idempotencyKey: "rival" }) {
          ... on CommitPayload { ${list("overlaps", "", "path kept { id }")} } } }`,
    },
    item("MergePreview.overlaps", "", query(preview(wide.overlapping, list("overlaps", "", "path kept { id }")))),
    item("MergePreview.records", "", query(preview([wide.base, first.number], list("records", "", "id patch")))),
    item("MergePreview.conflicts", "", query(preview(wide.conflicting, list("conflicts", "", "id path")))),
    {
      ...item("Conflict.brokenBy", "", query(`subject { ${list("brokenBy")} }`)),
      requests: requestsTo(api, schemaAround("Conflict", brokenBy(numbers))),
    },
  ];
}

/** A value as GraphQL writes it. */
const literal = (value: object): string => JSON.stringify(value).replaceAll(/"(\w+)":/g, "$1:");

const WIDE = "0190aaaa-0000-7000-8000-0000000000ac";

/** Operations that write to many places of one record, perhaps only where nobody else did. */
const writes = (value: number, guarded = false): object[] =>
  COUNT.map((name) => ({
    put: {
      record: WIDE,
      path: [`m${name}`],
      value,
      ...(guarded && { predicates: [{ absent: { path: [`m${name}`] } }] }),
    },
  }));

/** Commits on a frontier of their own that write to the same places at once. */
async function rivals(api: TestApi): Promise<{ base: string; overlapping: string[]; conflicting: string[] }> {
  await api.run(`mutation { createFrontier(input: { name: "wide" }) { __typename } }`);
  const on = async (operations: object[], input: object): Promise<string> =>
    (await commit(api, operations, { frontier: "wide", ...input })).commit.number;
  const base = await on([{ create: { record: WIDE, type: "thing", value: {} } }], {});
  const one = await on(writes(1), {});
  const two = await on(writes(2), { parents: [base], idempotencyKey: "rival" });
  await branch(api, "guarded", base);
  const three = await on(writes(3, true), { frontier: "guarded" });
  return { base, overlapping: [one, two], conflicting: [one, three] };
}

function creations(): object[] {
  return [
    { create: { record: THING, type: "thing", value: { n: 0 } } },
    { create: { record: ANOTHER, type: "thing", value: { n: 0, rank: 0 } } },
    { create: { record: LEAFY, type: "thing", value: { n: 0, list: COUNT.map(Number) } } },
    // Each rank twice, and some of another kind, so that ties are broken.
    ...COUNT.map((number, index) => ({
      create: {
        record: `0190bbbb-0000-7000-8000-0000000000${number}`,
        type: "thing",
        value: { n: index % 3, rank: index % 5 === 0 ? `r${index % 7}` : index % 9 },
      },
    })),
  ];
}

const branch = (api: TestApi, name: string, number: string) =>
  api.run(
    `mutation ($input: CreateFrontierInput!) { createFrontier(input: $input) { ... on Error { message } __typename } }`,
    { input: { name, from: { commit: number } } },
  );

/** Changes a frontier as the store does, in ways that no mutation has. */
export const change = (api: TestApi, name: string, made: NewChange) =>
  inTransaction(api.database, async (sql) => appendChange(sql, await lockFrontierRow(sql, name, []), made));

/** A schema whose only field gives an object of a type, for types that no request leads to. */
function schemaAround(typeName: string, subject: unknown): GraphQLSchema {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`there is no object type ${typeName}`);
  const fields = { subject: { type, resolve: () => subject } };
  return new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields }) });
}

const brokenBy = (operations: readonly number[]): Conflict => ({
  record: THING,
  path: ["n"],
  reason: "PREDICATE",
  predicate: null,
  broken: { index: 0 },
  brokenBy: operations,
  brokenByIndices: [],
  base: { exists: false },
  sides: [],
  details: undefined,
});
