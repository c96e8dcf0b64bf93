import type pg from "pg";
import { refuseUnknownKinds } from "../../src/store/storedKinds";
import { testDatabase, type TestDatabase } from "../support/database";

const RECORD = "0190eeee-0000-7000-8000-00000000aaaa";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await database.pool.query(`insert into omdb.types (id, snapshots, latest) values ('t', 's', 'l')`);
  await database.pool.query(`insert into omdb.records (id, "type") values ($1, 't')`, [RECORD]);
});

const write = (kind: string, count: number) =>
  database.pool.query(
    `insert into omdb.operations (predicates, record, "path", operation, parameters)
     select '[]', $1, '[]', $2, '{}' from generate_series(1, $3::int)`,
    [RECORD, kind, count],
  );

interface Plan {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly Plans?: readonly Plan[];
}

/** The rows that all nodes of a plan gave together. */
const rowsOf = (plan: Plan): number =>
  plan["Actual Rows"] * plan["Actual Loops"] + (plan.Plans ?? []).reduce((sum, child) => sum + rowsOf(child), 0);

test("nothing stored, nothing refused", async () => {
  await expect(refuseUnknownKinds(database.pool)).resolves.toBeUndefined();
});

test("it reads a few rows for each kind, however many operations there are", async () => {
  const kinds = ["put", "create", "increment", "remove"];
  for (const kind of kinds) await write(kind, 5_000);
  await database.pool.query("analyze omdb.operations");
  let statement = "";
  const listening = {
    query: (text: string) => {
      statement = text;
      return database.pool.query(text);
    },
  } as Pick<pg.Pool, "query">;
  await refuseUnknownKinds(listening);
  const { rows } = await database.pool.query<{ "QUERY PLAN": readonly { readonly Plan: Plan }[] }>(
    `explain (analyze, format json) ${statement}`,
  );
  const plan = rows[0]?.["QUERY PLAN"][0]?.Plan as Plan;
  expect(rowsOf(plan)).toBeLessThan(20 * kinds.length);
});

test("all that are unknown are named, wherever they stand among the others", async () => {
  for (const kind of ["zap", "alter", "mix"]) await write(kind, 1);
  await expect(refuseUnknownKinds(database.pool)).rejects.toThrow(/alter, mix, zap/);
});
