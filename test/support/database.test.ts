import pg from "pg";
import { testDatabase } from "./database";
import { databaseContents, databaseWrites } from "./databaseContents";
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

test("every write is told, also one that leaves what was there; one that is undone is not", async () => {
  const database = await testDatabase();
  const { pool } = database;
  const told = async () => [await databaseContents(database), await databaseWrites(database)] as const;
  const insert = "insert into omdb.frontiers (id) values ('one'), ('two')";
  const before = await told();
  await pool.query(`begin; ${insert}; rollback`);
  expect(await told()).toEqual(before);
  let last = before;
  for (const statement of [insert, "update omdb.frontiers set locked = locked", "delete from omdb.frontiers"]) {
    await pool.query(`${statement} returning id`);
    const [contents, writes] = await told();
    expect(writes).not.toEqual(last[1]);
    if (statement.startsWith("update")) expect(contents).toEqual(last[0]);
    else expect(contents).not.toEqual(last[0]);
    last = [contents, writes];
  }
  await pool.query("delete from omdb.frontiers");
  expect(await told()).toEqual(last);
  // In exchange for what goes comes as much.
  await pool.query(insert);
  const [, full] = await told();
  await pool.query(`delete from omdb.frontiers where id = 'one'; insert into omdb.frontiers (id) values ('one')`);
  expect((await told())[1]).not.toEqual(full);
});
