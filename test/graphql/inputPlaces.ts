/** Every place of the schema where a scalar comes in, with a request that puts a value there. */
import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  getNullableType,
  isObjectType,
  type GraphQLInputType,
} from "graphql";
import type { InputPath } from "../../src/core/errors";
import { COMMIT, schema } from "../support/graphql";
import { word } from "../support/requests";

/** A record of the type "thing" that has this state at the frontier. */
export const THING = "0190aaaa-0000-7000-8000-00000000000a";
export const THING_STATE = { n: 1, list: [1, "two"], text: "abc", object: { inner: true } };

export interface InputPlace {
  /** A document with one variable. */
  readonly query: string;
  /** The value of the variable that has a value at the place. */
  readonly wrap: (value: unknown) => unknown;
  /** Where the value stands, as errors say it. */
  readonly at: InputPath;
  /** Where what the value is a part of stands, when limits are about that; default: `at`. */
  readonly whole?: InputPath;
}

/** An argument of a field of the query, as `$v` in its document. */
const argument = (name: string, document: string): InputPlace => ({
  query: document,
  wrap: (value) => value,
  at: [name],
});

/** The same place for an element of a list that stands there. */
const element = (place: InputPlace): InputPlace => ({
  query: place.query,
  wrap: (value) => place.wrap([value]),
  at: [...place.at, 0],
  whole: place.at,
});

/** A member of the input object that stands at a place. */
const member = (place: InputPlace, name: string, others: Readonly<Record<string, unknown>> = {}): InputPlace => ({
  query: place.query,
  wrap: (value) => place.wrap({ ...others, [name]: value }),
  at: [...place.at, name],
});

const input = (query: string): InputPlace => ({ query, wrap: (value) => value, at: [] });

const operation = (name: string): InputPlace => member(element(member(input(COMMIT), "operations")), name);
const put = { record: THING, path: ["n"], value: 2 };
const predicate = (name: string): InputPlace => member(element(member(operation("put"), "predicates", put)), name);
const condition = (name: string): InputPlace =>
  member(
    argument("where", `query ($v: PredicateInput!) { frontier { records(type: "thing", where: $v) { totalCount } } }`),
    name,
  );
const version = argument("at", `query ($v: VersionInput!) { view(at: $v) { id } }`);
const asOf = (name: string, others = {}) => member(member(version, "asOf"), name, others);
const filter = (name: string, others = {}) =>
  member(argument("where", `query ($v: CommitFilter!) { commits(where: $v) { totalCount } }`), name, others);
const errors = `__typename ... on Error { message code } ... on InvalidInput { inputPath details }
  ... on LimitExceeded { inputPath limit maximum } ... on NotFound { inputPath } ... on AlreadyExists { inputPath }
  ... on StaleSequence { sequence }`;
export const CREATE_FRONTIER = `mutation ($v: CreateFrontierInput!) { createFrontier(input: $v) { ${errors} } }`;
export const LOCK_FRONTIER = `mutation ($v: LockFrontierInput!) { lockFrontier(input: $v) { ${errors} } }`;
export const MOVE_FRONTIER = `mutation ($v: MoveFrontierInput!) { moveFrontier(input: $v) { ${errors} } }`;
export const DELETE_FRONTIER = `mutation ($v: DeleteFrontierInput!) { deleteFrontier(input: $v) { ${errors} } }`;
export const MERGE = `mutation ($v: MergeInput!) { merge(input: $v) { ${errors} } }`;
export const REVERT = `mutation ($v: RevertInput!) { revert(input: $v) { ${errors} } }`;
export const CHERRY_PICK = `mutation ($v: CherryPickInput!) { cherryPick(input: $v) { ${errors} } }`;
export const DEFINE_TYPE = `mutation ($v: DefineRecordTypeInput!) { defineRecordType(input: $v) { ${errors} } }`;

const path = { path: ["n"] };
/** Members that all changes of frontiers have, and all that commit. */
const FRONTIER_MEMBERS = ["author", "message", "expectedSequence"];
const CHANGE_MEMBERS = [...FRONTIER_MEMBERS, "metadata", "idempotencyKey"];
const choice: InputPlace = element(member(input(MERGE), "choices", { into: "main", from: { frontier: "main" } }));

export const INPUT_PLACES: Readonly<Record<string, readonly InputPlace[]>> = {
  // Arguments.
  "Query.node(id)": [argument("id", `query ($v: ID!) { node(id: $v) { id } }`)],
  "Query.nodes(ids)": [element(argument("ids", `query ($v: [ID!]!) { nodes(ids: $v) { id } }`))],
  "Query.recordType(name)": [argument("name", `query ($v: String!) { recordType(name: $v) { id } }`)],
  "Query.record(uuid)": [argument("uuid", `query ($v: UUID!) { record(uuid: $v) { id } }`)],
  "Query.commit(number)": [argument("number", `query ($v: BigInt!) { commit(number: $v) { id } }`)],
  "Query.diff(type)": [
    argument(
      "type",
      `query ($v: String) { diff(from: { commits: [] }, to: { frontier: "main" }, type: $v) { totalCount } }`,
    ),
  ],
  "Query.diff(record)": [
    argument(
      "record",
      `query ($v: UUID) { diff(from: { commits: [] }, to: { frontier: "main" }, record: $v) { totalCount } }`,
    ),
  ],
  "Query.frontier(name)": [argument("name", `query ($v: String!) { frontier(name: $v) { id } }`)],
  "Query.frontiers(prefix)": [argument("prefix", `query ($v: String) { frontiers(prefix: $v) { totalCount } }`)],
  "Commit.isAncestorOf(commit)": [
    argument("commit", `query ($v: BigInt!) { commits { nodes { isAncestorOf(commit: $v) } } }`),
  ],
  "Frontier.record(uuid)": [argument("uuid", `query ($v: UUID!) { frontier { record(uuid: $v) { id } } }`)],
  "Frontier.recordsByUuid(uuids)": [
    element(argument("uuids", `query ($v: [UUID!]!) { frontier { recordsByUuid(uuids: $v) { id } } }`)),
  ],
  "Frontier.records(type)": [argument("type", `query ($v: String!) { frontier { records(type: $v) { totalCount } } }`)],
  "Frontier.log(author)": [argument("author", `query ($v: String) { frontier { log(author: $v) { totalCount } } }`)],
  "Frontier.log(since)": [argument("since", `query ($v: DateTime) { frontier { log(since: $v) { totalCount } } }`)],
  "Frontier.log(until)": [argument("until", `query ($v: DateTime) { frontier { log(until: $v) { totalCount } } }`)],
  "FrontierRecord.value(path)": [
    argument("path", `query ($v: Path!) { frontier { record(uuid: "${THING}") { value(path: $v) } } }`),
  ],
  "RecordView.value(path)": [
    argument("path", `query ($v: Path!) { frontier { view { record(uuid: "${THING}") { value(path: $v) } } } }`),
  ],
  "RecordView.has(path)": [
    argument("path", `query ($v: Path!) { frontier { view { record(uuid: "${THING}") { has(path: $v) } } } }`),
  ],
  "RecordView.blame(path)": [
    argument(
      "path",
      `query ($v: Path) { frontier { view { record(uuid: "${THING}") { blame(path: $v) { totalCount } } } } }`,
    ),
  ],
  "RecordView.history(path)": [
    argument(
      "path",
      `query ($v: Path) { frontier { view { record(uuid: "${THING}") { history(path: $v) { totalCount } } } } }`,
    ),
  ],
  "View.record(uuid)": [argument("uuid", `query ($v: UUID!) { frontier { view { record(uuid: $v) { id } } } }`)],
  "View.recordsByUuid(uuids)": [
    element(argument("uuids", `query ($v: [UUID!]!) { frontier { view { recordsByUuid(uuids: $v) { id } } } }`)),
  ],
  "View.records(type)": [
    argument("type", `query ($v: String!) { frontier { view { records(type: $v) { totalCount } } } }`),
  ],
  "View.history(record)": [
    argument("record", `query ($v: UUID) { frontier { view { history(record: $v) { totalCount } } } }`),
  ],
  "View.history(path)": [
    argument("path", `query ($v: Path) { frontier { view { history(record: "${THING}", path: $v) { totalCount } } } }`),
  ],
  "View.history(author)": [
    argument("author", `query ($v: String) { frontier { view { history(author: $v) { totalCount } } } }`),
  ],
  "View.history(since)": [
    argument("since", `query ($v: DateTime) { frontier { view { history(since: $v) { totalCount } } } }`),
  ],
  "View.history(until)": [
    argument("until", `query ($v: DateTime) { frontier { view { history(until: $v) { totalCount } } } }`),
  ],
  "Subscription.newCommits(frontier)": [
    argument("frontier", `subscription ($v: String!) { newCommits(frontier: $v) { cursor } }`),
  ],
  "Subscription.newCommits(after)": [
    argument("after", `subscription ($v: String) { newCommits(after: $v) { cursor } }`),
  ],
  "Subscription.frontierChanges(frontier)": [
    argument("frontier", `subscription ($v: String!) { frontierChanges(frontier: $v) { cursor } }`),
  ],
  "Subscription.frontierChanges(after)": [
    argument("after", `subscription ($v: String) { frontierChanges(after: $v) { cursor } }`),
  ],
  "Subscription.recordChanges(uuid)": [
    argument("uuid", `subscription ($v: UUID!) { recordChanges(uuid: $v) { cursor } }`),
  ],
  "Subscription.recordChanges(frontier)": [
    argument("frontier", `subscription ($v: String!) { recordChanges(uuid: "${THING}", frontier: $v) { cursor } }`),
  ],
  "Subscription.recordChanges(after)": [
    argument("after", `subscription ($v: String) { recordChanges(uuid: "${THING}", after: $v) { cursor } }`),
  ],
  "Subscription.viewChanges(type)": [
    argument("type", `subscription ($v: String!) { viewChanges(type: $v) { cursor } }`),
  ],
  "Subscription.viewChanges(frontier)": [
    argument("frontier", `subscription ($v: String!) { viewChanges(type: "thing", frontier: $v) { cursor } }`),
  ],
  "Subscription.viewChanges(after)": [
    argument("after", `subscription ($v: String) { viewChanges(type: "thing", after: $v) { cursor } }`),
  ],
  "Subscription.frontierEvents(prefix)": [
    argument("prefix", `subscription ($v: String) { frontierEvents(prefix: $v) { name } }`),
  ],

  // Versions, filters, orders.
  "VersionInput.frontier": [member(version, "frontier")],
  "VersionInput.commit": [member(version, "commit")],
  "VersionInput.commits": [element(member(version, "commits"))],
  "AsOfInput.frontier": [asOf("frontier", { point: { sequence: 0 } })],
  "PointInput.time": [member(asOf("point", { frontier: "main" }), "time")],
  "PointInput.sequence": [member(asOf("point", { frontier: "main" }), "sequence")],
  "CommitFilter.author": [filter("author")],
  "CommitFilter.message": [filter("message")],
  "CommitFilter.metadata": [filter("metadata")],
  "CommitFilter.type": [filter("type")],
  "CommitFilter.record": [filter("record")],
  "CommitFilter.path": [filter("path", { record: THING })],
  "CommitFilter.since": [filter("since")],
  "CommitFilter.until": [filter("until")],
  "OrderInput.path": [
    member(
      element(
        argument(
          "orderBy",
          `query ($v: [OrderInput!]) { frontier { records(type: "thing", orderBy: $v) { totalCount } } }`,
        ),
      ),
      "path",
    ),
  ],

  // Predicates.
  "PathInput.path": ["exists", "absent"].flatMap((name) => [
    member(predicate(name), "path"),
    member(condition(name), "path"),
  ]),
  "PathInput.record": [member(predicate("exists"), "record", path)],
  "PathValueInput.path": ["equals", "lessThan"].flatMap((name) => [
    member(predicate(name), "path", { value: 1 }),
    member(condition(name), "path", { value: 1 }),
  ]),
  "PathValueInput.value": ["equals", "notEquals", "lessThan", "atMost", "greaterThan", "atLeast", "contains"].flatMap(
    (name) => [member(predicate(name), "value", path), member(condition(name), "value", path)],
  ),
  "PathValueInput.record": [member(predicate("equals"), "record", { ...path, value: 1 })],
  "PathValuesInput.path": [member(predicate("in"), "path", { values: [1] })],
  "PathValuesInput.values": [
    element(member(predicate("in"), "values", path)),
    element(member(condition("in"), "values", path)),
  ],
  "PathValuesInput.record": [member(predicate("in"), "record", { ...path, values: [1] })],
  "PathStringInput.path": [member(predicate("startsWith"), "path", { value: "a" })],
  "PathStringInput.value": [
    member(predicate("startsWith"), "value", { path: ["text"] }),
    member(condition("startsWith"), "value", { path: ["text"] }),
  ],
  "PathStringInput.record": [member(predicate("startsWith"), "record", { ...path, value: "a" })],
  "PathSizeInput.path": [member(predicate("size"), "path", { atLeast: 0 })],
  "PathSizeInput.atLeast": [
    member(predicate("size"), "atLeast", { path: ["text"] }),
    member(condition("size"), "atLeast", { path: ["text"] }),
  ],
  "PathSizeInput.atMost": [
    member(predicate("size"), "atMost", { path: ["text"] }),
    member(condition("size"), "atMost", { path: ["text"] }),
  ],
  "PathSizeInput.record": [member(predicate("size"), "record", { ...path, atLeast: 0 })],
  "PathTypeInput.path": [member(predicate("type"), "path", { type: word("NUMBER") })],
  "PathTypeInput.record": [member(predicate("type"), "record", { ...path, type: word("NUMBER") })],
  "VersionTestInput.heads": [element(member(predicate("version"), "heads"))],
  "VersionTestInput.record": [member(predicate("version"), "record", { heads: [] })],

  // Operations.
  "CreateOperation.record": [member(operation("create"), "record", { type: "thing", value: {} })],
  "CreateOperation.type": [member(operation("create"), "type", { value: {} })],
  "CreateOperation.value": [member(operation("create"), "value", { type: "thing" })],
  "ValueOperation.record": [member(operation("put"), "record", { path: ["n"], value: 1 })],
  "ValueOperation.path": [member(operation("put"), "path", { record: THING, value: 1 })],
  "ValueOperation.value": ["put", "assign", "add", "discard", "max", "min"].map((name) =>
    member(operation(name), "value", { record: THING, path: ["n"] }),
  ),
  "PathOperation.record": [member(operation("remove"), "record", path)],
  "PathOperation.path": [member(operation("remove"), "path", { record: THING })],
  "IncrementOperation.record": [member(operation("increment"), "record", path)],
  "IncrementOperation.path": [member(operation("increment"), "path", { record: THING })],
  "IncrementOperation.by": [member(operation("increment"), "by", { record: THING, ...path })],
  "SpliceOperation.record": [member(operation("splice"), "record", { path: ["list"], index: 0 })],
  "SpliceOperation.path": [member(operation("splice"), "path", { record: THING, index: 0 })],
  "SpliceOperation.index": [member(operation("splice"), "index", { record: THING, path: ["list"] })],
  "SpliceOperation.remove": [member(operation("splice"), "remove", { record: THING, path: ["list"], index: 0 })],
  "SpliceOperation.insert": [
    element(member(operation("splice"), "insert", { record: THING, path: ["list"], index: 0 })),
  ],
  "EditOperation.record": [member(operation("edit"), "record", { path: ["text"], index: 0 })],
  "EditOperation.path": [member(operation("edit"), "path", { record: THING, index: 0 })],
  "EditOperation.index": [member(operation("edit"), "index", { record: THING, path: ["text"] })],
  "EditOperation.remove": [member(operation("edit"), "remove", { record: THING, path: ["text"], index: 0 })],
  "EditOperation.insert": [member(operation("edit"), "insert", { record: THING, path: ["text"], index: 0 })],
  "PatchOperation.record": [member(operation("patch"), "record", { patch: [{ op: "remove", path: "/n" }] })],
  "PatchOperation.patch": [member(operation("patch"), "patch", { record: THING })],
  "NamedOperation.record": [member(operation("apply"), "record", { ...path, operation: "increment", parameters: {} })],
  "NamedOperation.path": [
    member(operation("apply"), "path", { record: THING, operation: "increment", parameters: {} }),
  ],
  "NamedOperation.operation": [member(operation("apply"), "operation", { record: THING, ...path, parameters: {} })],
  "NamedOperation.parameters": [
    member(operation("apply"), "parameters", { record: THING, ...path, operation: "increment" }),
  ],

  // Inputs of mutations.
  ...membersOf(
    COMMIT,
    ["frontier", "message", "author", "metadata", "expectedSequence", "idempotencyKey"],
    "CommitInput",
    {
      operations: [{ put }],
    },
  ),
  "CommitInput.parents": [element(member(input(COMMIT), "parents", { operations: [{ put }] }))],
  ...membersOf(CREATE_FRONTIER, ["author", "message"], "CreateFrontierInput", { name: "branch" }),
  "CreateFrontierInput.name": [member(input(CREATE_FRONTIER), "name")],
  "CreateFrontierInput.locked": [member(input(CREATE_FRONTIER), "locked", { name: "branch" })],
  ...membersOf(LOCK_FRONTIER, ["author", "message", "expectedSequence"], "LockFrontierInput", { name: "main" }),
  "LockFrontierInput.name": [member(input(LOCK_FRONTIER), "name")],
  "LockFrontierInput.locked": [member(input(LOCK_FRONTIER), "locked", { name: "main" })],
  ...membersOf(MOVE_FRONTIER, FRONTIER_MEMBERS, "MoveFrontierInput", { name: "main", to: { frontier: "main" } }),
  "MoveFrontierInput.name": [member(input(MOVE_FRONTIER), "name", { to: { frontier: "main" } })],
  ...membersOf(DELETE_FRONTIER, FRONTIER_MEMBERS, "DeleteFrontierInput", { name: "main" }),
  "DeleteFrontierInput.name": [member(input(DELETE_FRONTIER), "name")],
  ...membersOf(MERGE, [...CHANGE_MEMBERS, "createCommit"], "MergeInput", { into: "main", from: { frontier: "main" } }),
  "MergeInput.into": [member(input(MERGE), "into", { from: { frontier: "main" } })],
  "ConflictChoice.record": [member(choice, "record", { path: ["n"], take: word("OURS") })],
  "ConflictChoice.path": [member(choice, "path", { record: THING, take: word("OURS") })],
  ...membersOf(REVERT, [...CHANGE_MEMBERS, "force"], "RevertInput", { frontier: "main", commits: ["1"] }),
  "RevertInput.frontier": [member(input(REVERT), "frontier", { commits: ["1"] })],
  "RevertInput.commits": [element(member(input(REVERT), "commits", { frontier: "main" }))],
  "RevertInput.change": [member(input(REVERT), "change", { frontier: "main" })],
  ...membersOf(CHERRY_PICK, CHANGE_MEMBERS, "CherryPickInput", { frontier: "main", commits: ["1"] }),
  "CherryPickInput.frontier": [member(input(CHERRY_PICK), "frontier", { commits: ["1"] })],
  "CherryPickInput.commits": [element(member(input(CHERRY_PICK), "commits", { frontier: "main" }))],
  "DefineRecordTypeInput.name": [member(input(DEFINE_TYPE), "name")],
  "DefineRecordTypeInput.schema": [member(input(DEFINE_TYPE), "schema", { name: "thing" })],
  "DefineRecordTypeInput.indexes": [element(member(input(DEFINE_TYPE), "indexes", { name: "thing" }))],
};

function membersOf(query: string, names: readonly string[], type: string, others: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(names.map((name) => [`${type}.${name}`, [member(input(query), name, others)]]));
}

/** Arguments of connections are the same everywhere; the tests of connections try them all. */
const CONNECTION_ARGUMENTS = new Set(["first", "after", "last", "before"]);

/** A place of the schema: what it is called in `INPUT_PLACES`, and the type of what comes in. */
export interface ScalarPlace {
  readonly name: string;
  readonly scalar: string;
  /** Whether null is refused. */
  readonly required: boolean;
}

/** Every argument and member of the schema that takes a scalar, or a list of one. */
export function scalarPlaces(): ScalarPlace[] {
  const found: ScalarPlace[] = [];
  const take = (name: string, type: GraphQLInputType) => {
    const named = getNamedType(type);
    if (isInputObjectType(named) || "getValues" in named) return;
    const inner = getNullableType(type);
    found.push({ name, scalar: named.name, required: isNonNullType(isListType(inner) ? inner.ofType : type) });
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) take(`${type.name}.${field.name}`, field.type);
    } else if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        const paged = getNamedType(field.type).name.endsWith("Connection");
        for (const { name, type: taken } of field.args) {
          if (!paged || !CONNECTION_ARGUMENTS.has(name)) take(`${type.name}.${field.name}(${name})`, taken);
        }
      }
    }
  }
  return found;
}
