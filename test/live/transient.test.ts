import { createServer, type AddressInfo } from "node:net";
import { isTransient } from "../../src/live/transient";
import { openDatabase } from "../../src/store/database";
import { testDatabase } from "../support/database";

/** What Prisma and the pool make of a database that is not there. */
test("a database that cannot be reached passes", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const database = openDatabase({ url: `postgres://nobody@127.0.0.1:${port}/nothing` });
  const errors = await Promise.all([
    database.prisma.commit.findMany().catch((error: unknown) => error),
    database.pool.query("select 1").catch((error: unknown) => error),
  ]);
  expect(errors.map(isTransient)).toEqual([true, true]);
  await database.close();
});

test("a statement that the database refuses does not pass, whoever sent it", async () => {
  const { prisma, pool } = await testDatabase();
  const errors = await Promise.all([
    prisma.$queryRawUnsafe("select 1 / 0").catch((error: unknown) => error),
    prisma.$queryRawUnsafe("select from nothing").catch((error: unknown) => error),
    pool.query("select 1 / 0").catch((error: unknown) => error),
    new Error("something else"),
    "no error at all",
  ]);
  expect(errors.map(isTransient)).toEqual([false, false, false, false, false]);
});
