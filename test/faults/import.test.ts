/** An import is killed at any point of its writing: what is there is whole, and the next one goes on from it. */
import { openDatabase } from "../../src/store/database";
import { verifyDatabase } from "../../src/store/verify/verify";
import { testDatabaseUrl } from "../support/database";
import { TestRepository, type TestCommit } from "../support/gitRepository";
import { importedCommits, ImportedStates } from "../support/imported";
import { compileProgram, type Program } from "../support/program";
import { dice } from "./dice";
import { inTheEnd } from "./inTheEnd";

const COMMITS = 2_500;
const RECORDS = 12;

const chance = dice();
const repository = new TestRepository();
let program: Program;
let contents: TestCommit[];

beforeAll(async () => {
  program = await compileProgram();
  contents = history();
  repository.commit(...contents).branch("master", contents.at(-1)!.name);
});
afterAll(async () => {
  repository.delete();
  await program.remove();
});

/** A line that forks now and then for a while, in which every commit changes a record. */
function history(): TestCommit[] {
  const commits: TestCommit[] = [];
  const states = new Map<string, number[]>();
  let trunk: string | undefined;
  let branch: string | undefined;
  for (let place = 0; place < COMMITS; place += 1) {
    const name = String(place);
    const isLast = place === COMMITS - 1;
    const isOnBranch = branch !== undefined && !isLast && chance.between(0, 2) === 0;
    const isMerge = branch !== undefined && !isOnBranch && (isLast || chance.between(0, 9) === 0);
    const parent = isOnBranch ? branch : trunk;
    const values = [...(parent === undefined ? Array<number>(RECORDS).fill(0) : states.get(parent)!)];
    values[chance.between(0, RECORDS - 1)] = place;
    states.set(name, values);
    const parents = [...(parent === undefined ? [] : [parent]), ...(isMerge ? [branch!] : [])];
    commits.push({ name, parents, files: { "c.json": values.map((value, id) => ({ id: `r${id}`, value })) } });
    if (isOnBranch) branch = name;
    else {
      trunk = name;
      if (isMerge) branch = undefined;
      else if (branch === undefined && chance.between(0, 9) === 0) branch = name;
    }
  }
  return commits;
}

test(`an import is killed three times (seed ${chance.seed})`, async () => {
  const databaseUrl = await testDatabaseUrl();
  const database = openDatabase({ url: databaseUrl });
  inTheEnd({ stop: () => database.close() });
  const start = () =>
    program.start([
      ...["import", "git", repository.path, "--file", "c.json", "--key", "id", "--type", "country"],
      ...["--quiet", "--database-url", databaseUrl],
    ]);
  /** Operations that a transaction wrote, or is writing: their ids are handed out before it ends. */
  const reserved = async () => {
    const { rows } = await database.pool.query<{ last: number }>(
      `select last_value as last from omdb.operations_id_seq`,
    );
    return Number(rows[0]!.last);
  };
  let known = 0;
  for (const enough of [1, 2, 3].map((part) => Math.floor(((part - 0.5 + chance.throw() / 2) * COMMITS) / 4))) {
    const running = start();
    const before = await reserved();
    while (running.process.exitCode === null && (await reserved()) < before + enough - known);
    // Ids are reserved for many operations at once: what comes then takes some questions' time.
    for (let asked = chance.between(0, 200); asked > 0; asked -= 1) await reserved();
    running.process.kill("SIGKILL");
    expect(await running.ended).toMatchObject({ signal: "SIGKILL" });
    const { found, commits } = await verifyDatabase(database);
    expect(found.first).toEqual([]);
    known = commits;
  }
  expect(await start().ended).toMatchObject({ code: 0, stderr: "" });
  const { found, commits } = await verifyDatabase(database);
  expect(found.first).toEqual([]);
  expect(commits).toBe(COMMITS);
  expect((await importedCommits(database)).size).toBe(COMMITS);
  const states = await ImportedStates.read(database);
  for (const { name, files } of contents.filter((_, place) => place % 50 === 49)) {
    const list = files["c.json"] as { id: string }[];
    const keys = list.map(({ id }) => id);
    expect(states.at(repository.sha(name), ...keys)).toEqual(new Map(list.map((one) => [one.id, one])));
  }
});
