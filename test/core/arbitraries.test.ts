/** The random inputs of the other tests must not be tame: every nasty case has to come up, often enough to matter. */
import fc from "fast-check";
import { equalJson } from "../../src/core/equality";
import { commonAncestors } from "../../src/core/antichain";
import type { Json } from "../../src/core/json";
import { applyOperation, commute, refusalOf } from "../../src/core/operation";
import { lookup } from "../../src/core/path";
import { jsonValue, NASTY_NAMES, pathsIn, resembling, state } from "../support/arbitraries";
import { graphWithVersions } from "../support/arbitrariesGraphs";
import { effectFrom, effectsFrom, intent, KINDS } from "../support/arbitrariesOperations";

const many = { seed: 1, numRuns: 1500 };

function share<T>(samples: readonly T[], is: (sample: T) => boolean): number {
  return samples.filter(is).length / samples.length;
}

it("makes values with every nasty name, deep ones, and strings beyond ASCII", () => {
  const values = fc.sample(jsonValue, many);
  const paths = values.map((value) => pathsIn(value));
  for (const name of NASTY_NAMES) {
    expect(paths.filter((some) => some.some((path) => path.includes(name))).length).toBeGreaterThan(5);
  }
  expect(share(paths, (some) => some.some((path) => path.length >= 3))).toBeGreaterThan(0.1);
  expect(share(values, (value) => /[^\x20-\x7e]/.test(JSON.stringify(value)))).toBeGreaterThan(0.2);
  const own = values.filter(
    (value) => typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__"),
  );
  expect(own.length).toBeGreaterThan(5);
});

it("makes records that do not exist, and values that resemble others without being them", () => {
  expect(share(fc.sample(state, many), (one) => one === undefined)).toBeGreaterThan(0.05);
  const pairs = fc.sample(
    jsonValue.chain((one) => fc.tuple(fc.constant(one), resembling(one))),
    many,
  );
  const same = share(pairs, ([one, other]) => equalJson(one, other));
  expect(same).toBeGreaterThan(0.1);
  expect(same).toBeLessThan(0.7);
});

it.each(KINDS)("makes %s operations that are refused, that change something, and that change nothing", (kind) => {
  const samples = fc.sample(fc.tuple(state, intent([kind])), many).map(([before, one]) => {
    const effect = effectFrom(one, before);
    return { before, effect, refused: refusalOf(before, effect) !== null, after: applyOperation(before, effect) };
  });
  expect(share(samples, ({ refused }) => refused)).toBeGreaterThan(0.05);
  expect(share(samples, ({ before, after }) => before !== after)).toBeGreaterThan(0.05);
  const idle = share(samples, ({ before, after, refused }) => !refused && before === after);
  // Neither a create nor a remove can be without effect.
  if (kind === "create" || kind === "remove") expect(idle).toBe(0);
  else expect(idle).toBeGreaterThan(0.001);
});

it("makes pairs of operations that commute and pairs that do not, on overlapping places too", () => {
  const pairs = fc.sample(fc.tuple(state, intent(), intent()), many).map(([before, one, two]) => {
    const place = { ...two, path: one.path };
    return [effectFrom(one, before), effectFrom(place, before)].map((effect) => ({ ...effect, record: "r" }));
  });
  const commuting = share(pairs, ([a, b]) => commute(a!, b!));
  expect(commuting).toBeGreaterThan(0.1);
  expect(commuting).toBeLessThan(0.9);
});

it("makes sequences in which most operations have an effect", () => {
  const runs = fc.sample(fc.tuple(state, fc.array(intent(), { minLength: 4, maxLength: 12 })), {
    seed: 1,
    numRuns: 500,
  });
  let effective = 0;
  let all = 0;
  for (const [start, intents] of runs) {
    let before = start;
    for (const effect of effectsFrom(intents, start).effects) {
      const after = applyOperation(before, effect);
      all += 1;
      if (after !== before) effective += 1;
      before = after;
    }
  }
  expect(effective / all).toBeGreaterThan(0.4);
});

it("makes paths that are in the state, and paths that are not", () => {
  const samples = fc.sample(fc.tuple(state, intent(["put"])), many);
  const present = share(samples, ([before, one]) => lookup(before, effectFrom(one, before).path).exists);
  expect(present).toBeGreaterThan(0.3);
  expect(present).toBeLessThan(0.9);
});

it("makes graphs with several roots, merges, criss-crosses and ids in no order", () => {
  const graphs = fc.sample(graphWithVersions(2), { seed: 1, numRuns: 1000 });
  const roots = graphs.map(
    ({ graph, commits }) => commits.filter((commit) => graph.parents(commit).length === 0).length,
  );
  expect(share(roots, (count) => count > 1)).toBeGreaterThan(0.3);
  expect(
    share(graphs, ({ graph, commits }) => commits.some((commit) => graph.parents(commit).length > 2)),
  ).toBeGreaterThan(0.1);
  expect(
    share(graphs, ({ commits }) => commits.some((commit, index) => commit < (commits[index - 1] ?? 0))),
  ).toBeGreaterThan(0.5);
  // More than one best common ancestor: what a criss-cross is.
  expect(share(graphs, ({ graph, versions }) => commonAncestors(graph, versions).length > 1)).toBeGreaterThan(0.02);
});

it("freezes what it makes", () => {
  const frozen = (value: Json): boolean =>
    typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(fc.sample(jsonValue, many).every(frozen)).toBe(true);
  expect(
    fc.sample(fc.tuple(state, intent()), many).every(([before, one]) => frozen(effectFrom(one, before).parameters)),
  ).toBe(true);
});
