import { Socket } from "node:net";
import { inTransaction, openDatabase } from "../../src/store/database";
import { startPooler } from "../live/pooler";
import { testDatabaseUrl } from "../support/database";
import { byPort } from "../support/databaseUrl";

describe("statements with a name", () => {
  const kept = async (directUrl?: (url: string) => string): Promise<unknown[]> => {
    const url = await testDatabaseUrl();
    const database = openDatabase({ url, connections: 2, ...(directUrl ? { directUrl: directUrl(url) } : {}) });
    try {
      const statement = { name: "one", text: "select $1::int as one", values: [1] };
      for (let time = 0; time < 2; time += 1) {
        expect((await database.pool.query(statement)).rows).toEqual([{ one: 1 }]);
      }
      return (await database.pool.query("select name from pg_prepared_statements")).rows;
    } finally {
      await database.close();
    }
  };

  it("are prepared once on a connection of one's own", async () => {
    expect(await kept()).toEqual([{ name: "one" }]);
  });

  it("are not kept behind a pooler, where the next one comes to another connection", async () => {
    expect(await kept((url) => `${url}?application_name=direct`)).toEqual([]);
  });
});

it("asks the other side of every connection for signs of life: one that vanished would keep its query for ever", async () => {
  const asked = jest.spyOn(Socket.prototype, "setKeepAlive");
  const database = openDatabase({ url: byPort(await testDatabaseUrl()).href, connections: 2 });
  for (const pool of [database.pool, database.transactions]) await pool.query("select");
  expect(asked.mock.calls).toEqual([
    [true, 10_000],
    [true, 10_000],
  ]);
  asked.mockRestore();
  await database.close();
});

it("closes although the database answers nothing any more", async () => {
  const pooler = await startPooler(await testDatabaseUrl());
  const database = openDatabase({ url: pooler.url, connections: 2, closingTime: 1 });
  for (const pool of [database.pool, database.transactions]) await pool.query("select");
  pooler.hang();
  const underWay = [database.pool.query("select"), inTransaction(database, () => Promise.resolve())];
  const failures = underWay.map((query) => query.then(() => undefined).catch((error: unknown) => error));
  // Now they have been sent.
  await new Promise(setImmediate);
  await database.close();
  expect((await Promise.all(failures)).map((error) => error instanceof Error)).toEqual([true, true]);
  await pooler.stop();
});
