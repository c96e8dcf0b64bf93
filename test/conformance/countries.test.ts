/**
 * The real history of a real file: for every commit of it and every record, omdb holds what git holds, read through
 * GraphQL. The data (mledoze/countries, Open Database License 1.0) are not part of this project.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { equalJson } from "../../src/core/equality";
import type { CommitId, RecordId } from "../../src/core/ids";
import type { Json, JsonObject, State } from "../../src/core/json";
import type { PatchStep } from "../../src/core/patchBetween";
import type { ImportSummary } from "../../src/cli/git/summary";
import { recordIdOf } from "../../src/store/import/recordIds";
import { testApi, type Data, type TestApi } from "../support/graphql";
import { everything, importedCommits, importGit, TYPE, type ImportedCommit } from "../support/imported";
import { patched } from "../support/naivePatch";
import { NaiveHistory } from "../support/naiveStates";
import { readmeExamples } from "../support/readme";

const BUNDLE = path.resolve(__dirname, "../../../shared/data/countries.bundle");
const FILE = "countries.json";
const describeWithBundle = existsSync(BUNDLE) ? describe : describe.skip;
const REASON = existsSync(BUNDLE) ? "" : ` (skipped: there is no ${BUNDLE})`;

/** Views that one document asks for. */
const VIEWS = 50;
const PATIENCE_MS = 600_000;

describeWithBundle(`the history of countries.json${REASON}`, () => {
  let folder: string;
  let repository: string;
  let api: TestApi;
  let summary: ImportSummary;
  let commits: Map<string, ImportedCommit>;

  const git = (...args: string[]): Buffer =>
    execFileSync("git", ["-C", repository, ...args], { maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "pipe"] });
  /** The file in each of some commits. */
  const fileAt = (shas: readonly string[]): Buffer[] => {
    const input = shas.map((sha) => `${sha}:${FILE}\n`).join("");
    const output = execFileSync("git", ["-C", repository, "cat-file", "--batch"], { input, maxBuffer: 2 ** 30 });
    let end = 0;
    return shas.map(() => {
      const start = output.indexOf("\n", end) + 1;
      const [, type, size] = output.toString("latin1", end, start - 1).split(" ");
      if (type !== "blob") throw new Error(output.toString("latin1", end, start));
      end = start + Number(size) + 1;
      return output.subarray(start, end - 1);
    });
  };
  const run = () => importGit(api.database, { repository, content: { file: FILE, key: "cca3" }, refs: ["refs/*"] });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "omdb-countries-"));
    repository = path.join(folder, "countries.git");
    execFileSync("git", ["clone", "--quiet", "--mirror", BUNDLE, repository], { stdio: "pipe" });
    api = await testApi();
    summary = await run();
    commits = await importedCommits(api.database);
  }, PATIENCE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("every commit of git is a commit of omdb, and every ref a frontier", () => {
    const lines = git("rev-list", "--all", "--parents").toString().trim().split("\n");
    expect(summary).toMatchObject({ commits: lines.length, merges: 46, known: 0 });
    expect(commits.size).toBe(586);
    for (const line of lines) {
      const [sha = "", ...parents] = line.split(" ");
      expect(commits.get(sha)?.parents.sort()).toEqual(parents.sort());
    }
    const refs = git("for-each-ref", "--format=%(refname)").toString().trim().split("\n");
    // Each its own, and main.
    expect(summary.frontiers).toEqual({ made: refs.length + 1, moved: 0, unchanged: 0 });
    const problems = (pattern: RegExp) =>
      new Set(summary.problems.filter((found) => pattern.test(found.what)).map((found) => found.sha)).size;
    expect([problems(/^the file is not valid/), problems(/repeats a key/), problems(/has no key/)]).toEqual([
      27, 22, 2,
    ]);
  });

  test(
    "every country in every commit is what git holds",
    async () => {
      const naive = await NaiveHistory.read(api.database.pool);
      const all = [...commits];
      let compared = 0;
      const mismatches: string[] = [];
      for (let start = 0; start < all.length; start += VIEWS) {
        const chunk = all.slice(start, start + VIEWS);
        const views = await statesThroughGraphql(
          api,
          chunk.map(([, commit]) => commit.id),
        );
        const contents = fileAt(chunk.map(([sha]) => sha));
        for (const [place, [sha, commit]] of chunk.entries()) {
          const expected = expectedStates(contents[place]!) ?? naive.states(naive.parentsOf(commit.id));
          const found = views.get(commit.id) ?? new Map<RecordId, Json>();
          for (const record of new Set([...expected.keys(), ...found.keys()])) {
            compared += 1;
            if (!isSame(found.get(record), expected.get(record))) mismatches.push(`${sha} ${record}`);
          }
        }
      }
      expect(mismatches).toEqual([]);
      expect(compared).toBeGreaterThan(586 * 200);
    },
    PATIENCE_MS,
  );

  test(
    "what a commit changed, applied to what its parents hold, is what it holds, and diffs across branches likewise",
    async () => {
      const naive = await NaiveHistory.read(api.database.pool);
      const all = [...commits.values()].map(({ id }) => id);
      // Some commits and some merges against their parents, and a few against one far away.
      const pairs = all
        .filter((id, index) => index % 25 === 0 || (index % 3 === 0 && naive.parentsOf(id).length > 1))
        .map((id): [readonly CommitId[], CommitId] => [naive.parentsOf(id), id]);
      const far = all.filter((_, index) => index % 120 === 0).map((id): [CommitId[], CommitId] => [[all.at(-1)!], id]);
      let changed = 0;
      for (const [from, to] of [...pairs, ...far]) {
        const data = await api.run<{ diff: { nodes: Change[]; pageInfo: { hasNextPage: boolean } } }>(
          `{ diff(from: { commits: [${from.join()}] }, to: { commit: ${to} }, first: 1000) {
               nodes { record { uuid } patch } pageInfo { hasNextPage } } }`,
        );
        expect(data.diff.pageInfo.hasNextPage).toBe(false);
        const states = new Map<RecordId, State>(naive.states(from));
        for (const { record, patch } of data.diff.nodes) {
          const after = patched(states.get(record.uuid), patch);
          if (after === undefined) states.delete(record.uuid);
          else states.set(record.uuid, after);
        }
        changed += data.diff.nodes.length;
        const expected = naive.states([to]);
        const differ = [...new Set([...states.keys(), ...expected.keys()])].filter((record) => {
          const [patchedTo, held] = [states.get(record), expected.get(record)];
          return patchedTo === undefined || held === undefined || !equalJson(patchedTo, held);
        });
        expect({ from, to, differ }).toEqual({ from, to, differ: [] });
      }
      expect(pairs.length).toBeGreaterThan(30);
      expect(changed).toBeGreaterThan(500);
    },
    PATIENCE_MS,
  );

  test(
    "a second import changes nothing",
    async () => {
      const before = await everything(api.database);
      expect(await run()).toMatchObject({ commits: 0, records: 0, operations: 0, problems: [], notes: [] });
      expect(await everything(api.database)).toEqual(before);
    },
    PATIENCE_MS,
  );

  test("main can be read as it stood at the time of each first-parent commit", async () => {
    const line = git("rev-list", "--first-parent", "--reverse", "HEAD").toString().trim().split("\n");
    const { rows } = await api.database.pool.query<{ members: CommitId[]; time: Date }>(
      `select members, "time" from omdb.frontier_log where frontier = 'main' order by sequence`,
    );
    expect(rows.map((row) => row.members)).toEqual(line.map((sha) => [commits.get(sha)?.id]));
    let monotone = 0;
    for (const [index, sha] of line.entries()) {
      monotone = Math.max(monotone, commits.get(sha)?.ts.getTime() ?? NaN);
      expect(rows[index]?.time.getTime()).toBe(monotone);
    }
  });

  test("the example of README says what comes of it", async () => {
    const { query, results } = readmeExamples.at(-1)!;
    expect({ data: await api.run(query) }).toEqual(JSON.parse(results.join("")));
  });

  test(
    "all merges can be previewed between their parents, in either order, and settle what does not hold",
    async () => {
      const naive = await NaiveHistory.read(api.database.pool);
      const settlements = await api.database.pool.query<{ commit: CommitId }>(
        `select distinct "commit" from omdb.settlements`,
      );
      const settling = new Set(settlements.rows.map((row) => row.commit));
      const merges = [...commits.values()].filter(({ id }) => naive.parentsOf(id).length > 1);
      expect(merges).toHaveLength(46);
      let compatible = 0;
      for (const { id } of merges) {
        const parents = naive.parentsOf(id);
        const there = await preview(api, parents);
        const back = await preview(api, parents.toReversed());
        expect(back.compatible).toBe(there.compatible);
        expect(placesOf(there)).toHaveLength(there.conflicts.totalCount);
        expect(placesOf(back)).toEqual(placesOf(there));
        // What the import settles is exactly what does not hold.
        expect([id, settling.has(id)]).toEqual([id, !there.compatible]);
        expect(there.minimalConflicts).toEqual(there.compatible ? [] : [[0, 1]]);
        expect(await mergedStates(api, parents)).toEqual(naive.states(parents));
        if (there.compatible) compatible += 1;
      }
      expect(compatible).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  test("two branches merge into master, and main holds what replay gives", async () => {
    for (const name of ["refs/heads/build-refactoring", "refs/heads/update-geojson"].map(branchName)) {
      const result = await api.run(
        `mutation ($from: String!) { merge(input: { into: "main", from: { frontier: $from }, strategy: THEIRS }) {
           __typename ... on Error { message } ... on CommitPayload { frontier { commits { number } } } } }`,
        { from: name },
      );
      expect(result.merge).toMatchObject({ __typename: "CommitPayload" });
    }
    const { frontier } = await api.run(`{ frontier { commits { number } records(type: "${TYPE}", first: 1000) {
      nodes { record { uuid } state } } } }`);
    const naive = await NaiveHistory.read(api.database.pool);
    const expected = naive.states(frontier.commits.map((commit: { number: string }) => Number(commit.number)));
    const found = frontier.records.nodes.map((node: { record: { uuid: string }; state: Json }) => [
      node.record.uuid,
      node.state,
    ]);
    expect(new Map(found)).toEqual(expected);
  });
});

const texts = new WeakMap<object, string>();

/** A state as JSON: many commits hold the very same one. */
function textOf(state: Json | undefined): string | undefined {
  if (typeof state !== "object" || state === null) return JSON.stringify(state);
  const text = texts.get(state) ?? JSON.stringify(state);
  texts.set(state, text);
  return text;
}

/** The same text is the same value; others may differ in the order of their members only. */
const isSame = (found: Json | undefined, expected: Json | undefined): boolean =>
  textOf(found) === JSON.stringify(expected) || isDeepStrictEqual(found, expected);

/** What a branch's frontier is called. */
const branchName = (ref: string): string => ref.replace("refs/heads/", "");

async function preview(api: TestApi, versions: readonly CommitId[]) {
  const { mergePreview } = await api.run(
    `query ($versions: [VersionInput!]!) { mergePreview(versions: $versions) {
       compatible minimalConflicts overlaps { totalCount }
       conflicts(first: 1000) { totalCount nodes { record { uuid } path operation { number } } } } }`,
    { versions: versions.map((commit) => ({ commit: String(commit) })) },
  );
  return mergePreview;
}

/** The conflicts of a preview, each by its record, its path and the operation that would break, in one order for all. */
const placesOf = ({ conflicts }: Data): string[] =>
  conflicts.nodes
    .map(({ record, path: at, operation }: Data) => JSON.stringify([record.uuid, at, operation?.number]))
    .sort();

async function mergedStates(api: TestApi, versions: readonly CommitId[]): Promise<Map<RecordId, Json>> {
  const { view } = await api.run<{ view: { records: { nodes: Node[] } } }>(
    `query ($commits: [BigInt!]!) { view(at: { commits: $commits }) {
       records(type: "${TYPE}", first: 1000) { nodes { record { uuid } state } } } }`,
    { commits: versions.map(String) },
  );
  return new Map(view.records.nodes.map((node) => [node.record.uuid, node.state]));
}

async function statesThroughGraphql(
  api: TestApi,
  ids: readonly CommitId[],
): Promise<Map<CommitId, Map<RecordId, Json>>> {
  const fields = ids.map(
    (id) => `c${id}: view(at: { commit: "${id}" }) {
      records(type: "${TYPE}", first: 1000) { nodes { record { uuid } state } pageInfo { hasNextPage } } }`,
  );
  // The result as it is: a copy of all these states would cost as much as reading them.
  const { data, errors } = await api.execute(`{ ${fields.join("\n")} }`);
  expect(errors).toBeUndefined();
  const found = data as Record<string, { records: { nodes: Node[]; pageInfo: { hasNextPage: boolean } } }>;
  return new Map(
    ids.map((id) => {
      const { nodes, pageInfo } = found[`c${id}`]?.records ?? { nodes: [], pageInfo: { hasNextPage: true } };
      expect(pageInfo.hasNextPage).toBe(false);
      return [id, new Map(nodes.map((node) => [node.record.uuid, node.state]))];
    }),
  );
}

interface Change {
  readonly record: { readonly uuid: RecordId };
  readonly patch: readonly PatchStep[];
}

interface Node {
  readonly record: { readonly uuid: RecordId };
  readonly state: Json;
}

const ids = new Map<string, RecordId>();

function idOf(key: string): RecordId {
  const id = ids.get(key) ?? recordIdOf(TYPE, key);
  ids.set(key, id);
  return id;
}

/** What a file says, by the letter: the first element with a key counts. Null where it says nothing. */
function expectedStates(content: Buffer): Map<RecordId, JsonObject> | null {
  let list: JsonObject[];
  try {
    list = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content)) as JsonObject[];
  } catch {
    return null;
  }
  const states = new Map<string, JsonObject>();
  for (const country of list) {
    const key = country["cca3"];
    if (typeof key === "string" && !states.has(key)) states.set(key, country);
  }
  return new Map([...states].map(([key, country]) => [idOf(key), country]));
}
