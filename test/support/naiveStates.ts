/** States by the letter of the model: all operations of a history, in canonical order, one after the other. */
import type { CommitId, OperationId, RecordId } from "../../src/core/ids";
import type { Json, JsonObject, State } from "../../src/core/json";
import type { Path } from "../../src/core/path";
import type { Sql } from "../../src/store/database";
import { Replayed } from "./replayed";

interface Row {
  readonly commit: CommitId;
  readonly time: number;
  readonly id: OperationId;
  readonly record: RecordId;
  readonly path: Path;
  readonly operation: string;
  readonly parameters: Json;
}

/** All that a database holds of commits and operations, in memory. */
export class NaiveHistory {
  readonly #replayed = new Replayed();

  private constructor(
    private readonly parents: ReadonlyMap<CommitId, readonly CommitId[]>,
    /** In canonical order. */
    private readonly operations: readonly Row[],
  ) {}

  static async read(sql: Sql): Promise<NaiveHistory> {
    const edges = await sql.query<{ parent: CommitId; child: CommitId }>(
      `select parent, child from omdb.commit_to_commit`,
    );
    const parents = new Map<CommitId, CommitId[]>();
    for (const { parent, child } of edges.rows) parents.set(child, [...(parents.get(child) ?? []), parent]);
    const { rows } = await sql.query<Row>(
      `select c.id as "commit", c.logical_time as time, o.id, o.record, o.path, o.operation, o.parameters
       from omdb.operations o join omdb.operation_to_commit p on p.operation = o.id join omdb.commits c on c.id = p."commit"`,
    );
    rows.sort((a, b) => a.time - b.time || a.commit - b.commit || a.id - b.id);
    return new NaiveHistory(parents, rows);
  }

  /** H(V). */
  history(version: Iterable<CommitId>): Set<CommitId> {
    const seen = new Set<CommitId>();
    const open = [...version];
    for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
      if (seen.has(commit)) continue;
      seen.add(commit);
      open.push(...(this.parents.get(commit) ?? []));
    }
    return seen;
  }

  parentsOf(commit: CommitId): readonly CommitId[] {
    return this.parents.get(commit) ?? [];
  }

  /** The records that exist in a version. */
  states(version: Iterable<CommitId>): Map<RecordId, JsonObject> {
    const history = this.history(version);
    const states = new Map<RecordId, State>();
    for (const row of this.operations) {
      if (history.has(row.commit)) states.set(row.record, this.#replayed.apply(states.get(row.record), row));
    }
    return new Map([...states].flatMap(([record, state]) => (state === undefined ? [] : [[record, state] as const])));
  }

  /** The maximal commits among those of a version's history that touch each record, ascending. */
  heads(version: Iterable<CommitId>): Map<RecordId, CommitId[]> {
    const history = this.history(version);
    const touching = new Map<RecordId, Set<CommitId>>();
    for (const row of this.operations) {
      if (!history.has(row.commit)) continue;
      const commits = touching.get(row.record) ?? new Set();
      touching.set(row.record, commits.add(row.commit));
    }
    const below = new Map<CommitId, Set<CommitId>>();
    const ancestors = (commit: CommitId) => {
      const known = below.get(commit) ?? this.history(this.parentsOf(commit));
      below.set(commit, known);
      return known;
    };
    return new Map(
      [...touching].map(([record, commits]) => {
        const heads = [...commits].filter((commit) => ![...commits].some((other) => ancestors(other).has(commit)));
        return [record, heads.sort((a, b) => a - b)];
      }),
    );
  }
}
