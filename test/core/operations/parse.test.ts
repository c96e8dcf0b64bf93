/** The door for parameters: canonical forms, and errors with their place. */
import { InvalidInput } from "../../../src/core/errors";
import type { Json } from "../../../src/core/json";
import { DEFAULT_LIMITS } from "../../../src/core/limits";
import { operationKind } from "../../../src/core/operations/registry";
import { errorOf } from "../../support/errorOf";

const at = ["operations", 3, "apply", "parameters"];
const parse = (kind: string, parameters: Json, path: (string | number)[] = ["a"]): Json =>
  operationKind(kind)!.parse(parameters, path, at, DEFAULT_LIMITS);

describe("canonical forms", () => {
  it.each<[string, Json, Json]>([
    ["put", { value: null }, { value: null }],
    ["assign", { value: { a: null } }, { value: { a: null } }],
    ["remove", {}, {}],
    ["increment", {}, { by: 1 }],
    ["increment", { by: -3 }, { by: -3 }],
    ["increment", { by: Number.MIN_SAFE_INTEGER }, { by: Number.MIN_SAFE_INTEGER }],
    ["max", { value: 0.5 }, { value: 0.5 }],
    ["min", { value: -1 }, { value: -1 }],
    ["add", { value: [1] }, { value: [1] }],
    ["discard", { value: null }, { value: null }],
    ["splice", { index: 0 }, { index: 0, remove: 0, insert: [] }],
    ["splice", { index: 2, remove: 1, insert: [null] }, { index: 2, remove: 1, insert: [null] }],
    ["splice", { index: 2, remove: null, insert: null }, { index: 2, remove: 0, insert: [] }],
    ["edit", { index: 0 }, { index: 0, remove: 0, insert: "" }],
    ["edit", { index: 1, remove: 2, insert: "x" }, { index: 1, remove: 2, insert: "x" }],
  ])("%s %j", (kind, parameters, canonical) => {
    expect(parse(kind, parameters)).toEqual(canonical);
  });

  it("create and put of a whole record", () => {
    expect(parse("create", { value: { a: 1 } }, [])).toEqual({ value: { a: 1 } });
    expect(parse("put", { value: {} }, [])).toEqual({ value: {} });
    expect(parse("put", { value: [1] }, ["a"])).toEqual({ value: [1] });
  });

  it("coalesced, with what the engine keeps beside", () => {
    const parameters = { operations: [["put", ["a", 0], { value: 1 }]], lower: [1], upper: [2] };
    expect(parse("coalesced", parameters, [])).toEqual(parameters);
    expect(parse("coalesced", { operations: [] }, [])).toEqual({ operations: [] });
  });
});

describe("refused", () => {
  const byMessage = "The parameter by is an integer of at most 2^53-1 in absolute value.";
  it.each<[string, Json, (string | number)[], string]>([
    ["put", null, [], "The parameters of an operation are an object."],
    ["put", [1], [], "The parameters of an operation are an object."],
    ["put", {}, ["value"], "The operation needs the parameter value."],
    ["put", { value: 1, path: [] }, ["path"], "The operation has no such parameter."],
    ["put", { toString: 1, value: 1 }, ["toString"], "The operation has no such parameter."],
    ["assign", { value: 1 }, ["value"], "A merge patch of an object is an object."],
    ["assign", { value: [] }, ["value"], "A merge patch of an object is an object."],
    ["assign", {}, ["value"], "The operation needs the parameter value."],
    ["remove", { value: 1 }, ["value"], "The operation has no such parameter."],
    ["remove", "x", [], "The parameters of an operation are an object."],
    ["increment", { by: 0.5 }, ["by"], byMessage],
    ["increment", { by: 2 ** 53 }, ["by"], byMessage],
    ["increment", { by: "1" }, ["by"], byMessage],
    ["increment", { by: null }, ["by"], byMessage],
    ["increment", { value: 1 }, ["value"], "The operation has no such parameter."],
    ["max", { value: "1" }, ["value"], "The parameter value is a number."],
    ["min", { value: null }, ["value"], "The parameter value is a number."],
    ["min", {}, ["value"], "The operation needs the parameter value."],
    ["add", {}, ["value"], "The operation needs the parameter value."],
    ["discard", { values: [] }, ["values"], "The operation has no such parameter."],
    ["splice", {}, ["index"], "The parameter index is a non-negative integer."],
    ["splice", { index: null }, ["index"], "The parameter index is a non-negative integer."],
    ["splice", { index: -1 }, ["index"], "The parameter index is a non-negative integer."],
    ["splice", { index: 1.5 }, ["index"], "The parameter index is a non-negative integer."],
    ["splice", { index: 0, remove: -1 }, ["remove"], "The parameter remove is a non-negative integer."],
    ["splice", { index: 0, insert: "x" }, ["insert"], "The parameter insert is a list."],
    ["splice", { index: 0, value: 1 }, ["value"], "The operation has no such parameter."],
    ["edit", { index: "0" }, ["index"], "The parameter index is a non-negative integer."],
    ["edit", { index: 0, remove: 2 ** 53 }, ["remove"], "The parameter remove is a non-negative integer."],
    ["edit", { index: 0, insert: ["x"] }, ["insert"], "The parameter insert is a string."],
    ["edit", { index: 0, text: "x" }, ["text"], "The operation has no such parameter."],
  ])("%s %j", (kind, parameters, where, message) => {
    expect(errorOf(InvalidInput, () => parse(kind, parameters))).toMatchObject({
      message,
      inputPath: [...at, ...where],
    });
  });

  it.each<[string, Json, (string | number)[], (string | number)[], string]>([
    ["create", { value: {} }, ["a"], [], "A create makes a whole record: its path is []."],
    ["create", { value: [] }, [], ["value"], "The state of a record is an object."],
    ["create", {}, [], ["value"], "The operation needs the parameter value."],
    ["put", { value: null }, [], ["value"], "The state of a record is an object."],
    ["coalesced", { operations: [] }, ["a"], [], "A coalesced operation is about a whole record: its path is []."],
  ])("%s %j at %j", (kind, parameters, path, where, message) => {
    expect(errorOf(InvalidInput, () => parse(kind, parameters, path))).toMatchObject({
      message,
      inputPath: [...at, ...where],
    });
  });

  it.each<[Json]>([
    [{}],
    [null],
    [{ operations: {} }],
    [{ operations: [1] }],
    [{ operations: [["put", []]] }],
    [{ operations: [["put", [], {}, 1]] }],
    [{ operations: [[1, [], {}]] }],
    [{ operations: [["put", "a", {}]] }],
    [{ operations: [["put", [-1], {}]] }],
    [{ operations: [["put", [0.5], {}]] }],
    [{ operations: [["put", [null], {}]] }],
    [{ operations: [["put", [], {}], null] }],
  ])("coalesced %j", (parameters) => {
    expect(errorOf(InvalidInput, () => parse("coalesced", parameters, []))).toMatchObject({
      message: "A list of operations is needed here.",
      inputPath: [...at, "operations"],
    });
  });
});
