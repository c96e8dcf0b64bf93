import fc from "fast-check";
import { CursorAhead, CursorInvalid } from "../../src/core/errors";
import { BEGINNING, checkCursor, cursorAfterChange, decodeCursor, encodeCursor } from "../../src/live/cursor";
import { check } from "../support/arbitraries";

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const name = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: "binary", maxLength: 200 }));
const cursors = fc.record({ frontier: name, incarnation: count, sequence: count, position: count });

const base64url = (text: string) => Buffer.from(text).toString("base64url");

describe("cursors", () => {
  test("come back as they were", () => {
    check(
      fc.property(cursors, (cursor) => expect(decodeCursor(encodeCursor(cursor), cursor.frontier)).toEqual(cursor)),
    );
  });

  test("are plain text for URLs and strings", () => {
    check(fc.property(cursors, (cursor) => expect(encodeCursor(cursor)).toMatch(/^[A-Za-z0-9_-]+$/)));
  });

  test("of another frontier are refused", () => {
    check(
      fc.property(cursors, name, (cursor, other) => {
        fc.pre(other !== cursor.frontier);
        expect(() => decodeCursor(encodeCursor(cursor), other)).toThrow(CursorInvalid);
      }),
    );
  });

  test("that were changed anywhere are refused, or are another cursor of the frontier", () => {
    check(
      fc.property(cursors, fc.nat(), fc.string({ maxLength: 3 }), (cursor, at, patch) => {
        const text = encodeCursor(cursor);
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + patch + text.slice(place + 1);
        try {
          const decoded = decodeCursor(changed, cursor.frontier);
          if (decoded !== BEGINNING) expect(encodeCursor(decoded)).toBe(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(CursorInvalid);
        }
      }),
    );
  });

  test.each([
    ["nothing", ""],
    ["a number", "7"],
    ["a padded zero", "00"],
    ["words", "the last one"],
    ["base64 of garbage", base64url("garbage")],
    ["base64 of null", base64url("null")],
    ["base64 of an object", base64url('{"frontier":"main"}')],
    ["too few fields", base64url('["main",1,2]')],
    ["too many fields", base64url('["main",1,2,3,4]')],
    ["a sequence in quotes", base64url('["main",1,"2",0]')],
    ["a negative sequence", base64url('["main",1,-2,0]')],
    ["half a sequence", base64url('["main",1,2.5,0]')],
    ["a huge sequence", base64url('["main",1,1e300,0]')],
    ["another spelling of a number", base64url('["main",1,2e0,0]')],
    ["spaces", base64url('["main", 1, 2, 0]')],
    ["padding", `${base64url('["main",1,2,0]')}==`],
    ["a line feed", `${base64url('["main",1,2,0]')}\n`],
    ["a list for a name", base64url('[["main"],1,2,0]')],
    ["a megabyte", "A".repeat(1_048_576)],
    ["deep nesting", base64url("[".repeat(10_000))],
  ])("%s is no cursor", (_, text) => {
    expect(() => decodeCursor(text, "main")).toThrow(
      expect.objectContaining({ code: "CURSOR_INVALID", inputPath: ["after"] }),
    );
  });

  test("0 is the beginning", () => expect(decodeCursor("0", "main")).toBe(BEGINNING));

  const at = (incarnation: number, sequence: number, position = 0) => ({
    frontier: "f",
    incarnation,
    sequence,
    position,
  });

  test.each([
    [at(3, 7), "the end"],
    [at(3, 6, 2), "inside the last change"],
    [at(3, 2), "before the frontier was made"],
    [at(1, 2), "the end of the former incarnation"],
    [at(0, 0), "the beginning of the log"],
  ])("%j is in the log: %s", (cursor) =>
    expect(() => checkCursor(cursor, { incarnation: 3, sequence: 7 })).not.toThrow(),
  );

  test.each([
    [at(3, 8), "beyond the end"],
    [at(3, 7, 1), "inside a change that is yet to come"],
    [at(4, 5), "an incarnation that is yet to come"],
    [at(1, 3), "beyond the end of a former incarnation"],
  ])("%j is ahead: %s", (cursor) => {
    expect(() => checkCursor(cursor, { incarnation: 3, sequence: 7 })).toThrow(CursorAhead);
  });

  test("after a change of the present or of a former incarnation", () => {
    const decode = (sequence: number) =>
      decodeCursor(cursorAfterChange({ frontier: "f", sequence }, { incarnation: 3 }), "f");
    expect(decode(3)).toEqual(at(3, 3));
    expect(decode(2)).toEqual(at(0, 2));
  });
});
