import pg from "pg";
import { testDatabase } from "./database";
import { createDatabase, dropDatabase } from "./databaseServer";

test("databases are separate copies of the migrated template", async () => {
  const [one, two] = [await testDatabase(), await testDatabase()];
  await one.pool.query("insert into omdb.frontiers (id) values ('only here')");
  expect(await one.prisma.frontier.count()).toBe(2);
  expect(await two.prisma.frontier.count()).toBe(1);
});

test("a connection that is left open is noticed when its database is dropped", async () => {
  const handle = await createDatabase();
  const leak = new pg.Client({ connectionString: handle.url, application_name: "a leak" });
  leak.on("error", () => undefined);
  const ended = new Promise((resolve) => leak.once("end", resolve));
  await leak.connect();
  await leak.query("select 'leaked'");
  expect(await dropDatabase(handle, 0)).toEqual(["a leak, idle: select 'leaked'"]);
  await ended;
});

test("nothing is noticed of a database that was closed", async () => {
  expect(await dropDatabase(await createDatabase())).toEqual([]);
});
