/** Live views without a server: when heartbeats come, what a stream that is opened again gives, and what nobody told. */
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { followFrontiers } from "../../src/live/frontierStream";
import type { Live } from "../../src/live/live";
import type { LiveStream, PlacedEvent } from "../../src/live/liveStream";
import { followMergePreview } from "../../src/live/mergePreviewStream";
import { followRecord } from "../../src/live/recordStream";
import { followView } from "../../src/live/viewStream";
import { openStore, type Store } from "../../src/store/store";
import { commit, defineType, type TestApi, testApi } from "../support/graphql";
import { take, takeAll } from "./take";
import { change, commitSilently, createFrontier, liveOn } from "./writer";

let api: TestApi;
let store: Store;
let live: Live;
beforeAll(async () => {
  api = await testApi();
  await defineType(api, "thing");
  store = openStore(api.database, DEFAULT_LIMITS);
  live = liveOn(api.database, { heartbeatChanges: 3, heartbeatEvery: 600_000 });
  await live.start();
});
afterAll(() => live.stop());
afterEach(() => expect(live.followers).toBe(0));

let made = 0;
const uuid = (): string => `0190abcd-0000-7000-8000-${(made += 1).toString(16).padStart(12, "0")}`;
async function frontier(): Promise<string> {
  const name = `frontier ${(made += 1)}`;
  await api.run(`mutation ($name: String!) { createFrontier(input: { name: $name }) { __typename } }`, { name });
  return name;
}
const create = (record: string, value: unknown) => ({ create: { record, type: "thing", value } });
const increment = (record: string) => ({ increment: { record, path: ["n"], by: 1 } });

test("a heartbeat comes after so many changes that are not shown, and stands after the last of them", async () => {
  const [on, record] = [await frontier(), uuid()];
  const stream = await followRecord(live, store, on, record, "0");
  const other = uuid();
  // The first of the hidden changes is the frontier's creation.
  await commit(api, [create(other, { n: 0 })], { frontier: on });
  await commit(api, [increment(other)], { frontier: on });
  const [heartbeat] = await take(stream, 1);
  expect(heartbeat).toMatchObject({ change: undefined, found: undefined, moment: { sequence: 3 } });
  await commit(api, [increment(other)], { frontier: on });
  await commit(api, [create(record, { n: 0 })], { frontier: on });
  expect(await take(stream, 1)).toMatchObject([{ change: { sequence: 5 }, found: { state: { n: 0 } } }]);
  await stream.return();
});

test("or after a time, which the first of them starts", async () => {
  const impatient = liveOn(api.database, { heartbeatEvery: 1 });
  await impatient.start();
  const on = await frontier();
  const stream = await followView(impatient, store, on, { type: "thing", where: null }, undefined);
  await api.run(`mutation ($name: String!) { lockFrontier(input: { name: $name }) { __typename } }`, { name: on });
  expect(await take(stream, 1)).toMatchObject([{ change: undefined, entered: [], moment: { sequence: 2 } }]);
  await impatient.stop();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("a stream that waits with something hidden is let go of at once", async () => {
  const on = await frontier();
  const stream = await followView(live, store, on, { type: "thing", where: null }, "0");
  const waiting = stream.next();
  await stream.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test("a stream that is opened again at any of its places goes on exactly there, inside a change too", async () => {
  const on = await frontier();
  const records = Array.from({ length: 450 }, uuid);
  await commit(
    api,
    records.map((record, n) => create(record, { n })),
    { frontier: on },
  );
  await commit(api, [increment(records[0]!), increment(records[1]!)], { frontier: on });
  const streams: (() => Promise<LiveStream<PlacedEvent>>)[] = [
    () => followView(live, store, on, { type: "thing", where: null }, "0"),
    () => followRecord(live, store, on, records[0]!, "0"),
  ];
  for (const open of streams) {
    const stream = await open();
    const start = stream.place;
    const events = await take(stream, stream.constructor.name === "ViewStream" ? 4 : 2);
    const places = [start, ...events.map(({ place }) => place)];
    for (const [index, place] of places.entries()) {
      const again = stream.reopen(place);
      expect(again.place).toEqual(place);
      expect(await take(again, events.length - index)).toEqual(events.slice(index));
      await again.return();
    }
    await stream.return();
  }
});

describe("frontierEvents", () => {
  test("finds what nobody told at the next look, and tells whoever lags far behind the last of each", async () => {
    const [quiet, busy] = [await frontier(), await frontier()];
    const stream = await followFrontiers(live, "");
    const start = stream.place;
    await commitSilently(api.database, quiet);
    await live.look();
    expect(await take(stream, 1)).toMatchObject([{ step: { frontier: quiet, sequence: 2, cause: "COMMIT" } }]);
    for (let round = 0; round < 1_100; round += 1) {
      await change(api.database, busy, round % 2 === 0 ? "LOCK" : "UNLOCK");
    }
    const again = stream.reopen(start);
    const seen: { step: { frontier: string; sequence: number } }[] = [];
    while (seen.at(-1)?.step.sequence !== 1_101) seen.push(...(await take(stream, 1)));
    expect(seen.map(({ step }) => step.frontier)).not.toContain(quiet);
    const told = await take(again, 2);
    expect(told).toMatchObject([{ step: { frontier: quiet } }, { step: { frontier: busy, sequence: 1_101 } }]);
    await Promise.all([stream.return(), again.return()]);
  }, 60_000);

  test("begins anew when nobody has followed for a while", async () => {
    const first = await followFrontiers(live, "");
    await first.return();
    const name = `frontier ${(made += 1)}`;
    await createFrontier(api.database, name);
    const second = await followFrontiers(live, "");
    await change(api.database, name, "LOCK");
    expect(await take(second, 1)).toMatchObject([{ step: { frontier: name, sequence: 2 } }]);
    await second.return();
  });
});

test("mergePreviewChanges tells each turn once, and completes when a frontier goes", async () => {
  const [into, from, record] = [await frontier(), await frontier(), uuid()];
  const guard = { predicates: [{ equals: { path: ["n"], value: 0 } }] };
  await commit(api, [create(record, { n: 0 })], { frontier: into });
  const merge = `mutation ($input: MergeInput!) { merge(input: $input) { __typename } }`;
  await api.run(merge, { input: { into: from, from: { frontier: into } } });
  const names = [into, from].map((name) => ({ name: { kind: "frontier" as const, frontier: name }, at: [] }));
  const stream = await followMergePreview(live, store, names);
  await commit(api, [{ put: { record, path: ["n"], value: 1, ...guard } }], { frontier: into });
  await commit(api, [{ put: { record, path: ["n"], value: 2 } }], { frontier: from });
  const [apart] = await take(stream, 1);
  expect(apart!.preview.left).toHaveLength(1);
  await api.run(merge, { input: { into, from: { frontier: from }, strategy: "OURS" } });
  const [together] = await take(stream, 1);
  expect(together!.preview.left).toEqual([]);
  await api.run(`mutation ($name: String!) { deleteFrontier(input: { name: $name }) { __typename } }`, { name: from });
  expect(await takeAll(stream)).toEqual([]);
});
