import fc from "fast-check";
import { canonicalJson } from "../../src/core/canonical";
import { check, jsonValue } from "../support/arbitraries";

it("sorts members at every depth and keeps the order of lists", () => {
  expect(canonicalJson({ b: [{ d: null, c: "x" }, 2, 1], a: 1.5 })).toBe('{"a":1.5,"b":[{"c":"x","d":null},2,1]}');
  expect(canonicalJson([])).toBe("[]");
  expect(canonicalJson({})).toBe("{}");
  expect(canonicalJson("é\n")).toBe('"é\\n"');
  expect(canonicalJson(JSON.parse('{"b":1,"__proto__":2}'))).toBe('{"__proto__":2,"b":1}');
});

it("is JSON of the same value", () => {
  check(fc.property(jsonValue, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(value)));
});
