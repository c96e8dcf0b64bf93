/** What the rules of cuts take for the size of a value, beside what PostgreSQL takes for it. */
import fc from "fast-check";
import type { Json } from "../../src/core/json";
import { storedBytes } from "../../src/core/size";
import { jsonValue } from "../support/arbitraries";
import { testDatabase } from "../support/database";

test("the bytes of a value are about those of its jsonb", async () => {
  const { pool } = await testDatabase();
  const flat = { field1: 123_456, field2: 7, name: "Zo\u00eb", none: null, flags: [true, false] };
  const values: Json[] = [
    flat,
    [flat, flat, { deep: [[1], [2.5], "x".repeat(100)] }],
    ...fc.sample(jsonValue, { seed: 1, numRuns: 300 }),
  ];
  const { rows } = await pool.query<{ bytes: number }>(
    `select pg_column_size(v::jsonb) as bytes from unnest($1::text[]) with ordinality as w(v, place) order by place`,
    [values.map((value) => JSON.stringify(value))],
  );
  for (const [place, { bytes }] of rows.entries()) {
    // Beside paddings and the header of the whole.
    expect(Math.abs(storedBytes(values[place]!) - bytes)).toBeLessThanOrEqual(12 + 0.25 * bytes);
  }
});
