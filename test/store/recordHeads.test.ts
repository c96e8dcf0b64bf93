/** Where records end at any version, against the letter: histories of all shapes, records touched often and seldom. */
import { maximal } from "../../src/core/antichain";
import { historySet } from "../../src/core/graph";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { readHeadsAt } from "../../src/store/recordHeads";
import { readRecordVersions } from "../../src/store/recordStates";
import { StateCache } from "../../src/store/stateCache";
import { openStore } from "../../src/store/store";
import { testDatabase } from "../support/database";
import { naiveState, storeShape } from "../support/shapedRecords";
import { seeded } from "../support/seeded";
import { SHAPES, shape } from "../support/shapes";

test.each(SHAPES)("%s", async (name) => {
  const database = await testDatabase();
  const random = seeded(7);
  const shaped = await storeShape(
    database,
    shape(name, 90, random),
    (place) => [
      place === 0
        ? { path: [], operation: "create", parameters: { value: {} } }
        : { path: [`m${place % 20}`], operation: "put", parameters: { value: place } },
    ],
    { every: 3 },
  );
  const { graph, commits, record } = shaped;
  const all = [...historySet(graph, commits)];
  const versions = Array.from({ length: 200 }, (_, place) =>
    maximal(
      graph,
      Array.from({ length: 1 + (place % 4) }, () => all[Math.floor(random() * all.length)]!),
    ),
  );
  const expected = versions.map((version) => {
    const history = historySet(graph, version);
    return [
      ...maximal(
        graph,
        commits.filter((commit) => history.has(commit)),
      ),
    ];
  });
  const store = openStore(database, DEFAULT_LIMITS);
  const requests = versions.map((version) => ({ record, version }));
  expect(await readHeadsAt(store, database.pool, requests)).toEqual(expected);

  const queries = jest.spyOn(database.pool, "query");
  const found = await readRecordVersions(openStore(database, DEFAULT_LIMITS), requests);
  expect(found.map(({ state }) => state)).toEqual(versions.map((version) => naiveState(shaped, version)));
  // The graph, the record's type, its states, and few rounds of looking for heads.
  expect(queries.mock.calls.length).toBeLessThanOrEqual(8);

  // One by one, the graph and the record's type being known: one query where the newest commit is the only head.
  await readRecordVersions(store, requests.slice(0, 2));
  const single = requests
    .map((request, place) => ({ request, place }))
    .filter(({ request }) => request.version.length === 1);
  let once = 0;
  for (const { request, place } of single) {
    queries.mockClear();
    const [version] = await readRecordVersions({ ...store, states: new StateCache() }, [request]);
    expect(version).toEqual({ record, heads: expected[place], state: found[place]!.state });
    if (queries.mock.calls.length === 1) once += 1;
  }
  if (name === "line") expect(once).toBeGreaterThan(single.length * 0.9);
});
