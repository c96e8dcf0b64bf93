import fc from "fast-check";
import type { RecordId } from "../../src/core/ids";
import type { State } from "../../src/core/json";
import { applyOperation, refusalOf } from "../../src/core/operation";
import { check, PROPERTY_RUNS } from "../support/arbitraries";
import { incremental, named } from "../support/joins";
import { wildCases } from "../support/wildHistories";

it("are judged by what can newly fail as they are judged whole, and nothing that holds is dropped", () => {
  const counts = { joins: 0, conflicts: 0, settled: 0 };
  check(
    fc.property(wildCases, ({ history, parts }) => {
      if (parts.length < 2) return;
      const { join, breaches } = incremental(history, parts);
      if (join.version.length < 2) return;
      const whole = [...history.breaches(join.version)].sort();
      expect(named(breaches)).toEqual(whole);
      const settled = history.settledIn(join.version);
      counts.joins += 1;
      if (whole.length > 0) counts.conflicts += 1;
      if (settled.size > 0) counts.settled += 1;
      if (whole.length > 0) return;
      const states = new Map<RecordId, State>();
      for (const operation of history.operationsOf(join.version)) {
        const { record } = operation;
        const mayBeDropped = settled.has(operation.id) || operation.operation === "remove";
        if (!mayBeDropped) expect(refusalOf(states.get(record), operation)).toBeNull();
        states.set(record, applyOperation(states.get(record), operation));
      }
    }),
    2,
  );
  if (PROPERTY_RUNS < 200) return;
  expect(counts.joins).toBeGreaterThan(250);
  expect(counts.conflicts / counts.joins).toBeGreaterThan(0.2);
  expect(counts.settled / counts.joins).toBeGreaterThan(0.1);
});
