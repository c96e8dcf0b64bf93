import { builder, type UncheckedJson } from "../builder";

const JSONTypeEnum = builder.enumType("JSONType", {
  description: "The types of JSON values.",
  values: {
    NULL: { description: "null" },
    BOOLEAN: { description: "true, false" },
    NUMBER: { description: "A number." },
    STRING: { description: "A string." },
    LIST: { description: "A list." },
    OBJECT: { description: "An object." },
  } as const,
});

const PATH = "What is tested.";
const RECORD = "Only in operations: another record than the operation's own.";

const PathInput = builder.inputType("PathInput", {
  description: "A path of a record.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: PATH }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

const PathValueInput = builder.inputType("PathValueInput", {
  description: "A path and the value it is compared with.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: PATH }),
    value: t.field({ type: "JSON", description: "Must be given; null is JSON null." }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

const PathValuesInput = builder.inputType("PathValuesInput", {
  description: "A path and the values it may have.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: PATH }),
    values: t.field({
      type: ["JSON"],
      required: { list: true, items: false },
      description: "One of them must be equal.",
    }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

const PathStringInput = builder.inputType("PathStringInput", {
  description: "A path and a string.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: PATH }),
    value: t.string({ required: true, description: "What the string starts with." }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

const PathSizeInput = builder.inputType("PathSizeInput", {
  description: "A path and bounds of its size: elements of a list, code points of a string, members of an object.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: PATH }),
    atLeast: t.int({ description: "The smallest size." }),
    atMost: t.int({ description: "The largest size." }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

const PathTypeInput = builder.inputType("PathTypeInput", {
  description: "A path and the type of its value.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: PATH }),
    type: t.field({ type: JSONTypeEnum, required: true, description: "The type it must have." }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

const VersionTestInput = builder.inputType("VersionTestInput", {
  description: "The latest commits of a record.",
  fields: (t) => ({
    heads: t.field({ type: ["BigInt"], required: true, description: "RecordView.heads as they were read." }),
    record: t.field({ type: "UUID", description: RECORD }),
  }),
});

interface PathValueShape {
  path: readonly (string | number)[];
  value?: UncheckedJson;
  record?: string | null;
}

type Given<Input extends { readonly $inferInput: unknown }> = Input["$inferInput"] | null;

/** The input as it comes from GraphQL; core's `parsePredicate` judges it. */
export interface PredicateShape {
  exists?: Given<typeof PathInput>;
  absent?: Given<typeof PathInput>;
  equals?: PathValueShape | null;
  notEquals?: PathValueShape | null;
  lessThan?: PathValueShape | null;
  atMost?: PathValueShape | null;
  greaterThan?: PathValueShape | null;
  atLeast?: PathValueShape | null;
  in?: Given<typeof PathValuesInput>;
  contains?: PathValueShape | null;
  startsWith?: Given<typeof PathStringInput>;
  size?: Given<typeof PathSizeInput>;
  type?: Given<typeof PathTypeInput>;
  unchanged?: Given<typeof PathInput>;
  version?: Given<typeof VersionTestInput>;
  all?: PredicateShape[] | null;
  any?: PredicateShape[] | null;
  not?: PredicateShape | null;
}

export const PredicateInput = builder.inputRef<PredicateShape>("PredicateInput");

PredicateInput.implement({
  description: "One language of tests, for predicates of operations and for `where`; exactly one member.",
  isOneOf: true,
  fields: (t) => ({
    exists: t.field({ type: PathInput, description: "Something is there; null counts." }),
    absent: t.field({ type: PathInput, description: "Nothing is there." }),
    equals: t.field({ type: PathValueInput, description: "Deep JSON equality." }),
    notEquals: t.field({ type: PathValueInput, description: "Not equal, or absent." }),
    lessThan: t.field({ type: PathValueInput, description: "Between two numbers, or two strings by code point." }),
    atMost: t.field({ type: PathValueInput, description: "Between two numbers, or two strings by code point." }),
    greaterThan: t.field({ type: PathValueInput, description: "Between two numbers, or two strings by code point." }),
    atLeast: t.field({ type: PathValueInput, description: "Between two numbers, or two strings by code point." }),
    in: t.field({ type: PathValuesInput, description: "Equals one of the values." }),
    contains: t.field({
      type: PathValueInput,
      description: "A list has an equal element; a string has the substring.",
    }),
    startsWith: t.field({ type: PathStringInput, description: "A string starts with it." }),
    size: t.field({ type: PathSizeInput, description: "The size lies within bounds." }),
    type: t.field({ type: PathTypeInput, description: "The value has a type." }),
    unchanged: t.field({
      type: PathInput,
      description: "Only in operations of a commit that names its parents: no concurrent operation overlaps this path.",
    }),
    version: t.field({
      type: VersionTestInput,
      description:
        "Only in operations: the record's version is exactly this (optimistic lock); broken like unchanged([]).",
    }),
    all: t.field({ type: [PredicateInput], description: "All hold; true for none." }),
    any: t.field({ type: [PredicateInput], description: "At least one holds; false for none." }),
    not: t.field({ type: PredicateInput, description: "It does not hold." }),
  }),
});
