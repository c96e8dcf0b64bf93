/** What an import of a git repository left in a database, by sha. */
import { DEFAULT_LIMITS, type Limits } from "../../src/core/limits";
import type { CommitId } from "../../src/core/ids";
import type { JsonObject } from "../../src/core/json";
import { importRepository, type GitImport } from "../../src/cli/git/importRepository";
import type { ImportSummary } from "../../src/cli/git/summary";
import type { Database } from "../../src/store/database";
import { recordIdOf } from "../../src/store/import/recordIds";
import type { RecordKey } from "../../src/store/import/source";
import { NaiveHistory } from "./naiveStates";

export const TYPE = "country";

/** Imports `c.json` with the key `id`, unless told otherwise. */
export function importGit(
  database: Database,
  options: Partial<GitImport> & Pick<GitImport, "repository">,
  limits: Partial<Limits> = {},
): Promise<ImportSummary> {
  const all = { type: TYPE, content: { file: "c.json", key: "id" }, ...options };
  const report = { progress: () => undefined, note: () => undefined };
  return importRepository(database, { ...DEFAULT_LIMITS, ...limits }, all, report);
}

export interface ImportedCommit {
  readonly id: CommitId;
  readonly logicalTime: number;
  readonly author: string | null;
  readonly message: string | null;
  readonly ts: Date;
  readonly metadata: JsonObject & { readonly git: JsonObject & { readonly sha: string } };
  /** Shas. */
  readonly parents: string[];
  /** Each as `operation path`, in order. */
  readonly operations: string[];
}

export async function importedCommits({ pool }: Database): Promise<Map<string, ImportedCommit>> {
  const { rows } = await pool.query<ImportedCommit>(
    `select c.id, c.logical_time as "logicalTime", c.author, c.message, c.ts, c.metadata,
       array(select p.metadata->'git'->>'sha' from omdb.commit_to_commit e join omdb.commits p on p.id = e.parent
             where e.child = c.id order by p.id) as parents,
       array(select o.operation || ' ' || o.path::text
             from omdb.operation_to_commit w join omdb.operations o on o.id = w.operation
             where w."commit" = c.id order by o.id) as operations
     from omdb.commits c where c.metadata ? 'git' order by c.id`,
  );
  return new Map(rows.map((row) => [row.metadata.git.sha, row]));
}

/** The states at commits, by key. */
export class ImportedStates {
  private constructor(
    private readonly commits: ReadonlyMap<string, ImportedCommit>,
    private readonly history: NaiveHistory,
  ) {}

  static async read(database: Database): Promise<ImportedStates> {
    return new ImportedStates(await importedCommits(database), await NaiveHistory.read(database.pool));
  }

  /** The states of those of the keys whose records exist at a commit. */
  at(sha: string, ...keys: readonly RecordKey[]): Map<RecordKey, JsonObject> {
    const commit = this.commits.get(sha);
    if (!commit) throw new Error(`commit ${sha} is not imported`);
    const states = this.history.states([commit.id]);
    const found = keys.flatMap((key) => {
      const state = states.get(recordIdOf(TYPE, key));
      states.delete(recordIdOf(TYPE, key));
      return state === undefined ? [] : [[key, state] as const];
    });
    if (states.size > 0) throw new Error(`commit ${sha} holds records of other keys than ${keys.join(", ")}`);
    return new Map(found);
  }
}

export interface FrontierRow {
  readonly name: string;
  /** Shas. */
  readonly members: string[];
  readonly sequence: number;
  readonly incarnation: number;
  readonly locked: boolean;
}

export async function frontiers({ pool }: Database): Promise<Map<string, FrontierRow>> {
  const { rows } = await pool.query<FrontierRow>(
    `select f.id as name, f.sequence, f.incarnation, f.locked,
       array(select c.metadata->'git'->>'sha' from omdb.frontier_commits m join omdb.commits c on c.id = m."commit"
             where m.frontier = f.id order by c.id) as members
     from omdb.frontiers f where f.deleted_at is null order by f.id`,
  );
  return new Map(rows.map((row) => [row.name, row]));
}

export interface LogRow {
  readonly sequence: number;
  readonly cause: string;
  readonly time: Date;
  readonly author: string | null;
  readonly message: string | null;
  readonly members: CommitId[];
  readonly joined: CommitId[];
  readonly left: CommitId[];
}

export async function frontierLog({ pool }: Database, frontier: string): Promise<LogRow[]> {
  const { rows } = await pool.query<LogRow>(
    `select sequence, cause, "time", author, message, members, joined, "left"
     from omdb.frontier_log where frontier = $1 order by sequence`,
    [frontier],
  );
  return rows;
}

/** A fingerprint of everything that a database holds: the rows of every table, and the values of the sequences. */
export async function everything({ pool }: Database): Promise<Record<string, string>> {
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'omdb' order by 1`,
  );
  const found: Record<string, string> = {};
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ count: string; hash: string }>(
      `select count(*)::text as count, coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') as hash from ${name} t`,
    );
    found[name] = `${rows[0]?.count} ${rows[0]?.hash}`;
  }
  const sequences = await pool.query<{ name: string; value: string }>(
    `select sequencename as name, coalesce(last_value, 0)::text as value from pg_sequences where schemaname = 'omdb'`,
  );
  for (const { name, value } of sequences.rows) found[name] = value;
  return found;
}
