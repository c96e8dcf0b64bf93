/** Random values, states and paths, small and nasty rather than large and tame. */
import fc from "fast-check";
import { isList, isObject, type Json, type JsonObject, type State } from "../../src/core/json";
import type { Path } from "../../src/core/path";
import { deepFreeze } from "./deepFreeze";

/** How often a property is tried, most of them; those on databases less often. Fewer where many runs are needed, as in mutation testing. */
export const PROPERTY_RUNS = Number(process.env["OMDB_PROPERTY_RUNS"] ?? 200);

/** Asserts a property, `factor` times as often as others. */
export function check<Ts>(property: fc.IProperty<Ts>, factor = 1): void {
  fc.assert(property, { numRuns: runs(factor) });
}

/** The same for a property that waits. */
export function checkLater<Ts>(property: fc.IAsyncProperty<Ts>, factor = 1): Promise<void> {
  return fc.assert(property, { numRuns: runs(factor) });
}

/** How long a test may take that tries a property on a database, in milliseconds: the longer, the more often it is tried. */
export function timeFor(milliseconds: number): number {
  return milliseconds * Math.max(1, PROPERTY_RUNS / 200);
}

function runs(factor: number): number {
  return Math.ceil(PROPERTY_RUNS * factor);
}

/** Names that trip careless code: inherited ones, the empty one, what looks like an index, characters beyond one unit. */
export const NASTY_NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "length",
  "",
  "0",
  "1",
  "-",
  "a/b",
  "m~n",
  "é",
  "\uffff",
  "😀",
  "👨‍👩‍👧",
] as const;

// fc.string with any character as its unit takes half a second to set up.
const character = fc
  .oneof(
    fc.integer({ min: 0x01, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xffff }),
    fc.integer({ min: 0x10000, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code));
const text = fc.array(character, { maxLength: 6 }).map((characters) => characters.join(""));

export const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("a", "b", "c") },
  { weight: 3, arbitrary: fc.constantFrom(...NASTY_NAMES) },
  { weight: 1, arbitrary: text },
);

export const jsonString: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("", "a", "ab", "x😀y", "\uffff", "😀", "null", "0") },
  { weight: 1, arbitrary: text },
);

export const safeInteger: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, Number.MIN_SAFE_INTEGER),
  },
);

export const jsonNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: safeInteger },
  { weight: 1, arbitrary: fc.constantFrom(0.5, -0.5, 1e308, -1e308, 5e-324, 1e21, 2 ** 53) },
  {
    weight: 1,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
  },
);

const scalar: fc.Arbitrary<Json> = fc.oneof(
  { weight: 2, arbitrary: jsonNumber },
  { weight: 2, arbitrary: jsonString },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);

const nested = fc.letrec<{ value: Json; list: Json[]; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 3, arbitrary: scalar },
    { weight: 2, arbitrary: tie("list") },
    { weight: 3, arbitrary: tie("object") },
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  object: fc
    .uniqueArray(fc.tuple(name, tie("value")), { selector: ([member]) => member, maxLength: 5 })
    .map((members) => Object.fromEntries(members)),
}));

/** Any value, frozen. */
export const jsonValue: fc.Arbitrary<Json> = nested.value.map(deepFreeze);
export const jsonList: fc.Arbitrary<readonly Json[]> = nested.list.map(deepFreeze);
export const jsonObject: fc.Arbitrary<JsonObject> = nested.object.map(deepFreeze);

/** Members for operations of every kind to work on. */
const targets = fc.record(
  { number: safeInteger, list: nested.list, text: jsonString, object: nested.object },
  { requiredKeys: [] },
);

/** A state, now and then that of a record that does not exist. */
export const state: fc.Arbitrary<State> = fc.option(
  fc.tuple(targets, nested.object).map(([members, more]) => deepFreeze({ ...members, ...more })),
  { nil: undefined, freq: 12 },
);

/** A value that resembles another one: the same, or with something put into it, taken away, or exchanged. */
export function resembling(value: Json): fc.Arbitrary<Json> {
  return fc
    .array(fc.tuple(fc.nat(), fc.constantFrom("put", "drop", "insert", "swap"), jsonValue), { maxLength: 4 })
    .map((edits) =>
      deepFreeze(
        edits.reduce<Json>((result, [pick, how, other]) => {
          const paths = pathsIn(result);
          return edited(result, paths[pick % paths.length]!, how, other);
        }, value),
      ),
    );
}

function edited(value: Json, [step, ...rest]: Path, how: string, other: Json): Json {
  if (step === undefined) return exchanged(value, how, other);
  if (isList(value)) return value.with(step as number, edited(value[step as number]!, rest, how, other));
  const object = value as JsonObject;
  return { ...object, [step]: edited(object[step]!, rest, how, other) };
}

function exchanged(value: Json, how: string, other: Json): Json {
  if (isList(value)) {
    if (how === "insert") return [other, ...value];
    if (how === "drop") return value.slice(1);
    if (how === "swap") return value.toReversed();
  }
  if (isObject(value)) {
    if (how === "insert") return { ...value, added: other };
    if (how === "drop") return Object.fromEntries(Object.entries(value).slice(1));
  }
  return other;
}

/** Every path that exists in a value, `[]` first. */
export function pathsIn(value: Json | undefined, path: Path = []): Path[] {
  if (value === undefined) return [];
  if (isList(value)) return [path, ...value.flatMap((element, index) => pathsIn(element, [...path, index]))];
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([member, inner]) => pathsIn(inner, [...path, member]))];
}

/** How a path is chosen, whatever the state turns out to be; `pathFrom` makes it one. */
export interface PathChoice {
  readonly pick: number;
  readonly ending: "as it is" | "new member" | "next index" | "other kind of step" | "anything";
  readonly name: string;
  readonly anything: Path;
}

export const path: fc.Arbitrary<Path> = fc.array(fc.oneof(name, fc.nat({ max: 3 })), { maxLength: 4 });

export const pathChoice: fc.Arbitrary<PathChoice> = fc.record({
  pick: fc.nat({ max: 1000 }),
  ending: fc.oneof(
    { weight: 10, arbitrary: fc.constant("as it is" as const) },
    { weight: 3, arbitrary: fc.constantFrom("new member" as const, "next index" as const) },
    { weight: 1, arbitrary: fc.constantFrom("other kind of step" as const, "anything" as const) },
  ),
  name,
  anything: path,
});

/** A path that mostly leads somewhere in a state, or just beside. */
export function pathFrom(choice: PathChoice, among: State, wanted: (at: Path) => boolean = () => true): Path {
  if (choice.ending === "anything") return choice.anything;
  const paths = pathsIn(among).filter(wanted);
  const chosen = paths[choice.pick % paths.length] ?? [];
  switch (choice.ending) {
    case "as it is":
      return chosen;
    case "new member":
      return [...chosen, choice.name];
    case "next index":
      return [...chosen, choice.pick % 3];
    case "other kind of step": {
      const last = chosen[chosen.length - 1];
      if (last === undefined) return [0];
      return [...chosen.slice(0, -1), typeof last === "string" ? 0 : String(last)];
    }
  }
}
