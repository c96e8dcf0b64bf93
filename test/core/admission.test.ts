import fc from "fast-check";
import { admit, type KnownRecord, type Proposal, type ProposedOperation } from "../../src/core/admission";
import { InvalidInput, LimitExceeded, NotFound, PredicateFailed } from "../../src/core/errors";
import { equalJson } from "../../src/core/equality";
import type { Json, State } from "../../src/core/json";
import { firstFailure } from "../../src/core/judge";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { applyOperation, refusalOf } from "../../src/core/operation";
import { registerOperationKind } from "../../src/core/operations/registry";
import { lookup } from "../../src/core/path";
import type { Predicate } from "../../src/core/predicates";
import { check, PROPERTY_RUNS, state } from "../support/arbitraries";
import { effectFrom, intent } from "../support/arbitrariesOperations";
import { deepFreeze } from "../support/deepFreeze";
import { errorOf } from "../support/errorOf";

const A = "0190a000-0000-7000-8000-00000000000a";
const B = "0190a000-0000-7000-8000-00000000000b";
const GONE = "0190a000-0000-7000-8000-0000000000ff";
const NEW = "0190a000-0000-7000-8000-0000000000aa";

const records: Record<string, KnownRecord> = deepFreeze({
  [A]: { type: "account", state: { balance: 10, tags: ["x"] } },
  [B]: { type: "account", state: { balance: 0 } },
  [GONE]: { type: "account", state: undefined },
});
const known = (record: string): KnownRecord => records[record] ?? { type: null, state: undefined };

function operation(
  record: string,
  operation: string,
  path: ProposedOperation["path"],
  parameters: Json,
  more: Partial<ProposedOperation> = {},
): Proposal {
  return {
    kind: "operation",
    record,
    path,
    operation,
    parameters,
    predicates: [],
    at: ["operations", 0, operation],
    ...more,
  };
}
const create = (record: string, value: Json, type?: string): Proposal =>
  operation(record, "create", [], { value }, { type });
const admitted = (proposals: Proposal[], limits = DEFAULT_LIMITS) => admit(deepFreeze(proposals), known, limits);

describe("admit", () => {
  it("gives operations in canonical form, states and what was created", () => {
    const predicates: Predicate[] = [{ exists: { path: ["balance"] } }];
    const result = admitted([
      operation(A, "increment", ["balance"], {}, { predicates }),
      create(NEW, { n: 1 }, "account"),
      operation(NEW, "increment", ["n"], { by: 2 }),
      create(GONE, {}, "account"),
    ]);
    expect(result.operations).toEqual([
      { record: A, path: ["balance"], operation: "increment", parameters: { by: 1 }, predicates, proposal: 0 },
      { record: NEW, path: [], operation: "create", parameters: { value: { n: 1 } }, predicates: [], proposal: 1 },
      { record: NEW, path: ["n"], operation: "increment", parameters: { by: 2 }, predicates: [], proposal: 2 },
      { record: GONE, path: [], operation: "create", parameters: { value: {} }, predicates: [], proposal: 3 },
    ]);
    expect([...result.states]).toEqual([
      [A, { balance: 11, tags: ["x"] }],
      [NEW, { n: 3 }],
      [GONE, {}],
    ]);
    expect(result.created).toEqual([NEW, GONE]);
    expect([...result.createdTypes]).toEqual([[NEW, "account"]]);
  });

  it("names a record once that is created, removed and created again, in the state that it ends in", () => {
    const result = admitted([
      create(NEW, {}, "t"),
      operation(NEW, "remove", [], {}),
      create(NEW, { a: 1 }, "t"),
      operation(NEW, "remove", [], {}),
    ]);
    expect(result.created).toEqual([NEW]);
    expect([...result.states]).toEqual([[NEW, undefined]]);
  });

  it("admits nothing from nothing", () => {
    expect(admitted([])).toEqual({ operations: [], states: new Map(), created: [], createdTypes: new Map() });
  });

  it("asks once for a record", () => {
    const asked: string[] = [];
    const predicates: Predicate[] = [{ exists: { path: [], record: B } }, { exists: { path: [], record: B } }];
    const increments = [1, 2, 3].map(() => operation(A, "increment", ["balance"], {}, { predicates }));
    admit(increments, (record) => (asked.push(record), known(record)), DEFAULT_LIMITS);
    expect(asked.sort()).toEqual([A, B]);
  });

  it("lets each operation see the effect of those before it, on other records too", () => {
    const after: Predicate[] = [{ equals: { path: ["balance"], value: 5, record: A } }];
    const withdraw = operation(A, "increment", ["balance"], { by: -5 });
    expect(
      admitted([withdraw, operation(B, "increment", ["balance"], { by: 5 }, { predicates: after })]).states.get(B),
    ).toEqual({ balance: 5 });
    expect(() =>
      admitted([operation(B, "increment", ["balance"], { by: 5 }, { predicates: after }), withdraw]),
    ).toThrow(PredicateFailed);
  });

  it("does not let a predicate read more than there is", () => {
    const missing: Predicate[] = [{ absent: { path: [], record: NEW } }, { absent: { path: [], record: GONE } }];
    expect(admitted([operation(A, "put", ["x"], { value: 1 }, { predicates: missing })]).states.has(NEW)).toBe(false);
  });

  describe("refuses", () => {
    it("a predicate that is false", () => {
      const predicates: Predicate[] = [
        { exists: { path: [] } },
        { all: [{ atLeast: { path: ["balance"], value: 11 } }] },
      ];
      const proposals = [
        operation(A, "put", ["x"], { value: 1 }),
        operation(A, "increment", ["balance"], {}, { predicates }),
      ];
      const error = errorOf(PredicateFailed, () => admitted(proposals));
      expect(error.message).toBe("A predicate of operation 1 is false.");
      expect(error.inputPath).toEqual(["operations", 1]);
      expect(error.failure).toEqual({
        operationIndex: 1,
        record: A,
        path: ["balance"],
        reason: "PREDICATE",
        predicate: { atLeast: { path: ["balance"], value: 11 } },
        actual: { exists: true, value: 10 },
      });
    });

    it("a predicate on another record that is false, naming that record", () => {
      const predicates: Predicate[] = [{ exists: { path: ["x"], record: B } }];
      const error = errorOf(PredicateFailed, () =>
        admitted([operation(A, "put", ["x"], { value: 1 }, { predicates })]),
      );
      expect(error.failure).toMatchObject({ record: B, path: ["x"], actual: { exists: false } });
    });

    it.each<[string, Proposal, Partial<PredicateFailed["failure"]>, string]>([
      [
        "a create of what is there",
        create(A, {}, "account"),
        { record: A, path: [], actual: { exists: true, value: records[A]!.state! } },
        "Operation 0 (create) cannot be applied: The record exists already.",
      ],
      [
        "a put into a removed record",
        operation(GONE, "put", ["a"], { value: 1 }),
        { record: GONE, path: ["a"], actual: { exists: false } },
        "Operation 0 (put) cannot be applied: The record does not exist.",
      ],
      [
        "an increment of a removed record",
        operation(GONE, "increment", ["a"], {}),
        { record: GONE, path: ["a"], actual: { exists: false } },
        "Operation 0 (increment) cannot be applied: There is no safe integer to add to.",
      ],
      [
        "a remove of what is gone",
        operation(A, "remove", ["x"], {}),
        { record: A, path: ["x"], actual: { exists: false } },
        "Operation 0 (remove) cannot be applied: There is nothing to remove.",
      ],
      [
        "an increment of what is no number",
        operation(A, "increment", ["tags"], {}),
        { path: ["tags"], actual: { exists: true, value: ["x"] } },
        "Operation 0 (increment) cannot be applied: There is no safe integer to add to.",
      ],
    ])("%s", (_name, proposal, failure, message) => {
      const error = errorOf(PredicateFailed, () => admitted([proposal]));
      expect(error.failure).toMatchObject({ operationIndex: 0, reason: "PRECONDITION", predicate: null, ...failure });
      expect(error.message).toBe(message);
    });

    it("the predicate before the precondition", () => {
      const predicates: Predicate[] = [{ exists: { path: ["x"] } }];
      const error = errorOf(PredicateFailed, () => admitted([operation(A, "remove", ["x"], {}, { predicates })]));
      expect(error.failure.reason).toBe("PREDICATE");
    });

    it("an operation on a record that there never was", () => {
      expect(errorOf(NotFound, () => admitted([operation(NEW, "put", ["a"], { value: 1 })]))).toMatchObject({
        message: `There is no record ${NEW}.`,
        inputPath: ["operations", 0, "put", "record"],
      });
      expect(() => admitted([operation(NEW, "put", ["a"], { value: 1 }), create(NEW, {}, "t")])).toThrow(NotFound);
      const patch: Proposal = {
        kind: "patch",
        record: NEW,
        patch: [{ op: "add", path: "/a", value: 1 }],
        predicates: [],
        at: ["operations", 0, "patch"],
      };
      expect(errorOf(NotFound, () => admitted([patch])).inputPath).toEqual(["operations", 0, "patch", "record"]);
    });

    it("a create of a record that has another type, whether known or new", () => {
      expect(errorOf(InvalidInput, () => admitted([create(GONE, {}, "country")]))).toMatchObject({
        message: `The record ${GONE} has another type, "account".`,
        inputPath: ["operations", 0, "create", "type"],
      });
      const again = [create(NEW, {}, "t"), operation(NEW, "remove", [], {}), create(NEW, {}, "u")];
      expect(() => admitted(again)).toThrow(`The record ${NEW} has another type, "t".`);
    });

    it("a create without a type", () => {
      expect(errorOf(InvalidInput, () => admitted([create(NEW, {})]))).toMatchObject({
        message: "A create is proposed as one, since it names the type of the record.",
        inputPath: ["operations", 0, "create", "operation"],
      });
    });

    it.each(["vanish", "toString", "__proto__", "coalesced", ""])(
      "the operation %j, which nobody may propose",
      (name) => {
        const proposal = operation(A, name, [], { operations: [] }, { at: ["operations", 0, "apply"] });
        expect(errorOf(InvalidInput, () => admitted([proposal]))).toMatchObject({
          message: `There is no operation named "${name}".`,
          inputPath: ["operations", 0, "apply", "operation"],
        });
      },
    );

    it("bad parameters, at their place, before anything that depends on states", () => {
      const bad = operation(A, "increment", ["balance"], { by: 0.5 });
      const failing = operation(A, "remove", ["missing"], {});
      expect(errorOf(InvalidInput, () => admitted([failing, bad])).inputPath).toEqual([
        "operations",
        0,
        "increment",
        "by",
      ]);
      const named = operation(
        A,
        "increment",
        ["balance"],
        { by: 0.5 },
        { parametersAt: ["operations", 0, "apply", "parameters"] },
      );
      expect(errorOf(InvalidInput, () => admitted([named])).inputPath).toEqual([
        "operations",
        0,
        "apply",
        "parameters",
        "by",
      ]);
    });

    describe("more work than is allowed", () => {
      const big = Array.from({ length: 64 }, () => 0);
      const state = { text: "ab".repeat(40), list: [1, 2, 3, { a: 1 }], object: { a: 1, b: 2 }, n: 0, big };
      const on = (name: string, path: ProposedOperation["path"], parameters: Json): Proposal =>
        operation(A, name, path, parameters);
      const same = [...big];
      // To remove the record takes no steps.
      const judging = (...predicates: Predicate[]): Proposal => operation(A, "remove", [], {}, { predicates });
      /** To copy the members of the state. */
      const root = 5 * 16;

      it.each<[string, number, Proposal[]]>([
        ["comparing with each element", 4, [judging({ not: { contains: { path: ["list"], value: 0 } } })]],
        ["and its members", 4 + 2 * 16, [judging({ contains: { path: ["list"], value: { a: 1 } } })]],
        ["comparing elements", 64, [judging({ equals: { path: ["big"], value: same } })]],
        ["comparing no lists of other lengths", 0, [judging({ notEquals: { path: ["big"], value: [0] } })]],
        ["comparing members", 4 * 16, [judging({ equals: { path: ["object"], value: { b: 2, a: 1 } } })]],
        ["listing more members", 3 * 16, [judging({ notEquals: { path: ["object"], value: { a: 1 } } })]],
        ["comparing long texts", 10, [judging({ equals: { path: ["text"], value: state.text } })]],
        ["comparing with several values", 64, [judging({ in: { path: ["big"], values: [1, same] } })]],
        ["looking for a part of a text", 41, [judging({ contains: { path: ["text"], value: "ab" } })]],
        ["counting code points", 10, [judging({ size: { path: ["text"], atLeast: 80 } })]],
        ["counting members", 2 * 16, [judging({ all: [{ size: { path: ["object"], atMost: 2 } }] })]],
        ["counting elements", 0, [judging({ any: [{ size: { path: ["list"], atMost: 9 } }] })]],
        [
          "several predicates",
          128,
          [judging({ equals: { path: ["big"], value: same } }, { equals: { path: ["big"], value: same } })],
        ],
        ["copying an object", root, [on("put", ["n"], { value: 1 })]],
        [
          "copying it once",
          root,
          [on("increment", ["n"], {}), on("max", ["n"], { value: 9 }), on("remove", ["n"], {})],
        ],
        ["copying each object", root + 2 * 16, [on("assign", ["object"], { value: { c: 1, b: null } })]],
        ["putting what is there", 64, [on("put", ["big"], { value: same })]],
        ["adding an element", 64 + 4 + root, [on("add", ["big"], { value: 1 })]],
        ["discarding elements", 64 + root, [on("discard", ["big"], { value: 0 })]],
        ["moving elements", 4 + 4 + root, [on("splice", ["big"], { index: 0, remove: 1, insert: [] })]],
        ["moving fewer elements", 4 + 2 + root, [on("splice", ["big"], { index: 32, remove: 1, insert: [] })]],
        ["splicing in what is there", 64, [on("splice", ["big"], { index: 0, remove: 64, insert: same })]],
        ["removing an element", 4 + 4 + root, [on("remove", ["big", 0], {})]],
        ["editing a text", 20 + root, [on("edit", ["text"], { index: 0, remove: 1, insert: "" })]],
      ])("%s", (_name, steps, proposals) => {
        const run = (stepsPerCommit: number) =>
          admit(deepFreeze(proposals), () => deepFreeze({ type: "account", state }), {
            ...DEFAULT_LIMITS,
            stepsPerCommit,
          });
        expect(run(steps).operations).toHaveLength(proposals.length);
        if (steps === 0) return;
        expect(errorOf(LimitExceeded, () => run(steps - 1))).toMatchObject({
          message: `To judge and apply the operations of the commit takes more than ${steps - 1} steps.`,
          limit: "stepsPerCommit",
          maximum: steps - 1,
        });
      });

      it("names the operation that goes beyond", () => {
        const one = on("edit", ["text"], { index: 0, remove: 1, insert: "x" });
        const proposals = [one, one, one].map((proposal, index) => ({
          ...proposal,
          at: ["operations", index, "edit"],
        }));
        const limits = { ...DEFAULT_LIMITS, stepsPerCommit: 20 + root + 20 };
        expect(
          errorOf(LimitExceeded, () => admit(proposals, () => ({ type: "account", state }), limits)).inputPath,
        ).toEqual(["operations", 2, "edit"]);
      });
    });

    describe("a record that becomes too large", () => {
      const limits = { ...DEFAULT_LIMITS, stateBytes: 60, stateDepth: 4 };
      const put = (path: ProposedOperation["path"], value: Json, index: number, record = NEW) =>
        operation(record, "put", path, { value }, { at: ["operations", index] });
      const start = operation(NEW, "create", [], { value: {} }, { type: "t", at: ["operations", 0] });
      const run = (proposals: Proposal[], before: State) =>
        admit(
          deepFreeze(proposals),
          (record) => (record === A ? { type: "t", state: deepFreeze(before) } : known(record)),
          limits,
        );

      it("names the operation after which it is", () => {
        // Each member takes eight bytes with its comma: the eighth is too much.
        for (let beyond = 8; beyond < 20; beyond++) {
          const filling = Array.from({ length: beyond }, (_, index) =>
            put([`m${String.fromCharCode(97 + index)}`], "x", index + 1),
          );
          // Other records, and what comes after, do not matter.
          const others = [put(["x"], "y".repeat(49), beyond + 1, A), put(["ma"], "z", beyond + 2)];
          expect(errorOf(LimitExceeded, () => run([start, ...filling, ...others], {}))).toMatchObject({
            message: `The record ${NEW} would have more bytes as JSON than 60.`,
            inputPath: ["operations", 7],
            limit: "stateBytes",
            maximum: 60,
          });
        }
        expect(run([start, put(["x"], "y".repeat(52), 1)], {}).operations).toHaveLength(2);
        expect(() => run([start, put(["x"], "y".repeat(53), 1)], {})).toThrow(LimitExceeded);
      });

      it("counts depth, too", () => {
        expect(run([start, put(["a"], { b: { c: [] } }, 1)], {}).operations).toHaveLength(2);
        const deep = [start, put(["a"], {}, 1), put(["a", "b"], [{ c: [1, {}] }], 2), put(["z"], 1, 3)];
        expect(errorOf(LimitExceeded, () => run(deep, {}))).toMatchObject({
          message: `The record ${NEW} would be nested deeper than 4.`,
          inputPath: ["operations", 2],
          limit: "stateDepth",
        });
      });

      it("lets what is too large for a moment be", () => {
        const moment = [start, put(["x"], "y".repeat(99), 1), put(["x"], "y", 2)];
        expect(run(moment, {}).states.get(NEW)).toEqual({ x: "y" });
        expect(
          run([start, put(["x"], "y".repeat(99), 1), operation(NEW, "remove", [], {})], {}).operations,
        ).toHaveLength(3);
      });

      it("lets what was too large before become smaller, and no larger", () => {
        const before = { x: "y".repeat(99), deep: [[[[1]]]], n: 1 };
        expect(run([put(["n"], 2, 0, A)], before).operations).toHaveLength(1);
        expect(run([put(["x"], "y".repeat(80), 0, A)], before).operations).toHaveLength(1);
        expect(
          errorOf(LimitExceeded, () => run([put(["n"], 2, 0, A), put(["n"], 10, 1, A)], before)).inputPath,
        ).toEqual(["operations", 1]);
        expect(errorOf(LimitExceeded, () => run([put(["n"], [[[[1]]]], 0, A)], before)).limit).toBe("stateBytes");
        expect(errorOf(LimitExceeded, () => run([put(["x"], [[[[[]]]]], 0, A)], before)).limit).toBe("stateDepth");
      });
    });

    it("too many operations, counting those that a patch stands for", () => {
      const limits = { ...DEFAULT_LIMITS, operationsPerCommit: 2 };
      const one = operation(A, "increment", ["balance"], {});
      expect(admitted([one, one], limits).operations).toHaveLength(2);
      expect(errorOf(LimitExceeded, () => admitted([one, one, one], limits))).toMatchObject({
        message: "A commit has at most 2 operations.",
        inputPath: ["operations", 0, "increment"],
        limit: "operationsPerCommit",
        maximum: 2,
      });
      const patch: Proposal = {
        kind: "patch",
        record: A,
        patch: [{ op: "move", from: "/balance", path: "/amount" }],
        predicates: [],
        at: ["operations", 1, "patch"],
      };
      expect(admitted([patch], limits).operations).toHaveLength(2);
      expect(errorOf(LimitExceeded, () => admitted([one, patch], limits)).inputPath).toEqual([
        "operations",
        1,
        "patch",
      ]);
    });
  });

  describe("patches", () => {
    const patch = (steps: Json, predicates: Predicate[] = []): Proposal => {
      return { kind: "patch", record: A, patch: steps, predicates, at: ["operations", 0, "patch"] };
    };

    it("stand for operations that carry their index, the first one with their predicates", () => {
      const own: Predicate = { exists: { path: ["balance"] } };
      const steps: Json = [
        { op: "test", path: "/balance", value: 10 },
        { op: "replace", path: "/balance", value: 11 },
        { op: "add", path: "/tags/-", value: "y" },
      ];
      const result = admitted([operation(A, "put", ["x"], { value: 1 }), patch(steps, [own])]);
      expect(result.operations.slice(1)).toEqual([
        {
          record: A,
          path: ["balance"],
          operation: "put",
          parameters: { value: 11 },
          predicates: [own, { equals: { path: ["balance"], value: 10 } }, own],
          proposal: 1,
        },
        {
          record: A,
          path: ["tags"],
          operation: "splice",
          parameters: { index: 1, remove: 0, insert: ["y"] },
          predicates: [],
          proposal: 1,
        },
      ]);
      expect(result.states.get(A)).toEqual({ balance: 11, tags: ["x", "y"], x: 1 });
    });

    it("are expanded against the state that the operations before leave", () => {
      const result = admitted([
        operation(A, "put", ["tags"], { value: {} }),
        patch([{ op: "add", path: "/tags/0", value: 1 }]),
      ]);
      expect(result.states.get(A)).toEqual({ balance: 10, tags: { "0": 1 } });
    });

    it("copy what is there: it stays what it was, whatever becomes of it at either place", () => {
      const steps: Json = [
        { op: "add", path: "/tags/-", value: "y" },
        { op: "copy", from: "/tags", path: "/others" },
        { op: "add", path: "/tags/-", value: "z" },
        { op: "move", from: "/others", path: "/last" },
        { op: "remove", path: "/last/0" },
      ];
      const { operations, states } = admitted([operation(A, "put", ["tags", 0], { value: "w" }), patch(steps)]);
      expect(states.get(A)).toEqual({ balance: 10, tags: ["w", "y", "z"], last: ["y"] });
      const tags = ["w", "y"];
      expect(operations.slice(2, 6)).toMatchObject([
        { parameters: { value: tags }, predicates: [{ equals: { path: ["tags"], value: tags } }] },
        { operation: "splice" },
        { operation: "remove", predicates: [{ equals: { path: ["others"], value: tags } }] },
        { parameters: { value: tags } },
      ]);
      expect(operations).toHaveLength(7);
      expect(records[A]?.state).toEqual({ balance: 10, tags: ["x"] });
    });

    it("have no more predicates on an operation than any other", () => {
      const limits = { ...DEFAULT_LIMITS, predicatesPerOperation: 4 };
      const is = { exists: { path: ["balance"] } };
      const test: Json = { op: "test", path: "/balance", value: 10 };
      const replace: Json = { op: "replace", path: "/balance", value: 10 };
      const beyond = (proposal: Proposal, step: number) =>
        expect(errorOf(LimitExceeded, () => admitted([proposal], limits))).toMatchObject({
          message: "With what the patch tests and takes for granted, there are more than 4 predicates.",
          inputPath: ["operations", 0, "patch", "patch", step],
          limit: "predicatesPerOperation",
          maximum: 4,
        });
      // Its own predicates, its tests, and what it takes for granted count together.
      expect(admitted([patch([test, replace], [is, is]), patch([replace], [is, is, is])], limits)).toBeDefined();
      beyond(patch([test, replace], [is, is, is]), 1);
      beyond(patch([replace], [{ all: [is, is, is] }]), 0);
      beyond(patch([replace], [{ any: [{ not: { not: is } }] }]), 0);
      expect(admitted([patch([replace, test, test, test, replace], [is, is, is])], limits).operations).toHaveLength(2);
      beyond(patch([replace, test, test, test, test, replace]), 5);
    });

    it("are refused as a whole, with their index", () => {
      const steps: Json = [
        { op: "add", path: "/x", value: 1 },
        { op: "test", path: "/x", value: 2 },
        { op: "remove", path: "/x" },
      ];
      expect(errorOf(PredicateFailed, () => admitted([patch(steps)])).failure).toEqual({
        operationIndex: 0,
        record: A,
        path: ["x"],
        reason: "PREDICATE",
        predicate: { equals: { path: ["x"], value: 2 } },
        actual: { exists: true, value: 1 },
      });
      expect(errorOf(InvalidInput, () => admitted([patch([{ op: "nop" }])])).inputPath).toEqual([
        "operations",
        0,
        "patch",
        "patch",
        0,
        "path",
      ]);
    });
  });

  it("takes kinds that an application registers", () => {
    registerOperationKind({
      name: "toggle",
      parse: () => ({}),
      refusal: (state, path) => (lookup(state, path).exists ? null : "There is nothing to toggle."),
      apply: (state, path) => {
        const target = lookup(state, path);
        return target.exists && path.length === 1 ? { ...state, [path[0]!]: target.value !== true } : state;
      },
      footprint: (path) => [path],
      commutes: () => false,
    });
    const result = admitted([
      operation(A, "put", ["on"], { value: true }),
      operation(A, "toggle", ["on"], { whatever: 1 }),
    ]);
    expect(result.operations[1]).toMatchObject({ operation: "toggle", parameters: {} });
    expect(result.states.get(A)).toMatchObject({ on: false });
  });
});

it("is strict at the door: all is admitted that holds, and nothing after the first that does not", () => {
  const outcomes = { admitted: 0, refused: 0 };
  check(
    fc.property(
      state,
      fc.array(fc.tuple(intent(), fc.option(fc.constantFrom("exists", "absent"), { freq: 3 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (start, choices) => {
        const proposals: Proposal[] = [];
        let current = start;
        let broken = -1;
        choices.forEach(([one, test], index) => {
          const effect = effectFrom(one, current);
          const predicates = test === null ? [] : [{ [test]: { path: effect.path } } as unknown as Predicate];
          proposals.push({ kind: "operation", record: A, ...effect, predicates, type: "account", at: [index] });
          const before: State = current;
          const holds = firstFailure(predicates, () => before) === null && refusalOf(before, effect) === null;
          if (!holds && broken === -1) broken = index;
          current = applyOperation(before, effect);
        });
        const run = () => admit(proposals, () => ({ type: "account", state: start }), DEFAULT_LIMITS);
        if (broken === -1) {
          outcomes.admitted += 1;
          const after = run().states.get(A);
          expect(current === undefined || after === undefined ? after === current : equalJson(after, current)).toBe(
            true,
          );
        } else {
          outcomes.refused += 1;
          expect(errorOf(PredicateFailed, run).failure.operationIndex).toBe(broken);
        }
      },
    ),
    3,
  );
  expect(Math.min(outcomes.admitted, outcomes.refused)).toBeGreaterThan(PROPERTY_RUNS / 10);
});
