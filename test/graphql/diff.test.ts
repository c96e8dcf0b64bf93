/** What differs between versions, who gave leaves their values, and how versions stand to each other. */
import fc from "fast-check";
import { commonAncestors, maximal } from "../../src/core/antichain";
import { equalJson } from "../../src/core/equality";
import type { CommitId, RecordId } from "../../src/core/ids";
import type { State } from "../../src/core/json";
import type { PatchStep } from "../../src/core/patchBetween";
import { checkLater, PROPERTY_RUNS, timeFor } from "../support/arbitraries";
import { naiveHistory } from "../support/arbitrariesGraphs";
import { naiveHeads, recordHistories, stateAt } from "../support/arbitrariesRecords";
import { commit, defineType, testApi, type Data, type TestApi } from "../support/graphql";
import { leafPaths, naiveBlame } from "../support/naiveBlame";
import { patched } from "../support/naivePatch";
import { storeHistories, type StoredHistories } from "../support/storedHistories";

jest.setTimeout(timeFor(120_000));

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await defineType(api, "thing");
  await defineType(api, "other");
});

const CHANGE = `id record { uuid } patch before { id exists state } after { id exists state }`;
const DIFF = `
  query ($from: VersionInput!, $to: VersionInput!, $type: String, $record: UUID, $first: Int, $after: String) {
    diff(from: $from, to: $to, type: $type, record: $record, first: $first, after: $after) {
      totalCount nodes { ${CHANGE} } pageInfo { hasNextPage endCursor } } }`;

const same = (a: State, b: State) => (a === undefined || b === undefined ? a === b : equalJson(a, b));

/** A diff as a naive replay of everything has it. */
function expectChanges(found: readonly Data[], stored: StoredHistories, from: CommitId[], to: CommitId[]): void {
  const expected = [...stored.records.keys()].sort().filter((record) => {
    const history = stored.records.get(record)!;
    return !same(stateAt(history, from), stateAt(history, to));
  });
  expect(found.map((change) => change.record.uuid)).toEqual(expected);
  for (const change of found) {
    const history = stored.records.get(change.record.uuid as RecordId)!;
    const [before, after] = [stateAt(history, from), stateAt(history, to)];
    const [old, now] = [naiveHeads(history, from).join("+"), naiveHeads(history, to).join("+")];
    const view = (heads: string, state: State) =>
      heads === ""
        ? null
        : { id: `RecordView:${change.record.uuid}@${heads}`, exists: state !== undefined, state: state ?? null };
    expect(change).toMatchObject({
      id: `RecordChange:${change.record.uuid}@${old}..${now}`,
      before: view(old, before),
      after: view(now, after),
    });
    expect(same(patched(before, change.patch as PatchStep[]), after)).toBe(true);
  }
}

test("diffs of random histories, between any versions, are what a naive replay says", async () => {
  const seen = { changes: 0, disjoint: 0, several: 0, removed: 0 };
  const random = fc.tuple(
    recordHistories(4, 9),
    fc.array(fc.tuple(...[0, 1].map(() => fc.array(fc.nat(), { maxLength: 3 }))), { minLength: 12, maxLength: 12 }),
  );
  await checkLater(
    fc.asyncProperty(random, async ([histories, picks]) => {
      const stored = await storeHistories(api.database, "thing", histories);
      const pairs = picks.map((sides) =>
        sides.map((side) => [
          ...maximal(
            stored.commits,
            side.map((pick) => stored.order[pick % stored.order.length]!),
          ),
        ]),
      ) as [CommitId[], CommitId[]][];
      const data = await api.run<Record<string, Data>>(
        `query { ${pairs
          .map(
            ([from, to], index) =>
              `d${index}: diff(from: { commits: [${from.join()}] }, to: { commits: [${to.join()}] }) { totalCount nodes { ${CHANGE} } }`,
          )
          .join("\n")}
          ${stored.order.map((id) => `c${id}: commit(number: ${id}) { changes { totalCount nodes { ${CHANGE} } } }`).join("\n")} }`,
      );
      for (const [index, [from, to]] of pairs.entries()) {
        const { nodes, totalCount } = data[`d${index}`];
        expectChanges(nodes, stored, from, to);
        expect(totalCount).toBe(nodes.length);
        seen.changes += nodes.length;
        if (from.length > 1 || to.length > 1) seen.several += 1;
        const other = naiveHistory(stored.commits, to);
        if (from.length > 0 && ![...naiveHistory(stored.commits, from)].some((id) => other.has(id))) seen.disjoint += 1;
        seen.removed += nodes.filter((change: Data) => change.after?.exists === false).length;
      }
      for (const id of stored.order) {
        const { nodes, totalCount } = data[`c${id}`].changes;
        expectChanges(nodes, stored, [...stored.commits.parents(id)], [id]);
        expect(totalCount).toBe(nodes.length);
      }
      // Each is given again by its id.
      const all: Data[] = Object.values(data).flatMap((found) => (found.changes ?? found).nodes as Data[]);
      const ids = [...new Set(all.map(({ id }) => id as string))].slice(0, 50);
      const again = await api.run(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on RecordChange { ${CHANGE} } } }`, {
        ids,
      });
      expect(again.nodes).toEqual(ids.map((id) => all.find((change) => change.id === id)));
    }),
    0.2,
  );
  // Fewer tries say nothing of what comes up.
  if (PROPERTY_RUNS < 200) return;
  expect(seen.changes).toBeGreaterThan(200);
  expect(seen.disjoint).toBeGreaterThan(10);
  expect(seen.several).toBeGreaterThan(100);
  expect(seen.removed).toBeGreaterThan(0);
});

test("blame, comparisons and common ancestors of random histories are what naive walks say", async () => {
  const random = fc.tuple(
    recordHistories(2, 9),
    fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  );
  let leaves = 0;
  await checkLater(
    fc.asyncProperty(random, async ([histories, picks]) => {
      const stored = await storeHistories(api.database, "thing", histories);
      const versions = picks.map((side) => [
        ...maximal(
          stored.commits,
          side.map((pick) => stored.order[pick % stored.order.length]!),
        ),
      ]);
      const uuids = [...stored.records.keys()];
      const [base = [], head = []] = versions;
      const data = await api.run<Record<string, Data>>(
        `query ($uuids: [UUID!]!, $versions: [VersionInput!]!) {
          compare(base: { commits: [${base.join()}] }, head: { commits: [${head.join()}] }) { aheadBy behindBy bases { number } }
          commonAncestors(versions: $versions) { number }
          ${versions
            .map(
              (version, index) => `v${index}: view(at: { commits: [${version.join()}] }) {
                recordsByUuid(uuids: $uuids) { state blame(first: 1000) { totalCount nodes { path value operation { number } } } } }`,
            )
            .join("\n")} }`,
        { uuids, versions: versions.map((commits) => ({ commits })) },
      );
      const [below, above] = [naiveHistory(stored.commits, base), naiveHistory(stored.commits, head)];
      const numbers = (commits: readonly CommitId[]) => commits.map((number) => ({ number: String(number) }));
      expect(data["compare"]).toEqual({
        aheadBy: [...above].filter((id) => !below.has(id)).length,
        behindBy: [...below].filter((id) => !above.has(id)).length,
        bases: numbers(
          maximal(
            stored.commits,
            [...above].filter((id) => below.has(id)),
          ),
        ),
      });
      expect(data["commonAncestors"]).toEqual(numbers(commonAncestors(stored.commits, versions)));
      for (const [index, version] of versions.entries()) {
        const views: Data[] = data[`v${index}`].recordsByUuid;
        for (const [place, view] of views.entries()) {
          const history = stored.records.get(uuids[place]!)!;
          const state = stateAt(history, version);
          if (view === null) {
            expect(naiveHeads(history, version)).toEqual([]);
            continue;
          }
          const { nodes, totalCount } = view.blame;
          expect(totalCount).toBe(nodes.length);
          expect(nodes.map(({ path }: Data) => JSON.stringify(path)).sort()).toEqual(
            leafPaths(state)
              .map((path) => JSON.stringify(path))
              .sort(),
          );
          for (const { path, operation } of nodes) {
            leaves += 1;
            expect(Number(operation.number)).toBe(naiveBlame(history, version, path).operation);
          }
        }
      }
    }),
    0.2,
  );
  if (PROPERTY_RUNS >= 200) expect(leaves).toBeGreaterThan(200);
});

describe("a diff", () => {
  const RECORDS = [..."0123456789"].map((digit) => `0190dddd-0000-7000-8000-00000000000${digit}`);
  let first: string;
  let second: string;
  beforeAll(async () => {
    first = (
      await commit(
        api,
        RECORDS.slice(0, 6).map((record, n) => ({
          create: { record, type: n === 5 ? "other" : "thing", value: { n, list: [1, 2, 3] } },
        })),
      )
    ).commit.number;
    second = (
      await commit(api, [
        { put: { record: RECORDS[0], path: ["~/"], value: { "": 1 } } },
        { splice: { record: RECORDS[1], path: ["list"], index: 1, remove: 1, insert: ["x"] } },
        { remove: { record: RECORDS[2], path: [] } },
        // Back to what it was.
        { increment: { record: RECORDS[3], path: ["n"] } },
        { increment: { record: RECORDS[3], path: ["n"], by: -1 } },
        { put: { record: RECORDS[5], path: ["n"], value: null } },
        { create: { record: RECORDS[6], type: "thing", value: { new: true } } },
        { create: { record: RECORDS[7], type: "thing", value: {} } },
        { remove: { record: RECORDS[7], path: [] } },
      ])
    ).commit.number;
  });
  const versions = () => ({ from: { commit: first }, to: { commit: second } });
  const uuidsOf = (data: Data) => data.diff.nodes.map((change: Data) => change.record.uuid);

  test("tells each record that differs, what it was and is, and how to get from one to the other", async () => {
    const { diff } = await api.run(DIFF, versions());
    const id = (index: number, before = first, after = second) => `RecordChange:${RECORDS[index]}@${before}..${after}`;
    expect(diff.nodes).toMatchObject([
      { id: id(0), patch: [{ op: "add", path: "/~0~1", value: { "": 1 } }] },
      { id: id(1), patch: [{ op: "replace", path: "/list/1", value: "x" }] },
      {
        id: id(2),
        patch: [{ op: "remove", path: "" }],
        before: { exists: true },
        after: { id: `RecordView:${RECORDS[2]}@${second}`, exists: false, state: null },
      },
      { id: id(5), patch: [{ op: "replace", path: "/n", value: null }] },
      { id: id(6, ""), patch: [{ op: "add", path: "", value: { new: true } }], before: null, after: { exists: true } },
    ]);
    expect(diff.nodes).toHaveLength(5);
    expect(diff.totalCount).toBe(5);
    const back = await api.run(DIFF, { from: versions().to, to: versions().from });
    expect(back.diff.nodes[2]).toMatchObject({
      id: id(2, second, first),
      patch: [{ op: "add", path: "", value: { n: 2, list: [1, 2, 3] } }],
      before: { exists: false },
      after: { exists: true },
    });
    expect(back.diff.nodes[4]).toMatchObject({
      id: id(6, second, ""),
      patch: [{ op: "remove", path: "" }],
      after: null,
    });
  });

  test("is empty between a version and itself, and takes frontiers and how they stood", async () => {
    const nothing = await api.run(DIFF, { from: { commit: second }, to: { frontier: "main" } });
    expect(nothing.diff).toMatchObject({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
    const all = await api.run(DIFF, {
      from: { asOf: { frontier: "main", point: { sequence: 0 } } },
      to: { commit: first },
    });
    expect(uuidsOf(all)).toEqual(RECORDS.slice(0, 6));
  });

  test("of one type, and of one record", async () => {
    expect(uuidsOf(await api.run(DIFF, { ...versions(), type: "other" }))).toEqual([RECORDS[5]]);
    expect(uuidsOf(await api.run(DIFF, { ...versions(), record: RECORDS[1] }))).toEqual([RECORDS[1]]);
    expect(uuidsOf(await api.run(DIFF, { ...versions(), record: RECORDS[1], type: "other" }))).toEqual([]);
    expect(uuidsOf(await api.run(DIFF, { ...versions(), record: RECORDS[3] }))).toEqual([]);
    expect(uuidsOf(await api.run(DIFF, { ...versions(), record: RECORDS[9] }))).toEqual([]);
  });

  test("pages", async () => {
    const found: string[] = [];
    let after: string | null = null;
    for (;;) {
      const data: Data = await api.run(DIFF, { ...versions(), first: 2, after });
      found.push(...uuidsOf(data));
      if (!data.diff.pageInfo.hasNextPage) break;
      after = data.diff.pageInfo.endCursor;
    }
    expect(found).toEqual([0, 1, 2, 5, 6].map((index) => RECORDS[index]));
  });

  test("reads on where many records are touched and few differ", async () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `0190eeee-0000-7000-8000-${String(index).padStart(12, "0")}`,
    );
    const before = await commit(
      api,
      many.map((record) => ({ create: { record, type: "thing", value: { n: 0 } } })),
    );
    const differs = (index: number) => index % 100 === 99;
    const after = await commit(
      api,
      many.flatMap((record, index) => [
        { increment: { record, path: ["n"] } },
        ...(differs(index) ? [] : [{ increment: { record, path: ["n"], by: -1 } }]),
      ]),
    );
    const args = { from: { commit: before.commit.number }, to: { commit: after.commit.number } };
    const data = await api.run(DIFF, { ...args, first: 2 });
    expect(uuidsOf(data)).toEqual([many[99], many[199]]);
    expect(data.diff).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const last = await api.run(
      `query ($from: VersionInput!, $to: VersionInput!) { diff(from: $from, to: $to, last: 2) { nodes { record { uuid } } pageInfo { hasPreviousPage } } }`,
      args,
    );
    expect(uuidsOf(last)).toEqual([many[199], many[299]]);
    expect(last.diff.pageInfo.hasPreviousPage).toBe(true);
  });
});

test("counting changes past a limit is refused, reading them is not", async () => {
  const small = await testApi({ recordsScanned: 3 });
  await defineType(small, "thing");
  const made = await commit(
    small,
    [1, 2, 3, 4].map((n) => ({ create: { type: "thing", value: { n } } })),
  );
  const selection = `changes { nodes { patch } }`;
  const id = { id: made.commit.id };
  const read = await small.run(`query ($id: ID!) { node(id: $id) { ... on Commit { ${selection} } } }`, id);
  expect(read.node.changes.nodes).toHaveLength(4);
  await expect(
    small.run(`query ($id: ID!) { node(id: $id) { ... on Commit { changes { totalCount } } } }`, id),
  ).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", limit: "recordsScanned", maximum: 3 });
});

test("versions of disjoint histories have nothing in common, and versions of none neither", async () => {
  await api.run(`mutation { createFrontier(input: { name: "apart" }) { __typename } }`);
  const root = (await commit(api, [{ create: { type: "thing", value: { n: 1 } } }], { frontier: "apart" })).commit;
  const main = await api.run(`{ frontier { commits { number } view { history { totalCount } } } }`);
  const data = await api.run(
    `{ compare(base: { frontier: "apart" }, head: { frontier: "main" }) { aheadBy behindBy bases { id } }
       itself: compare(base: { frontier: "apart" }, head: { commit: ${root.number} }) { aheadBy behindBy bases { id } }
       empty: compare(base: { commits: [] }, head: { frontier: "apart" }) { aheadBy behindBy bases { id } }
       commonAncestors(versions: [{ frontier: "main" }, { frontier: "apart" }]) { id }
       one: commonAncestors(versions: [{ frontier: "apart" }]) { id }
       none: commonAncestors(versions: []) { id } }`,
  );
  expect(data).toEqual({
    compare: { aheadBy: main.frontier.view.history.totalCount, behindBy: 1, bases: [] },
    itself: { aheadBy: 0, behindBy: 0, bases: [{ id: root.id }] },
    empty: { aheadBy: 1, behindBy: 0, bases: [] },
    commonAncestors: [],
    one: [{ id: root.id }],
    none: [],
  });
});

test("blame tells the commit, below a path, page by page", async () => {
  const record = "0190ffff-0000-7000-8000-000000000001";
  const made = await commit(api, [
    { create: { record, type: "thing", value: { b: { x: 1, y: [] }, a: [1, { z: null }] } } },
  ]);
  const changed = await commit(api, [{ splice: { record, path: ["a"], index: 0, insert: ["new"] } }]);
  const blame = (args: string) =>
    `query ($after: String) { frontier { record(uuid: "${record}") { view { blame(after: $after ${args}) {
       totalCount pageInfo { hasNextPage endCursor } nodes { path value operation { operation commit { number } } } } } } } }`;
  const read = async (args: string, after: string | null = null) =>
    (await api.run(blame(args), { after })).frontier.record.view.blame;
  const all = await read("");
  const by = (done: Data, operation: string) => ({ operation, commit: { number: done.commit.number } });
  expect(all.nodes).toEqual([
    { path: ["a", 0], value: "new", operation: by(changed, "splice") },
    { path: ["a", 1], value: 1, operation: by(made, "create") },
    { path: ["a", 2, "z"], value: null, operation: by(made, "create") },
    { path: ["b", "x"], value: 1, operation: by(made, "create") },
    { path: ["b", "y"], value: [], operation: by(made, "create") },
  ]);
  const page = await read(`first: 2`);
  expect(page).toMatchObject({ totalCount: 5, nodes: all.nodes.slice(0, 2), pageInfo: { hasNextPage: true } });
  expect((await read(`first: 9`, page.pageInfo.endCursor)).nodes).toEqual(all.nodes.slice(2));
  expect((await read(`path: ["a", 2]`)).nodes).toEqual(all.nodes.slice(2, 3));
  expect((await read(`path: ["b", "x"]`)).nodes).toEqual(all.nodes.slice(3, 4));
  expect(await read(`path: ["nothing"]`)).toMatchObject({ totalCount: 0, nodes: [] });
  await commit(api, [{ remove: { record, path: [] } }]);
  expect(await read("")).toMatchObject({ totalCount: 0, nodes: [] });
});
