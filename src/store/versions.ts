/** Versions by name: a frontier, a commit, a set of commits, a frontier as it stood. */
import { maximal, type Antichain } from "../core/antichain";
import { InvalidInput, LimitExceeded, NotFound, type InputPath } from "../core/errors";
import type { CommitId, RecordId } from "../core/ids";
import type { State } from "../core/json";
import { quoted } from "../core/quote";
import type { Sql } from "./database";
import { rowsOf, type FrontierRow } from "./frontiers";
import type { RowsAt } from "./rowsAt";
import type { Store } from "./store";

export type VersionName =
  | { readonly kind: "frontier"; readonly frontier: string }
  | { readonly kind: "commit"; readonly commit: CommitId }
  | { readonly kind: "commits"; readonly commits: readonly CommitId[] }
  | { readonly kind: "sequence"; readonly frontier: string; readonly sequence: number }
  | { readonly kind: "time"; readonly frontier: string; readonly time: Date };

/** What a version is made of; from a frontier's present also the sequence at which it was read. */
export interface Version {
  readonly commits: Antichain;
  /** It is what a frontier holds or held, and thus consistent. */
  readonly isFrontier?: true;
  /** Where rows of `latest_<type>` hold exactly this version. */
  readonly rows?: RowsAt;
  /** Operations that are tried on it, and not stored. */
  readonly trial?: Trial;
}

/** What operations that are tried make of a version. */
export interface Trial {
  /** Tells trials on one version apart. */
  readonly name: string;
  /** The records that they change, as they leave them. */
  readonly states: ReadonlyMap<RecordId, State>;
  /** The types of the records among them that are new. */
  readonly created: ReadonlyMap<RecordId, string>;
}

/**
 * The maximal ones of some commits.
 * @param at where their list stands in the input
 * @throws NotFound naming the place of a commit that does not exist, LimitExceeded
 */
export async function antichainOf(
  store: Store,
  commits: readonly CommitId[],
  at: InputPath,
  placeOf = (index: number): InputPath => [...at, index],
): Promise<Antichain> {
  if (commits.length > store.limits.commitsPerVersion) {
    throw new LimitExceeded(
      `A version names at most ${store.limits.commitsPerVersion} commits.`,
      at,
      "commitsPerVersion",
      store.limits.commitsPerVersion,
    );
  }
  const missing = await store.commits.ensure(commits);
  if (missing[0] !== undefined) {
    throw new NotFound(`There is no commit ${missing[0]}.`, placeOf(commits.indexOf(missing[0])));
  }
  return maximal(store.commits.graph, commits);
}

/**
 * One commit as a version.
 * @param at where its number stands in the input
 * @throws NotFound
 */
export const versionOfCommit = (store: Store, commit: CommitId, at: InputPath): Promise<Antichain> =>
  antichainOf(store, [commit], at, () => at);

/** A frontier's present as a version. */
export async function presentOf(store: Store, frontier: FrontierRow): Promise<Version> {
  const commits = await antichainOf(store, frontier.members, []);
  if (!frontier.materialised) return { commits, isFrontier: true };
  return { commits, isFrontier: true, rows: rowsOf(frontier) };
}

/** Reads a frontier; a document passes one that reads each frontier once, so that its parts belong together. */
export type ReadFrontier = (name: string) => Promise<FrontierRow | undefined>;

/**
 * Finds a version.
 * @param at where its name stands in the input; of a frontier as it stood: what holds `frontier` and `point`
 * @throws NotFound, InvalidInput (a sequence that is not reached yet), LimitExceeded
 */
export async function resolveVersion(
  store: Store,
  name: VersionName,
  at: InputPath,
  readFrontier: ReadFrontier,
): Promise<Version> {
  switch (name.kind) {
    case "commit":
      return { commits: await versionOfCommit(store, name.commit, at) };
    case "commits":
      return { commits: await antichainOf(store, name.commits, at) };
    case "frontier":
      return presentOf(store, await liveFrontier(readFrontier, name.frontier, at));
    case "sequence": {
      const frontier = await liveFrontier(readFrontier, name.frontier, [...at, "frontier"]);
      if (name.sequence < 0 || name.sequence > frontier.sequence) {
        throw new InvalidInput(
          `The frontier ${quoted(frontier.name)} has sequences 0 to ${frontier.sequence}, not ${name.sequence}.`,
          [...at, "point", "sequence"],
        );
      }
      if (name.sequence === frontier.sequence) return presentOf(store, frontier);
      const commits = await membersAt(store, "sequence <= $2 order by sequence desc", frontier.name, name.sequence);
      return { commits, isFrontier: true };
    }
    case "time": {
      const frontier = await liveFrontier(readFrontier, name.frontier, [...at, "frontier"]);
      // Times rise with the sequences: by the first, an index finds the last of them at once.
      const last = `"time" <= $2 and sequence <= $3 order by "time" desc, sequence desc`;
      return { commits: await membersAt(store, last, frontier.name, name.time, frontier.sequence), isFrontier: true };
    }
  }
}

async function liveFrontier(readFrontier: ReadFrontier, name: string, at: InputPath): Promise<FrontierRow> {
  const frontier = await readFrontier(name);
  if (!frontier || frontier.deleted) throw new NotFound(`There is no frontier ${quoted(name)}.`, at);
  return frontier;
}

/** The members after the change that SQL says; none before the first change. */
async function membersAt(
  store: Store,
  change: string,
  frontier: string,
  ...values: readonly unknown[]
): Promise<Antichain> {
  const sql: Sql = store.database.pool;
  const { rows } = await sql.query<{ members: CommitId[] }>(
    `select members from omdb.frontier_log where frontier = $1 and ${change} limit 1`,
    [frontier, ...values],
  );
  return antichainOf(store, rows[0]?.members ?? [], []);
}
