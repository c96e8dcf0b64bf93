import { recordChunks } from "../../src/store/verify/recordChunks";
import { testDatabase } from "../support/database";
import { storeShape } from "../support/shapedRecords";

test("a portion of records ends where their operations take much room", async () => {
  const database = await testDatabase();
  // Hexadecimal digits that do not compress.
  const text = Array.from({ length: 200 }, (_, place) => ((place * 2_654_435_761) % 2 ** 32).toString(16)).join("");
  const create = { path: [], operation: "create", parameters: { value: { text } } };
  const records = [];
  for (let n = 0; n < 5; n += 1) records.push((await storeShape(database, [[]], () => [create])).record);
  const portions = async (mostBytes?: number) => {
    const found = [];
    for await (const portion of recordChunks(database.pool, "shaped", mostBytes)) found.push(portion);
    return found;
  };
  expect(await portions()).toEqual([records.sort()]);
  const { rows } = await database.pool.query<{ bytes: number }>(
    `select max(pg_column_size(parameters)) as bytes from omdb.operations`,
  );
  const some = await portions(2 * rows[0]!.bytes);
  expect(some.map((portion) => portion.length)).toEqual([2, 2, 1]);
  expect(some.flat()).toEqual(records);
  expect((await portions(1)).map((portion) => portion.length)).toEqual([1, 1, 1, 1, 1]);
});
