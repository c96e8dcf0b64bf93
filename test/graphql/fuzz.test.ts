/** Random inputs: whatever comes, the answer is what was asked for or an error of the contract, never anything else. */
import fc from "fast-check";
import { isInputObjectType, type GraphQLInputType } from "graphql";
import { checkLater, PROPERTY_RUNS, timeFor } from "../support/arbitraries";
import { COMMIT, commit, defineType, schema, testApi, type Data, type TestApi } from "../support/graphql";
import { requestsTo, type Requests } from "../support/requests";
import { arbitraryInput, RECORDS } from "./arbitraryInputs";
import {
  CHERRY_PICK,
  CREATE_FRONTIER,
  DEFINE_TYPE,
  DELETE_FRONTIER,
  LOCK_FRONTIER,
  MERGE,
  MOVE_FRONTIER,
  REVERT,
} from "./inputPlaces";
import { contentsOf, expectHealthy, makeThings, refusalOf, unchangedBy } from "./refusals";

jest.setTimeout(timeFor(120_000));

let api: TestApi;
let requests: Requests;
beforeAll(async () => {
  api = await testApi();
  requests = requestsTo(api);
  await makeThings(api);
  await defineType(api, "other");
  await commit(api, [{ create: { record: RECORDS[2], type: "other", value: {} } }]);
  await api.run(`mutation {
    tag: createFrontier(input: { name: "tag", locked: true }) { __typename }
    side: createFrontier(input: { name: "side", from: { frontier: "main" } }) { __typename } }`);
});
afterEach(() => expectHealthy(requests));

const CODES = [
  "INVALID_INPUT",
  "LIMIT_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PREDICATE_FAILED",
  "CONFLICT",
  "LOCKED",
  "STALE_SEQUENCE",
];

function inputType(name: string): GraphQLInputType {
  const type = schema.getType(name);
  if (!isInputObjectType(type)) throw new Error(`there is no input type ${name}`);
  return type;
}

/** Asks, and gives the code of the refusal or "accepted"; fails for every other answer. */
async function outcomeOf(document: string, variables: unknown): Promise<string> {
  const answer = await requests.ask(document, variables);
  expect(requests.unexpected.splice(0)).toEqual([]);
  const refusal = refusalOf(answer);
  if ("accepted" in refusal) return "accepted";
  expect(CODES).toContain(refusal.code);
  expect(refusal.message.length).toBeGreaterThan(0);
  return refusal.code;
}

/** What the database holds, where nothing was accepted since it was read. */
let held: unknown;
afterEach(() => (held = undefined));

/** A refused mutation leaves nothing. */
async function mutate(document: string, variables: unknown, outcomes: string[]): Promise<void> {
  held ??= await contentsOf(api);
  const outcome = await outcomeOf(document, variables);
  outcomes.push(outcome);
  // What was accepted may change the database.
  if (outcome === "accepted") held = undefined;
  else expect(await contentsOf(api)).toEqual(held);
}

/** Fewer tries say nothing of what comes up. */
const expectAmong = (outcomes: readonly string[], ...expected: readonly string[]) =>
  expect(outcomes).toEqual(expect.arrayContaining(PROPERTY_RUNS < 200 ? [] : [...expected]));

const run = <T>(arbitrary: fc.Arbitrary<T>, work: (value: T) => Promise<void>, factor = 1) =>
  checkLater(fc.asyncProperty(arbitrary, work), factor);

/** Rows of a frontier against a replay of everything in its history. */
async function expectConsistent(): Promise<void> {
  const read = await api.run(
    `query ($uuids: [UUID!]!) { frontier {
       commits { number }
       recordsByUuid(uuids: $uuids) { exists state view { heads { number } } } } }`,
    { uuids: RECORDS },
  );
  const replayed = await api.run(
    `query ($commits: [BigInt!]!, $uuids: [UUID!]!) { view(at: { commits: $commits }) {
       recordsByUuid(uuids: $uuids) { exists state heads { number } } } }`,
    { uuids: RECORDS, commits: read.frontier.commits.map(({ number }: Data) => number) },
  );
  const rows = read.frontier.recordsByUuid.map(
    (record: Data) => record && { exists: record.exists, state: record.state, heads: record.view.heads },
  );
  expect(rows).toEqual(replayed.view.recordsByUuid);
}

test("commits", async () => {
  const outcomes: string[] = [];
  await run(arbitraryInput(inputType("CommitInput")), (input) => mutate(COMMIT, { input }, outcomes), 2);
  expectAmong(outcomes, "accepted", "INVALID_INPUT", "PREDICATE_FAILED");
  await expectConsistent();
});

test("operations, one after the other", async () => {
  const outcomes: string[] = [];
  const operation = arbitraryInput(inputType("OperationInput"));
  await run(operation, (one) => mutate(COMMIT, { input: { operations: [one] } }, outcomes), 2);
  expectAmong(outcomes, "accepted", "INVALID_INPUT", "PREDICATE_FAILED");
  await expectConsistent();
});

test.each([
  ["createFrontier", CREATE_FRONTIER, "CreateFrontierInput"],
  ["lockFrontier", LOCK_FRONTIER, "LockFrontierInput"],
  ["defineRecordType", DEFINE_TYPE, "DefineRecordTypeInput"],
])(
  "%s",
  async (_, document, type) => {
    await run(arbitraryInput(inputType(type)), (input) => mutate(document, { v: input }, []), 0.5);
  },
  120_000,
);

/** Branches of the first commit that write to the same places, minding what stands there. */
async function makeBranches(): Promise<void> {
  for (const name of ["ours", "theirs", "undone"]) {
    await api.run(CREATE_FRONTIER, { v: { name, from: { commit: 1 } } });
    const record = RECORDS[0];
    const done = await commit(
      api,
      [
        { put: { record, path: [], value: { n: 1, list: [name], text: name, object: { inner: 1 } } } },
        { increment: { record, path: ["n"], by: -1, predicates: [{ atLeast: { path: ["n"], value: 1 } }] } },
        { splice: { record, path: ["list"], index: 0, insert: [1] } },
      ],
      { frontier: name },
    );
    expect(done).toMatchObject({ __typename: "CommitPayload" });
  }
}

/** What is undone: commits, or a change; both would be refused. */
const reverts = fc
  .tuple(
    arbitraryInput(inputType("RevertInput")),
    fc.oneof(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3 }).map((commits) => ({ commits })),
      fc.integer({ min: 0, max: 20 }).map((change) => ({ change })),
    ),
  )
  .map(([input, what]): unknown => (typeof input === "object" ? { ...input, ...what } : input));

describe("changes of frontiers", () => {
  beforeAll(makeBranches);

  test.each<[string, string, fc.Arbitrary<unknown>, [object, string][]]>([
    [
      "merge",
      MERGE,
      arbitraryInput(inputType("MergeInput")),
      [
        [{ into: "ours", from: { frontier: "theirs" } }, "CONFLICT"],
        [{ into: "ours", from: { frontier: "theirs" }, strategy: "THEIRS" }, "accepted"],
        [{ into: "tag", from: { frontier: "theirs" } }, "LOCKED"],
      ],
    ],
    [
      "revert",
      REVERT,
      reverts,
      [
        [{ frontier: "undone", change: 2 }, "accepted"],
        [{ frontier: "undone", change: 2 }, "CONFLICT"],
        [{ frontier: "tag", change: 1 }, "LOCKED"],
      ],
    ],
    [
      "cherryPick",
      CHERRY_PICK,
      arbitraryInput(inputType("CherryPickInput")),
      [
        [{ frontier: "undone", commits: [1] }, "PREDICATE_FAILED"],
        [{ frontier: "tag", commits: [1] }, "LOCKED"],
      ],
    ],
    [
      "moveFrontier",
      MOVE_FRONTIER,
      arbitraryInput(inputType("MoveFrontierInput")),
      [
        [{ name: "undone", to: { commit: 1 } }, "accepted"],
        [{ name: "tag", to: { commit: 1 } }, "LOCKED"],
      ],
    ],
    [
      "deleteFrontier",
      DELETE_FRONTIER,
      arbitraryInput(inputType("DeleteFrontierInput")),
      [
        [{ name: "undone" }, "accepted"],
        [{ name: "undone" }, "NOT_FOUND"],
        [{ name: "tag" }, "LOCKED"],
      ],
    ],
  ])("%s", async (_, document, arbitrary, examples) => {
    const outcomes: string[] = [];
    for (const [input] of examples) await mutate(document, { v: input }, outcomes);
    expect(outcomes).toEqual(examples.map(([, outcome]) => outcome));
    await run(arbitrary, (input) => mutate(document, { v: input }, outcomes), 0.5);
    await expectConsistent();
  });

  test("commits on the past", async () => {
    const outcomes: string[] = [];
    const input = fc
      .tuple(arbitraryInput(inputType("CommitInput")), fc.subarray([1, 2, 3, 4, 5], { minLength: 1, maxLength: 2 }))
      .map(([given, parents]) => ({ ...(given as object), parents }));
    const operations = [{ create: { type: "thing", value: {} } }];
    await mutate(COMMIT, { input: { parents: [1], operations } }, outcomes);
    expect(outcomes).toEqual(["accepted"]);
    await run(input, (given) => mutate(COMMIT, { input: given }, outcomes));
    await expectConsistent();
  });

  test("previews", async () => {
    const document = `query ($versions: [VersionInput!]!, $resolution: [OperationInput!]) {
      mergePreview(versions: $versions, resolution: $resolution) {
        compatible minimalConflicts largestCompatible bases { number }
        conflicts { totalCount nodes { id reason path operation { number } brokenBy { totalCount } base { exists } } }
        overlaps { totalCount nodes { path kept { number } overridden { number } } } } }`;
    const variables = fc.record({
      versions: fc.array(arbitraryInput(inputType("VersionInput")), { minLength: 1, maxLength: 3 }),
      resolution: fc.option(fc.array(arbitraryInput(inputType("OperationInput")), { maxLength: 2 })),
    });
    const outcomes: string[] = [];
    await unchangedBy(api, () => run(variables, async (given) => void outcomes.push(await outcomeOf(document, given))));
    expectAmong(outcomes, "accepted");
  });
});

test("reads", async () => {
  const document = `query ($at: VersionInput!, $to: VersionInput!, $path: Path, $where: PredicateInput, $orderBy: [OrderInput!], $filter: CommitFilter) {
    view(at: $at) { id records(type: "thing", where: $where, orderBy: $orderBy) { totalCount nodes { id state } } }
    frontier { records(type: "thing", where: $where, orderBy: $orderBy) { totalCount nodes { id state } } }
    diff(from: $at, to: $to) { totalCount nodes { id patch after { blame(path: $path) { nodes { operation { id } } } } } }
    compare(base: $at, head: $to) { aheadBy behindBy bases { id } }
    commonAncestors(versions: [$at, $to]) { id }
    commits(where: $filter) { totalCount nodes { id } } }`;
  const variables = fc.record({
    at: arbitraryInput(inputType("VersionInput")),
    to: arbitraryInput(inputType("VersionInput")),
    path: fc.constantFrom<unknown>(null, [], ["n"], ["list", 0], ["list", -1], ["nothing"]),
    where: arbitraryInput(inputType("PredicateInput")),
    orderBy: fc.array(arbitraryInput(inputType("OrderInput")), { maxLength: 3 }),
    filter: arbitraryInput(inputType("CommitFilter")),
  });
  const outcomes: string[] = [];
  await unchangedBy(api, () =>
    run(variables, async (given) => void outcomes.push(await outcomeOf(document, given)), 2),
  );
  expectAmong(outcomes, "accepted");
});
