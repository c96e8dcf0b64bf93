/** Reading git: objects and trees of all kinds, and repositories of all shapes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CatFile } from "../../src/cli/git/catFile";
import { summaryLines } from "../../src/cli/git/summary";
import { nameFrontiers } from "../../src/cli/git/frontierNames";
import { parseCommit } from "../../src/cli/git/history";
import { gitLines, gitOutput } from "../../src/cli/git/process";
import { refMatcher } from "../../src/cli/git/refs";
import { openRepository } from "../../src/cli/git/repository";
import { treeDiffs, type TreeChange } from "../../src/cli/git/treeDiff";
import { testDatabase } from "../support/database";
import { TestRepository } from "../support/gitRepository";
import { frontiers, importedCommits, ImportedStates, importGit } from "../support/imported";

const repositories: TestRepository[] = [];
const folder = mkdtempSync(path.join(tmpdir(), "omdb-reading-"));
afterAll(() => {
  for (const made of repositories) made.delete();
  rmSync(folder, { recursive: true });
});

function repository(): TestRepository {
  const made = new TestRepository();
  repositories.push(made);
  return made;
}
const list = (...records: unknown[]) => ({ "c.json": records });
const fr = { id: "FRA", area: 1 };

/** A commit of a tree that is written by hand: lines of `git mktree`. */
function commitTree(
  repo: TestRepository,
  entries: readonly (readonly [mode: string, id: string, name: string | Buffer])[],
  ...parents: string[]
) {
  const type = (mode: string) => (mode === "040000" ? "tree" : mode === "160000" ? "commit" : "blob");
  const parts = entries.flatMap(([mode, id, name]) => [
    Buffer.from(`${mode} ${type(mode)} ${id}\t`),
    Buffer.from(name),
    Buffer.from("\0"),
  ]);
  const tree = repo.gitWithInput(Buffer.concat(parts), "mktree", "-z", "--missing");
  return { tree, sha: repo.git("commit-tree", tree, "-m", "by hand", ...parents.flatMap((parent) => ["-p", parent])) };
}
const blob = (repo: TestRepository, content: string) => repo.gitWithInput(content, "hash-object", "-w", "--stdin");

describe("cat-file", () => {
  test("gives objects of any size in the order asked, null for what is not there", async () => {
    const repo = repository();
    const contents = ["", "\n", "x".repeat(65_536), "y".repeat(300_000), "last"];
    const ids = contents.map((content) => blob(repo, content));
    const catFile = new CatFile(await openRepository(repo.path));
    try {
      const names = [...ids, "0".repeat(40), "no such name", ...ids.reverse()];
      const objects = await Promise.all(names.map((name) => catFile.read(name)));
      const expected = [...contents, null, null, ...contents.reverse()];
      expect(objects.map((object) => object?.content?.toString() ?? null)).toEqual(expected);
      expect(objects[0]).toMatchObject({ type: "blob", size: 0 });
    } finally {
      await catFile.close();
    }
  });

  test("passes over what is larger than allowed", async () => {
    const repo = repository();
    const [large, small] = [blob(repo, "x".repeat(1_000_000)), blob(repo, "small")];
    const catFile = new CatFile(await openRepository(repo.path));
    try {
      const objects = await Promise.all([catFile.read(large, 999_999), catFile.read(small, 5), catFile.read(small, 4)]);
      expect(objects.map((object) => [object?.size, object?.content?.toString()])).toEqual([
        [1_000_000, undefined],
        [5, "small"],
        [5, undefined],
      ]);
    } finally {
      await catFile.close();
    }
  });

  test("rejects what is asked when it is closed, or when git ends", async () => {
    const repo = repository();
    const catFile = new CatFile(await openRepository(repo.path));
    const waiting = catFile.read("HEAD");
    const refused = expect(waiting).rejects.toThrow("closed");
    await catFile.close();
    await refused;
    await expect(catFile.read("HEAD")).rejects.toThrow("closed");
    const broken = new CatFile({ ...(await openRepository(repo.path)), gitDirectory: "/nonexistent" });
    await expect(broken.read("HEAD")).rejects.toThrow(/git cat-file failed: fatal: not a git repository/);
    await broken.close();
  });
});

describe("git itself", () => {
  test("fails with what it said", async () => {
    const { gitDirectory } = await openRepository(repository().path);
    await expect(gitOutput(gitDirectory, ["rev-parse", "--verify", "nothing"])).rejects.toThrow(
      /^git rev-parse failed: fatal: /,
    );
    const lines = async () => {
      for await (const line of gitLines(gitDirectory, ["rev-list", "nothing"])) void line;
    };
    await expect(lines()).rejects.toThrow(/^git rev-list failed: fatal: /);
  });
});

test("tree diffs tell of every pair, in order, whatever the paths", async () => {
  const repo = repository();
  const id = blob(repo, "x");
  const odd = ["a\nb", "tab\t", "ü", ":colon", " 100644 x"].map((name) => ["100644", id, name] as const);
  const bytes = ["100644", id, Buffer.from([0x61, 0xff])] as const;
  const one = commitTree(repo, [...odd, bytes]);
  const two = commitTree(repo, [...odd.slice(1), ["120000", id, "link"], ["160000", "1".repeat(40), "module"], bytes]);
  const opened = await openRepository(repo.path);
  const sections: TreeChange[][] = [];
  const pairs: [string, string][] = [
    [one.tree, one.tree],
    [opened.emptyTree, one.tree],
    [one.tree, two.tree],
    [two.tree, opened.emptyTree],
    [two.tree, two.tree],
  ];
  for await (const section of treeDiffs(opened, pairs, null)) sections.push(section);
  const shown = sections.map((section) =>
    section.map(({ path, file }) => [path.toString("latin1"), file && (file.link ? "link" : "file")]),
  );
  const names = [...odd.map(([, , name]) => Buffer.from(name).toString("latin1")), "a\xff"];
  expect(shown.map((section) => section.sort())).toEqual([
    [],
    names.map((name) => [name, "file"]).sort(),
    [
      ["a\nb", null],
      ["link", "link"],
      ["module", null],
    ],
    [...names.slice(1), "link", "module"].map((name) => [name, null]).sort(),
    [],
  ]);
  expect(sections[1]?.every(({ file }) => file?.id === id)).toBe(true);
});

test.each<[string, Partial<ReturnType<typeof parseCommit>>]>([
  [
    "author A U Thor <a@b> 1 +0000\ncommitter C <c@d> 2 +0000\n\nHi\n\nthere\n\n",
    { author: "A U Thor <a@b>", message: "Hi\n\nthere", problems: [] },
  ],
  ["author <a@b> -5 -0330\n\n", { author: "<a@b>", message: "" }],
  [
    "author A <<x>> 7 +0000\ngpgsig -----\n author Not me <x> 1 +0000\n \n end\n\nsigned",
    { author: "A <<x>>", message: "signed" },
  ],
  ["author  1 +0000\n\nx", { author: null }],
  ["\nonly a message", { author: null, message: "only a message" }],
  ["", { author: null, message: "" }],
  [
    "author A \u{1f600}\u{1f600}\u{1f600} 1 +0000\n\nx",
    { author: "A \u{1f600}", problems: ["the author's name is cut: it is too long"] },
  ],
])("the commit %j is read", (text, expected) => {
  expect(
    parseCommit(Buffer.from(text), { nameLength: expected.problems?.length ? 5 : 100, messageLength: 100 }),
  ).toMatchObject(expected);
});

test.each([
  ["refs/*", ["refs/heads/a", "refs/pull/1/head", "refs/stash"], []],
  ["refs/pull/*", ["refs/pull/1/head"], ["refs/heads/pull", "refs/pull"]],
  ["refs/pull/*/head", ["refs/pull/1/head", "refs/pull/a/b/head"], ["refs/pull/1/merge", "refs/pull/1/headx"]],
  ["pull", ["refs/pull/1/head"], ["refs/pullx/1", "refs/heads/pull"]],
  ["refs/heads/a", ["refs/heads/a", "refs/heads/a/b"], ["refs/heads/ab"]],
  ["heads/a.b", ["refs/heads/a.b"], ["refs/heads/axb"]],
])("the pattern %j matches what it should", (pattern, matching, others) => {
  const matches = refMatcher([pattern]);
  expect([matching.filter(matches), others.filter(matches)]).toEqual([matching, []]);
});

test("names of frontiers never collide, and are not too long", () => {
  const refs = ["refs/heads/x", "refs/heads/refs/tags/x", "refs/tags/x", `refs/heads/${"l".repeat(30)}`, "refs/x"];
  const { frontiers, problems } = nameFrontiers(
    refs.map((name) => ({ name, commit: "c" })),
    "refs/heads/x",
    { prefix: "", nameLength: 20 },
  );
  expect(frontiers.map(({ name, ref }) => [name, ref])).toEqual([
    ["main", "refs/heads/x"],
    ["x", "refs/heads/x"],
    ["refs/tags/x", "refs/heads/refs/tags/x"],
    ["refs/x", "refs/x"],
  ]);
  expect(problems).toEqual([
    { ref: refs[3], what: "it gets no frontier: its name is longer than 20 characters" },
    { ref: "refs/tags/x", what: "it gets no frontier: its name is taken" },
  ]);
});

test("a symbolic link says nothing about the records; a folder or a module is no file", async () => {
  const repo = repository().commit({ name: "a", files: list(fr) });
  const id = blob(repo, "elsewhere.json");
  const link = commitTree(repo, [["120000", id, "c.json"]], repo.sha("a"));
  const inner = commitTree(repo, [["100644", id, "x"]]);
  const dir = commitTree(repo, [["040000", inner.tree, "c.json"]], repo.sha("a"));
  const module = commitTree(repo, [["160000", "1".repeat(40), "c.json"]], repo.sha("a"));
  for (const [name, { sha }] of Object.entries({ link, dir, module }))
    repo.git("update-ref", `refs/heads/${name}`, sha);
  const database = await testDatabase();
  const summary = await importGit(database, { repository: repo.path });
  expect(summary.problems).toEqual([{ sha: link.sha, what: "the file is a symbolic link" }]);
  const states = await ImportedStates.read(database);
  expect(states.at(link.sha, "FRA").size).toBe(1);
  expect(states.at(dir.sha, "FRA").size).toBe(0);
  expect(states.at(module.sha, "FRA").size).toBe(0);
});

test("--files takes odd paths, and passes over those that are no text", async () => {
  const repo = repository();
  const id = blob(repo, '{"n":1}');
  const { tree } = commitTree(repo, [
    ["100644", id, "line\nbreak.json"],
    ["100644", id, 'ü "quoted".json'],
    ["120000", id, "link.json"],
    ["100644", id, Buffer.from("\xff.json", "latin1")],
    ["100644", id, ".hidden.json"],
  ]);
  const { sha } = commitTree(repo, [["040000", tree, "data"]]);
  repo.git("update-ref", "refs/heads/master", sha);
  const database = await testDatabase();
  const summary = await importGit(database, { repository: repo.path, content: { files: "data/*.json" } });
  expect(summary.problems).toEqual([
    { sha, key: "data/\ufffd.json", what: "a file whose path is not valid UTF-8 is skipped" },
    { sha, key: "data/link.json", what: "the file is a symbolic link" },
  ]);
  const states = await ImportedStates.read(database);
  expect([...states.at(sha, "data/line\nbreak.json", 'data/ü "quoted".json').values()]).toEqual([{ n: 1 }, { n: 1 }]);
});

describe("repositories", () => {
  test("with a work tree, and work trees of others", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr) })
      .branch("master", "a")
      .branch("other", "a");
    const clone = path.join(folder, "clone");
    const tree = path.join(folder, "tree");
    const git = (...args: string[]) => execFileSync("git", args, { stdio: "pipe" });
    git("clone", "--quiet", repo.path, clone);
    git("-C", clone, "worktree", "add", "--quiet", "-b", "here", tree);
    for (const [repositoryPath, names] of [
      [clone, ["here", "main", "master"]],
      [path.join(clone, ".git"), ["here", "main", "master"]],
      [tree, ["here", "main", "master"]],
    ] as const) {
      const database = await testDatabase();
      expect(await importGit(database, { repository: repositoryPath })).toMatchObject({ commits: 1, problems: [] });
      expect([...(await frontiers(database)).keys()]).toEqual(names);
    }
  });

  test("that are shallow begin where they were cut, and are told apart from whole ones", async () => {
    const repo = repository()
      .commit({ name: "a", files: list(fr) })
      .commit({ name: "b", parents: ["a"], files: list({ ...fr, area: 2 }) })
      .branch("master", "b");
    const shallow = path.join(folder, "shallow");
    execFileSync("git", ["clone", "--quiet", "--bare", "--depth", "1", `file://${repo.path}`, shallow], {
      stdio: "pipe",
    });
    const database = await testDatabase();
    const cut = await importGit(database, { repository: shallow });
    expect(cut).toMatchObject({ commits: 1, problems: [{ what: expect.stringContaining("shallow") as string }] });
    expect(summaryLines(cut)).toContainEqual(expect.stringMatching(/^ {2}the repository is shallow: /));
    expect((await importedCommits(database)).get(repo.sha("b"))).toMatchObject({
      parents: [],
      operations: ["create []"],
    });
    // The same commit with its past is another commit; frontiers of the one are not moved to the other.
    const whole = await importGit(database, { repository: repo.path });
    expect(whole).toMatchObject({ commits: 2, frontiers: { made: 0, moved: 0, unchanged: 2 } });
    expect(whole.problems).toHaveLength(2);
  });

  test("whose objects have SHA-256 names", async () => {
    const bare = path.join(folder, "sha256");
    const git = (input: string, ...args: string[]) =>
      execFileSync("git", ["-C", bare, "-c", "user.name=x", "-c", "user.email=x@y", ...args], { input, stdio: "pipe" })
        .toString()
        .trim();
    execFileSync("git", ["init", "--quiet", "--bare", "--object-format=sha256", "--initial-branch=master", bare], {
      stdio: "pipe",
    });
    const content = git(JSON.stringify([fr]), "hash-object", "-w", "--stdin");
    const tree = git(`100644 blob ${content}\tc.json\n`, "mktree");
    const sha = git("", "commit-tree", tree, "-m", "x");
    git("", "update-ref", "refs/heads/master", sha);
    const database = await testDatabase();
    expect(await importGit(database, { repository: bare })).toMatchObject({ commits: 1, records: 1, problems: [] });
    expect((await ImportedStates.read(database)).at(sha, "FRA").get("FRA")).toEqual(fr);
  });

  test("with times that no date can say", async () => {
    const repo = repository();
    const content = blob(repo, JSON.stringify([fr]));
    const tree = repo.gitWithInput(`100644 blob ${content}\tc.json\n`, "mktree");
    const write = (time: string, parent: string) =>
      repo.gitWithInput(
        `tree ${tree}\n${parent}author A <a@b> 1 +0000\ncommitter C <c@d>${time}\n\nx`,
        "hash-object",
        "-t",
        "commit",
        "-w",
        "--stdin",
        "--literally",
      );
    const far = write(" 999999999999 +0000", "");
    const none = write("", `parent ${far}\n`);
    repo.git("update-ref", "refs/heads/master", none);
    const database = await testDatabase();
    const summary = await importGit(database, { repository: repo.path });
    const commits = await importedCommits(database);
    expect(commits.get(far)?.ts).toEqual(new Date("9999-12-31T23:59:59Z"));
    expect(commits.get(none)?.ts).toEqual(new Date(0));
    expect(summary.problems).toEqual([
      { sha: far, what: "the commit's time is out of range: 999999999999" },
      { sha: none, what: "the commit has no time that git can read" },
    ]);
    expect(await importGit(database, { repository: repo.path })).toMatchObject({
      commits: 0,
      frontiers: { unchanged: 2 },
    });
  });
});
