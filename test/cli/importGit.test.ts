/** Importing git repositories: what commits, records and frontiers come of them. */
import {
  importGit,
  importedCommits,
  ImportedStates,
  frontierLog,
  frontiers,
  everything,
  TYPE,
} from "../support/imported";
import type { GitImport } from "../../src/cli/git/importRepository";
import { recordIdOf } from "../../src/store/import/recordIds";
import { testDatabase } from "../support/database";
import { TestRepository } from "../support/gitRepository";
import { storedHistory } from "../support/storedHistory";

const repositories: TestRepository[] = [];
function repository(defaultBranch?: string): TestRepository {
  const made = new TestRepository(defaultBranch);
  repositories.push(made);
  return made;
}
afterAll(() => repositories.forEach((made) => made.delete()));

const list = (...records: unknown[]) => ({ "c.json": records });
const fr = { id: "FRA", name: "France", area: 551695 };
const de = { id: "DEU", name: "Germany", area: 357114 };

describe("commits", () => {
  test("say who, why, when and where from", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr), message: "First.\n\nWith a body.\n", time: 1_500_000_000 })
      .commit({ name: "b", parents: ["a"], files: list(fr), author: "Grace Hopper <grace@example.org>" })
      .branch("master", "b")
      .tag("v1", "a")
      .ref("refs/pull/1/head", "a");
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path });
    expect(summary).toMatchObject({
      commits: 2,
      merges: 0,
      known: 0,
      records: 1,
      operations: 1,
      problems: [],
      notes: [],
    });
    const commits = await importedCommits(database);
    expect(commits.get(repo.sha("a"))).toMatchObject({
      author: "Ada Lovelace <ada@example.org>",
      message: "First.\n\nWith a body.",
      ts: new Date(1_500_000_000_000),
      logicalTime: 0,
      parents: [],
      operations: ["create []"],
      metadata: { git: { sha: repo.sha("a"), refs: ["refs/pull/1/head", "refs/tags/v1"] } },
    });
    // Without a change there is a commit all the same.
    expect(commits.get(repo.sha("b"))).toMatchObject({
      author: "Grace Hopper <grace@example.org>",
      logicalTime: 1,
      parents: [repo.sha("a")],
      operations: [],
    });
  });

  test("change what changed, where it changed", async () => {
    const deep = { id: "FRA", name: { common: "France", native: { fra: "France", oci: "França" } }, borders: ["DEU"] };
    const changed = { ...deep, name: { ...deep.name, native: { fra: "La France", oci: "França" } } };
    const repo = repository()
      .commit({ name: "a", files: list(deep, de) })
      .commit({ name: "b", parents: ["a"], files: { "c.json": JSON.stringify([de, changed], null, 4) } })
      .commit({ name: "c", parents: ["b"], files: list(changed) })
      .branch("master", "c");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const commits = await importedCommits(database);
    expect(commits.get(repo.sha("b"))?.operations).toEqual(['put ["name", "native", "fra"]']);
    expect(commits.get(repo.sha("c"))?.operations).toEqual(["remove []"]);
  });

  test("ids ascend from parents to children", async () => {
    const repo = repository()
      .commit({ name: "root", files: list() })
      .commit({ name: "side", parents: ["root"], files: list(fr), time: 1 })
      .commit({ name: "line", parents: ["root"], files: list(de), time: 1_700_000_000 })
      .commit({ name: "merge", parents: ["line", "side"], files: list(de, fr) })
      .branch("master", "merge");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const commits = await importedCommits(database);
    for (const commit of commits.values()) {
      for (const parent of commit.parents) expect(commits.get(parent)?.id).toBeLessThan(commit.id);
    }
    expect(commits.get(repo.sha("merge"))).toMatchObject({ logicalTime: 2, operations: [] });
  });

  test("among commits of equal logical time ids keep the order in which git lists them", async () => {
    const sides = ["e", "b", "d", "a", "c"];
    const repo = repository().commit({ name: "root", files: list() });
    for (const [index, name] of sides.entries()) {
      repo.commit({ name, parents: ["root"], files: list({ id: name }), time: 1_700_000_000 - 100 * (index % 3) });
    }
    repo.commit({ name: "merge", parents: sides, files: list() }).branch("master", "merge");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const commits = [...(await importedCommits(database))].sort(([, one], [, other]) => one.id - other.id);
    const listed = repo.git("rev-list", "--topo-order", "--reverse", "master").trim().split("\n");
    expect(commits.map(([sha]) => sha)).toEqual(listed);
    expect(commits.map(([, { logicalTime }]) => logicalTime)).toEqual([0, 1, 1, 1, 1, 1, 2]);
  });

  test("parents that are ancestors of others are left out, and remembered", async () => {
    const repo = repository()
      .commit({ name: "a", files: list() })
      .commit({ name: "b", parents: ["a"], files: list(fr) })
      .commit({ name: "merge", parents: ["a", "b"], files: list(fr) })
      .branch("master", "merge");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const merge = (await importedCommits(database)).get(repo.sha("merge"));
    expect(merge?.parents).toEqual([repo.sha("b")]);
    expect(merge?.metadata.git["parents"]).toEqual([repo.sha("a"), repo.sha("b")]);
    expect((await importGit(database, { repository: repo.path })).commits).toBe(0);
  });

  test("text in any encoding, and what cannot be stored, is taken as well as it can be", async () => {
    const repo = repository()
      .commit({
        name: "latin",
        files: list(),
        message: Buffer.from("caf\xe9", "latin1"),
        author: Buffer.from("Andr\xe9 <a@b>", "latin1"),
      })
      .commit({
        name: "named",
        parents: ["latin"],
        files: list(),
        message: Buffer.from([0xcf, 0xf0]),
        encoding: "CP1251",
      })
      .commit({ name: "odd", parents: ["named"], files: list(), message: "plain", encoding: "no-such-encoding" })
      .commit({ name: "nul", parents: ["odd"], files: list(), message: "a\0b" })
      .branch("master", "nul");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const commits = await importedCommits(database);
    expect(commits.get(repo.sha("latin"))).toMatchObject({ message: "café", author: "André <a@b>" });
    expect(commits.get(repo.sha("named"))?.message).toBe("Пр");
    expect(commits.get(repo.sha("odd"))?.message).toBe("plain");
    expect(commits.get(repo.sha("nul"))?.message).toBe("a\uFFFDb");
  });

  test("a message that is too long is cut, and reported", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(), message: "x".repeat(101) })
      .branch("master", "a");
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path }, { messageLength: 100 });
    expect(summary.problems).toEqual([{ sha: repo.sha("a"), what: "the message is cut: it is too long" }]);
    expect((await importedCommits(database)).get(repo.sha("a"))?.message).toBe("x".repeat(100));
  });
});

describe("records", () => {
  test("are found by their keys, strings and numbers apart", async () => {
    const repo = repository()
      .commit({ name: "a", files: list({ id: 1, n: "number" }, { id: "1", n: "string" }) })
      .branch("master", "a");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const states = await ImportedStates.read(database);
    expect(states.at(repo.sha("a"), 1, "1")).toEqual(
      new Map<unknown, unknown>([
        [1, { id: 1, n: "number" }],
        ["1", { id: "1", n: "string" }],
      ]),
    );
    // Fixed for ever: imports find records again by these.
    expect(recordIdOf("country", "FRA")).toBe("7ec3f984-2c89-59e7-8e57-a740822041f8");
  });

  test("go with the file and come back with it", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr, de) })
      .commit({ name: "gone", parents: ["a"], files: {} })
      .commit({ name: "back", parents: ["gone"], files: list(fr) })
      .branch("master", "back");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const states = await ImportedStates.read(database);
    expect(states.at(repo.sha("gone")).size).toBe(0);
    expect(states.at(repo.sha("back"), "FRA")).toEqual(new Map([["FRA", fr]]));
    expect((await importedCommits(database)).get(repo.sha("back"))?.operations).toEqual(["create []"]);
  });

  test("stay as they were where the file cannot be read", async () => {
    const broken = {
      "not UTF-8": [Buffer.from([0x5b, 0xff, 0x5d]), "the file is not valid UTF-8"],
      "a byte order mark": ["\uFEFF[]", /^the file is not valid JSON/],
      "no JSON": ['[{"id":"FRA"},', /^the file is not valid JSON/],
      empty: ["", /^the file is not valid JSON/],
      scalar: ["7", "the file is neither a list of objects nor an object of objects"],
    } as const;
    const names = Object.keys(broken) as (keyof typeof broken)[];
    const repo = repository().commit({ name: "start", files: list(fr) });
    for (const name of names) repo.commit({ name, parents: ["start"], files: { "c.json": broken[name][0] } });
    for (const name of names) {
      repo.commit({ name: `after ${name}`, parents: [name], files: { "c.json": broken[name][0], other: "x" } });
      repo.branch(name.replaceAll(" ", "-"), `after ${name}`);
    }
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path });
    const states = await ImportedStates.read(database);
    const commits = await importedCommits(database);
    for (const name of names) {
      for (const sha of [repo.sha(name), repo.sha(`after ${name}`)]) {
        const what: unknown =
          typeof broken[name][1] === "string" ? broken[name][1] : expect.stringMatching(broken[name][1]);
        expect(states.at(sha, "FRA")).toEqual(new Map([["FRA", fr]]));
        expect(commits.get(sha)?.metadata["problems"]).toEqual([{ what }]);
        expect(summary.problems).toContainEqual({ sha, what });
      }
    }
    expect(summary.problems).toHaveLength(2 * names.length);
  });

  test("the first of equal keys counts; without a key, or no object, there is no record", async () => {
    const repo = repository()
      .commit({
        name: "a",
        files: list(fr, { ...fr, name: "second" }, { name: "no key" }, { id: null }, { id: [1] }, 7, [fr]),
      })
      .branch("master", "a");
    const database = await testDatabase();
    const { problems } = await importGit(database, { repository: repo.path });
    expect((await ImportedStates.read(database)).at(repo.sha("a"), "FRA")).toEqual(new Map([["FRA", fr]]));
    const sha = repo.sha("a");
    expect(problems).toEqual([
      { sha, what: "element 1 repeats a key: the first one counts", key: "FRA" },
      { sha, what: 'element 2 has no key "id" (a string or a number) and is skipped' },
      { sha, what: 'element 3 has no key "id" (a string or a number) and is skipped' },
      { sha, what: 'element 4 has no key "id" (a string or a number) and is skipped' },
      { sha, what: "element 5 is not an object and is skipped" },
      { sha, what: "element 6 is not an object and is skipped" },
    ]);
  });

  test("what omdb cannot hold is reported, in every commit that has it, and changes nothing", async () => {
    const bad = ['"\\u0000"', '"\\ud800"', "1e999", "[".repeat(70) + "]".repeat(70), `"${"x".repeat(2000)}"`];
    const file = (value: string) => ({
      "c.json": `[{"id":"FRA","v":${value}},{"id":"NEW","v":${value}},{"id":"DEU"}]`,
    });
    const repo = repository().commit({ name: "start", files: list({ id: "FRA", v: 1 }) });
    bad.forEach((value, index) =>
      repo.commit({ name: `bad ${index}`, parents: [index === 0 ? "start" : `bad ${index - 1}`], files: file(value) }),
    );
    repo.commit({ name: "same", parents: [`bad ${bad.length - 1}`], files: { ...file(bad.at(-1) ?? ""), other: "x" } });
    repo.branch("master", "same");
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path }, { valueBytes: 100, stateBytes: 1000 });
    const states = await ImportedStates.read(database);
    for (const name of [...bad.map((_, index) => `bad ${index}`), "same"]) {
      expect(states.at(repo.sha(name), "FRA", "DEU")).toEqual(
        new Map([
          ["FRA", { id: "FRA", v: 1 }],
          ["DEU", { id: "DEU" }],
        ]),
      );
      const mine = summary.problems.filter((problem) => problem.sha === repo.sha(name));
      expect(mine.map((problem) => problem.key)).toEqual(["FRA", "NEW"]);
    }
  });

  test("members and keys may have any name", async () => {
    const odd = `{"__proto__":{"polluted":true},"constructor":{"__proto__":1},"id":"__proto__","a\\"b'c":"\\\\ 'x'"}`;
    const repo = repository()
      .commit({ name: "a", files: { "c.json": `[${odd}]` } })
      .commit({ name: "b", parents: ["a"], files: { "c.json": `[${odd.replace("true", "false")}]` } })
      .commit({ name: "c", parents: ["b"], files: { "c.json": `[{"id":"__proto__"}]` } })
      .branch("master", "c");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const states = await ImportedStates.read(database);
    const at = (name: string) => JSON.stringify(states.at(repo.sha(name), "__proto__").get("__proto__"), sorted);
    const sorted = (_: string, value: unknown) =>
      typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).sort()) : value;
    expect(at("a")).toBe(JSON.stringify(JSON.parse(odd), sorted));
    expect(at("b")).toBe(JSON.stringify(JSON.parse(odd.replace("true", "false")), sorted));
    expect(at("c")).toBe('{"id":"__proto__"}');
    expect((await importedCommits(database)).get(repo.sha("b"))?.operations).toEqual(['put ["__proto__", "polluted"]']);
  });

  test("an object of objects needs no key member", async () => {
    const repo = repository()
      .commit({ name: "a", files: { "c.json": { FRA: { n: 1 }, DEU: { n: 2 }, skipped: 3 } } })
      .branch("master", "a");
    const database = await testDatabase();
    const { problems } = await importGit(database, { repository: repo.path, content: { file: "./c.json", key: null } });
    expect((await ImportedStates.read(database)).at(repo.sha("a"), "FRA", "DEU").size).toBe(2);
    expect(problems).toEqual([{ sha: repo.sha("a"), what: 'member "skipped" is not an object and is skipped' }]);
  });

  test("a list without a key member is refused, and nothing is stored", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr) })
      .branch("master", "a");
    const database = await testDatabase();
    const before = await everything(database);
    await expect(
      importGit(database, { repository: repo.path, content: { file: "c.json", key: null } }),
    ).rejects.toThrow(/--key/);
    const sequences = { commits_id_seq: expect.anything() as string };
    expect(await everything(database)).toEqual({ ...before, ...sequences });
  });
});

describe("merges", () => {
  test("whose parents disagree bring the merged view to what git holds", async () => {
    const at = (area: number, name: string) => list({ ...fr, area, name });
    const repo = repository()
      .commit({ name: "root", files: at(1, "France") })
      .commit({ name: "ours", parents: ["root"], files: at(2, "France") })
      .commit({ name: "theirs", parents: ["root"], files: at(3, "La France") })
      .commit({ name: "ours wins", parents: ["ours", "theirs"], files: at(2, "La France") })
      .commit({ name: "theirs wins", parents: ["ours", "theirs"], files: at(3, "La France") })
      .commit({ name: "evil", parents: ["theirs", "ours"], files: at(9, "Neither") })
      .branch("a", "ours wins")
      .branch("b", "theirs wins")
      .branch("c", "evil");
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path });
    expect(summary.merges).toBe(3);
    const commits = await importedCommits(database);
    const later = commits.get(repo.sha("ours"))?.id ?? 0;
    const winner = later > (commits.get(repo.sha("theirs"))?.id ?? 0) ? "ours wins" : "theirs wins";
    const loser = winner === "ours wins" ? "theirs wins" : "ours wins";
    // The later in canonical order is what the parents' merged view holds.
    expect(commits.get(repo.sha(winner))?.operations).toEqual([]);
    expect(commits.get(repo.sha(loser))?.operations).toEqual(['put ["area"]']);
    expect(commits.get(repo.sha("evil"))?.operations.sort()).toEqual(['put ["area"]', 'put ["name"]']);
    const states = await ImportedStates.read(database);
    for (const [name, area] of [
      ["ours wins", 2],
      ["theirs wins", 3],
      ["evil", 9],
    ] as const) {
      expect(states.at(repo.sha(name), "FRA").get("FRA")?.["area"]).toBe(area);
    }
  });

  test("criss-cross, octopus and of unrelated roots", async () => {
    const state = (...values: number[]) => list(...values.map((v, index) => ({ id: `r${index}`, v })));
    const repo = repository()
      .commit({ name: "root", files: state(0, 0, 0) })
      .commit({ name: "a", parents: ["root"], files: state(1, 0, 0) })
      .commit({ name: "b", parents: ["root"], files: state(0, 2, 0) })
      .commit({ name: "ab", parents: ["a", "b"], files: state(1, 2, 0) })
      .commit({ name: "ba", parents: ["b", "a"], files: state(1, 5, 0) })
      .commit({ name: "cross", parents: ["ab", "ba"], files: state(1, 2, 7) })
      .commit({ name: "other root", files: list({ id: "r0", v: 8 }, { id: "x", v: 8 }) })
      .commit({ name: "c", parents: ["root"], files: state(0, 0, 3) })
      .commit({ name: "octopus", parents: ["cross", "other root", "c"], files: state(1, 2, 3) })
      .branch("master", "octopus");
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path });
    expect(summary).toMatchObject({ commits: 9, merges: 4, problems: [] });
    const states = await ImportedStates.read(database);
    const expected = {
      root: [0, 0, 0],
      a: [1, 0, 0],
      b: [0, 2, 0],
      ab: [1, 2, 0],
      ba: [1, 5, 0],
      cross: [1, 2, 7],
      c: [0, 0, 3],
      octopus: [1, 2, 3],
    };
    for (const [name, values] of Object.entries(expected)) {
      const found = states.at(repo.sha(name), "r0", "r1", "r2");
      expect([...found.values()].map((record) => record["v"])).toEqual(values);
    }
    expect(states.at(repo.sha("other root"), "r0", "x").size).toBe(2);
  });

  test("an unreadable file in a merge leaves the merged view of the parents", async () => {
    const repo = repository()
      .commit({ name: "root", files: list(fr, de) })
      .commit({ name: "a", parents: ["root"], files: list({ ...fr, area: 1 }, de) })
      .commit({ name: "b", parents: ["root"], files: list({ ...fr, name: "B" }) })
      .commit({ name: "merge", parents: ["a", "b"], files: { "c.json": "<<<<<<<" } })
      .branch("master", "merge");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const states = await ImportedStates.read(database);
    expect(states.at(repo.sha("merge"), "FRA")).toEqual(new Map([["FRA", { ...fr, area: 1, name: "B" }]]));
    expect((await importedCommits(database)).get(repo.sha("merge"))?.operations).toEqual([]);
  });
});

describe("--files", () => {
  const files = { repository: "", content: { files: "data/**/*.json" } };

  test("one record a file, named by its path", async () => {
    const repo = repository()
      .commit({
        name: "a",
        files: { "data/fr.json": fr, "data/eu/de.json": de, "other/it.json": { n: 1 }, "data/readme.md": "x" },
      })
      .commit({ name: "b", parents: ["a"], files: { "data/fr.json": { ...fr, area: 2 }, "data/eu/de.json": de } })
      .commit({ name: "c", parents: ["b"], files: { "data/eu/de.json": de, "data/fr": "now a file" } })
      .branch("master", "c");
    const database = await testDatabase();
    const summary = await importGit(database, { ...files, repository: repo.path });
    expect(summary).toMatchObject({ commits: 3, records: 2, operations: 4, problems: [] });
    const states = await ImportedStates.read(database);
    const paths = ["data/fr.json", "data/eu/de.json"] as const;
    expect(states.at(repo.sha("a"), ...paths)).toEqual(
      new Map([
        [paths[0], fr],
        [paths[1], de],
      ]),
    );
    expect(states.at(repo.sha("b"), ...paths)).toEqual(
      new Map([
        [paths[0], { ...fr, area: 2 }],
        [paths[1], de],
      ]),
    );
    expect(states.at(repo.sha("c"), ...paths)).toEqual(new Map([[paths[1], de]]));
  });

  test("a file that is no object leaves its record as it was", async () => {
    const repo = repository()
      .commit({ name: "a", files: { "data/fr.json": fr, "data/de.json": de } })
      .commit({
        name: "b",
        parents: ["a"],
        files: { "data/fr.json": "{", "data/de.json": "[]", "data/new.json": Buffer.from([0xff]) },
      })
      .commit({
        name: "c",
        parents: ["b"],
        files: { "data/fr.json": "{", "data/de.json": { ...de, area: 1 }, "data/new.json": Buffer.from([0xff]) },
      })
      .branch("master", "c");
    const database = await testDatabase();
    const { problems } = await importGit(database, { ...files, repository: repo.path });
    expect(problems).toEqual([
      { sha: repo.sha("b"), key: "data/de.json", what: "the file does not hold an object" },
      { sha: repo.sha("b"), key: "data/fr.json", what: expect.stringMatching(/^the file is not valid JSON/) as string },
      { sha: repo.sha("b"), key: "data/new.json", what: "the file is not valid UTF-8" },
    ]);
    const states = await ImportedStates.read(database);
    expect(states.at(repo.sha("b"), "data/fr.json", "data/de.json")).toEqual(
      new Map([
        ["data/fr.json", fr],
        ["data/de.json", de],
      ]),
    );
    expect(states.at(repo.sha("c"), "data/fr.json", "data/de.json").get("data/de.json")).toEqual({ ...de, area: 1 });
  });

  test("merges hold what git holds, also where neither parent differs from it", async () => {
    const one = (area: number, name = "France") => ({ "data/fr.json": { ...fr, area, name }, "data/de.json": de });
    const repo = repository()
      .commit({ name: "root", files: one(1) })
      // Both sides end up with the same file in different ways: the merged view of their histories is another one.
      .commit({ name: "a1", parents: ["root"], files: one(5) })
      .commit({ name: "a2", parents: ["a1"], files: one(1) })
      .commit({ name: "a3", parents: ["a2"], files: one(2) })
      .commit({ name: "b1", parents: ["root"], files: one(2) })
      .commit({ name: "b2", parents: ["b1"], files: one(3) })
      .commit({ name: "b3", parents: ["b2"], files: one(4) })
      .commit({ name: "b4", parents: ["b3"], files: one(2) })
      .commit({ name: "b5", parents: ["b4"], files: { "data/de.json": de } })
      .commit({ name: "b6", parents: ["b5"], files: one(2) })
      .commit({ name: "merge", parents: ["a3", "b6"], files: one(2) })
      .commit({ name: "gone a", parents: ["root"], files: { "data/de.json": de } })
      .commit({ name: "gone b", parents: ["root"], files: { "data/de.json": { ...de, area: 4 } } })
      .commit({ name: "gone", parents: ["gone a", "gone b"], files: { "data/de.json": de } })
      .branch("master", "merge")
      .branch("gone", "gone");
    const database = await testDatabase();
    await importGit(database, { ...files, repository: repo.path });
    const states = await ImportedStates.read(database);
    const paths = ["data/fr.json", "data/de.json"] as const;
    expect(states.at(repo.sha("merge"), ...paths)).toEqual(
      new Map([
        [paths[0], { ...fr, area: 2 }],
        [paths[1], de],
      ]),
    );
    expect(states.at(repo.sha("gone"), ...paths)).toEqual(new Map([[paths[1], de]]));
  });

  test("merges of earlier and later imports", async () => {
    const repo = repository()
      .commit({ name: "root", files: { "data/fr.json": fr } })
      .commit({ name: "a", parents: ["root"], files: { "data/fr.json": { ...fr, area: 1 } } })
      .commit({ name: "b", parents: ["root"], files: { "data/fr.json": { ...fr, area: 2 } } })
      .branch("a", "a")
      .branch("b", "b");
    const database = await testDatabase();
    await importGit(database, { ...files, repository: repo.path });
    repo.commit({ name: "a again", parents: ["a"], files: { "data/fr.json": { ...fr, area: 2 } } });
    repo.commit({ name: "merge", parents: ["a again", "b"], files: { "data/fr.json": { ...fr, area: 2 } } });
    repo.branch("a", "merge");
    const summary = await importGit(database, { ...files, repository: repo.path });
    expect(summary).toMatchObject({ commits: 2, known: 3, records: 0 });
    const states = await ImportedStates.read(database);
    expect(states.at(repo.sha("merge"), "data/fr.json")).toEqual(new Map([["data/fr.json", { ...fr, area: 2 }]]));
  });
});

describe("frontiers", () => {
  test("branches, tags, other refs, and main", async () => {
    const repo = repository("trunk")
      .commit({ name: "a", files: list(fr), time: 1000 })
      .commit({ name: "side", parents: ["a"], files: list(fr), time: 5000 })
      .commit({
        name: "b",
        parents: ["a"],
        files: list(de),
        time: 3000,
        message: "second",
        author: "B <b@example.org>",
      })
      .commit({ name: "c", parents: ["b", "side"], files: list(fr, de), time: 2000 })
      .branch("trunk", "c")
      .branch("feature/x", "side")
      .branch("v1", "b")
      .tag("v1", "a")
      .tag("v2", "c")
      .ref("refs/pull/7/head", "side");
    repo.git("tag", "-a", "-m", "x", "annotated", repo.sha("b"));
    repo.git("tag", "-a", "-m", "x", "nested", "annotated");
    repo.git("update-ref", "refs/tags/tree", repo.git("rev-parse", `${repo.sha("a")}^{tree}`));
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path, refs: ["refs/*"] });
    expect(summary.problems).toEqual([{ ref: "refs/tags/tree", what: "it points to no commit" }]);
    expect(summary.frontiers).toEqual({ made: 9, moved: 0, unchanged: 0 });
    const found = await frontiers(database);
    const expected: [string, string, boolean][] = [
      ["annotated", "b", true],
      ["feature/x", "side", false],
      ["main", "c", false],
      ["nested", "b", true],
      ["refs/pull/7/head", "side", false],
      ["refs/tags/v1", "a", true],
      ["trunk", "c", false],
      ["v1", "b", false],
      ["v2", "c", true],
    ];
    expect([...found.values()].map(({ name, members, locked }) => [name, members, locked])).toEqual(
      expected.map(([name, commit, locked]) => [name, [repo.sha(commit)], locked]),
    );
    const commits = await importedCommits(database);
    const id = (name: string) => commits.get(repo.sha(name))?.id;
    const log = await frontierLog(database, "main");
    expect(log.map(({ time: _, ...row }) => row)).toEqual([
      {
        sequence: 1,
        cause: "IMPORT",
        author: "Ada Lovelace <ada@example.org>",
        message: "commit a",
        members: [id("a")],
        joined: [id("a")],
        left: [],
      },
      {
        sequence: 2,
        cause: "IMPORT",
        author: "B <b@example.org>",
        message: "second",
        members: [id("b")],
        joined: [id("b")],
        left: [id("a")],
      },
      {
        sequence: 3,
        cause: "IMPORT",
        author: "Ada Lovelace <ada@example.org>",
        message: "commit c",
        members: [id("c")],
        joined: [id("c")],
        left: [id("b")],
      },
    ]);
    // Committer times, never before the row before.
    expect(log.map((row) => row.time.getTime() / 1000)).toEqual([1000, 3000, 3000]);
    expect(found.get("main")).toMatchObject({ sequence: 3, incarnation: 1 });
    expect(found.get("v2")).toMatchObject({ sequence: 1, incarnation: 1 });
    expect(await frontierLog(database, "trunk")).toHaveLength(1);
    const rows = await database.pool.query(
      `select frontier, record, from_sequence, to_sequence, heads, state from omdb.latest_country
       where frontier = 'main' order by record`,
    );
    expect(rows.rows).toEqual(
      [["DEU", [id("b")], de] as const, ["FRA", [id("c")], fr] as const]
        .map(([key, heads, state]) => ({
          frontier: "main",
          record: recordIdOf(TYPE, key),
          from_sequence: 3,
          to_sequence: null,
          heads,
          state,
        }))
        .sort((a, b) => (a.record < b.record ? -1 : 1)),
    );
  });

  test("a default branch called main is main, and nothing else is", async () => {
    const repo = repository("main")
      .commit({ name: "a", files: list(fr) })
      .branch("main", "a")
      .tag("main", "a");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    expect([...(await frontiers(database)).keys()]).toEqual(["main", "refs/tags/main"]);
    const other = repository("trunk")
      .commit({ name: "a", files: list(de) })
      .commit({ name: "b", parents: ["a"], files: list() });
    other.branch("trunk", "a").branch("main", "b");
    const second = await testDatabase();
    await importGit(second, { repository: other.path });
    const found = await frontiers(second);
    expect([...found].map(([name, { members }]) => [name, members])).toEqual([
      ["main", [other.sha("a")]],
      ["refs/heads/main", [other.sha("b")]],
      ["trunk", [other.sha("a")]],
    ]);
  });

  test("only the refs that are asked for", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr) })
      .commit({ name: "b", parents: ["a"], files: list(de) })
      .commit({ name: "c", parents: ["a"], files: list() })
      .branch("master", "b")
      .ref("refs/pull/1/head", "c")
      .ref("refs/pull/10/head", "b");
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path, refs: ["pull/1"] });
    expect(summary).toMatchObject({ commits: 2, frontiers: { made: 1 } });
    expect([...(await frontiers(database)).keys()]).toEqual(["main", "refs/pull/1/head"]);
    expect((await frontiers(database)).get("main")?.members).toEqual([]);
  });

  test("a prefix keeps repositories apart", async () => {
    const one = repository()
      .commit({ name: "a", files: list(fr) })
      .branch("master", "a");
    const two = repository()
      .commit({ name: "a", files: list(de), message: "another" })
      .branch("master", "a")
      .tag("v1", "a");
    const database = await testDatabase();
    await importGit(database, { repository: one.path });
    const refused = await importGit(database, { repository: two.path });
    const what = "the frontier was not moved: it stands in another history, without a commit in common";
    expect(refused.problems).toEqual(
      ["main", "master"].map((frontier) => ({ ref: "refs/heads/master", frontier, what })),
    );
    const summary = await importGit(database, { repository: two.path, prefix: "two/" });
    expect(summary).toMatchObject({ commits: 0, problems: [], frontiers: { made: 2 } });
    const found = await frontiers(database);
    expect([...found.keys()]).toEqual(["main", "master", "two/master", "two/v1", "v1"]);
    expect(found.get("main")?.members).toEqual([one.sha("a")]);
  });
});

describe("repositories", () => {
  test("without commits give nothing", async () => {
    const database = await testDatabase();
    const before = await everything(database);
    const summary = await importGit(database, { repository: repository().path });
    expect(summary).toMatchObject({
      commits: 0,
      records: 0,
      frontiers: { made: 0, moved: 0, unchanged: 0 },
      problems: [],
    });
    expect(await everything(database)).toEqual(before);
  });

  test("that are none are named", async () => {
    const database = await testDatabase();
    await expect(importGit(database, { repository: "/nonexistent/x" })).rejects.toThrow(
      "/nonexistent/x is not a git repository",
    );
    await expect(importGit(database, { repository: "/usr" })).rejects.toThrow("/usr is not a git repository");
    await expect(importGit(database, { repository: "x.bundle" })).rejects.toThrow(/git clone --mirror x\.bundle/);
  });

  test("that are not complete are refused, and nothing moves", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr) })
      .branch("master", "a");
    repo.removeObject(`${repo.sha("a")}:c.json`);
    const database = await testDatabase();
    await expect(importGit(database, { repository: repo.path })).rejects.toThrow(
      /is missing: the repository is not complete/,
    );
    expect((await frontiers(database)).get("main")?.members).toEqual([]);
    expect((await importedCommits(database)).size).toBe(0);
  });
});

describe("merges", () => {
  const record = (area: number, more: object = {}) => ({ id: "FRA", area, ...more });

  /** The repository's commits that are not consistent, and how many operations are settled. */
  async function judged(repo: TestRepository): Promise<{ inconsistent: number[]; settled: number }> {
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    const history = await storedHistory(database.pool);
    const inconsistent = history.commits.filter((commit) => !history.isConsistent([commit]));
    return { inconsistent, settled: [...history.settlements.values()].flat().length };
  }

  test("settle what their parents do not agree on: edit against delete, both create, lists by position", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(record(1, { tags: ["x", "y"], deep: { inner: 1 } }), de) })
      .commit({
        name: "edit",
        parents: ["a"],
        files: list(record(1, { tags: ["x", "y", "z"], deep: { inner: 2 } }), { id: "ITA" }, de),
      })
      .commit({ name: "gone", parents: ["a"], files: list(record(1, { tags: ["w", "y"] }), { id: "ITA", n: 1 }) })
      .commit({
        name: "merge",
        parents: ["edit", "gone"],
        files: list(record(2, { tags: ["w"] }), { id: "ITA", n: 2 }, de),
      })
      .branch("master", "merge");
    const { inconsistent, settled } = await judged(repo);
    expect(inconsistent).toEqual([]);
    // The put below what vanished, the later create, and both edits of the list.
    expect(settled).toBeGreaterThanOrEqual(4);
  });

  test("settle nothing where their parents agree", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(record(1, { population: 1 })) })
      .commit({ name: "b", parents: ["a"], files: list(record(2, { population: 1 })) })
      .commit({ name: "c", parents: ["a"], files: list(record(1, { population: 2 })) })
      .commit({ name: "merge", parents: ["b", "c"], files: list(record(2, { population: 2 })) })
      .branch("master", "merge");
    expect(await judged(repo)).toEqual({ inconsistent: [], settled: 0 });
  });

  test("leave nothing for later ones: criss-cross, octopus, and an import that goes on", async () => {
    const tagged = (area: number, ...tags: string[]) => list(record(area, { tags }));
    const repo = repository()
      .commit({ name: "a", files: tagged(1, "x") })
      .commit({ name: "b", parents: ["a"], files: tagged(2, "x", "b") })
      .commit({ name: "c", parents: ["a"], files: tagged(3, "c", "x") })
      .commit({ name: "d", parents: ["a"], files: list() })
      .commit({ name: "bc", parents: ["b", "c"], files: tagged(4, "c", "x", "b") })
      .commit({ name: "cb", parents: ["c", "b"], files: tagged(5, "x") })
      .branch("master", "bc");
    const database = await testDatabase();
    await importGit(database, { repository: repo.path });
    repo
      .commit({ name: "cross", parents: ["bc", "cb"], files: tagged(6, "y") })
      .commit({ name: "all", parents: ["cross", "d", "b"], files: tagged(7, "y", "z") })
      .branch("master", "all");
    await importGit(database, { repository: repo.path });
    const history = await storedHistory(database.pool);
    expect(history.commits).toHaveLength(8);
    expect(history.commits.filter((commit) => !history.isConsistent([commit]))).toEqual([]);
    expect(history.settlements.size).toBeGreaterThanOrEqual(3);
  });
});

describe("a first import", () => {
  const content = (file: string, key: string | null = "id") => ({ file, key });

  test.each<[string, GitImport["content"], RegExp]>([
    ["a file", content("typo.json"), /no commit of these refs holds the file "typo.json"/],
    ["a folder", content("data"), /no commit of these refs holds the file "data"/],
    ["a file of a branch that is not chosen", content("side.json"), /the file "side.json"/],
    ["files", { files: "date/*.json" }, /holds a file that matches "date\/\*\.json"/],
  ])("of %s that no commit holds is refused, and nothing is stored", async (_, wanted, message) => {
    const repo = repository()
      .commit({ name: "a", files: { ...list(fr), "data/x.json": fr } })
      .commit({ name: "side", files: { "side.json": [fr] } })
      .branch("master", "a")
      .branch("side", "side");
    const database = await testDatabase();
    const before = await everything(database);
    const options = { repository: repo.path, refs: ["heads/master"], content: wanted };
    await expect(importGit(database, options)).rejects.toThrow(message);
    expect(await everything(database)).toEqual(before);
  });

  test.each<[string, GitImport["content"]]>([
    ["a file", content("gone.json")],
    ["files", { files: "go*.json" }],
  ])("of %s that only a merged branch ever held brings it", async (_, wanted) => {
    const repo = repository()
      .commit({ name: "a", files: list(fr) })
      .commit({ name: "b", parents: ["a"], files: { ...list(fr), "gone.json": { GBR: fr } } })
      .commit({ name: "c", parents: ["a"], files: list(de) })
      .commit({ name: "d", parents: ["c", "b"], files: list(de) })
      .branch("master", "d");
    const database = await testDatabase();
    const named = "file" in wanted ? { ...wanted, key: null } : wanted;
    expect(await importGit(database, { repository: repo.path, content: named })).toMatchObject({
      commits: 4,
      records: 1,
    });
  });

  test("takes a list without a key member for nothing where an object came later, or before", async () => {
    const repo = repository()
      .commit({ name: "a", files: { "c.json": { FRA: fr } } })
      .commit({ name: "b", parents: ["a"], files: list(de) })
      .commit({ name: "c", parents: ["b"], files: { "c.json": { FRA: fr, DEU: de } } })
      .branch("old", "b")
      .branch("master", "c");
    const database = await testDatabase();
    const { problems } = await importGit(database, { repository: repo.path, content: content("c.json", null) });
    expect(problems).toEqual([{ sha: repo.sha("b"), what: "the file holds a list, and no member names its records" }]);
    const states = await ImportedStates.read(database);
    expect(states.at(repo.sha("b"), "FRA", "DEU")).toEqual(new Map([["FRA", fr]]));
    expect(states.at(repo.sha("c"), "FRA", "DEU").size).toBe(2);
  });
});

test("a pattern that no ref has is told", async () => {
  const repo = repository()
    .commit({ name: "a", files: list(fr) })
    .branch("master", "a");
  const refs = ["heads/*", "pulls/*"];
  const { problems } = await importGit(await testDatabase(), { repository: repo.path, refs });
  expect(problems).toEqual([{ ref: "pulls/*", what: "there is no ref of this name" }]);
});
