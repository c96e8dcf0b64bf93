/** Rows and bases of the frontiers that an import makes, out of the views that it has in memory, set-wise. */
import type { CommitGraph } from "../../core/graph";
import type { CommitId } from "../../core/ids";
import type { Sql } from "../database";
import { readFrontiers, rowsOf } from "../frontiers";
import { omdbTable } from "../identifiers";
import { holdRows, MOST_BASES, writeBases, type Inheritance } from "../inherit";
import type { RecordVersion } from "../recordStates";
import { levelsOf, type Level } from "../rowsAt";
import type { TypeRow } from "../typeTables";
import { baseTree, rowsApart, type BasedVersion } from "./baseTree";
import { nearTips } from "./nearTips";
import type { View } from "./views";

/** A frontier that is being made: its row is locked, and it holds nothing yet. */
export interface TipFrontier {
  readonly name: string;
  readonly tip: CommitId;
  readonly incarnation: number;
  /** The first at which it holds its tip. */
  readonly sequence: number;
}

/** A frontier that can be inherited from. */
export interface Start {
  readonly tip: CommitId;
  /** Where its rows are. */
  readonly levels: readonly Level[];
}

/**
 * The frontier of this name, if it can be inherited from and its view is there. Until the transaction ends, it does not
 * change, and rows are not swept.
 */
export async function readStart(
  sql: Sql,
  name: string,
  views: ReadonlyMap<CommitId, View>,
): Promise<Start | undefined> {
  await holdRows(sql, name);
  const frontier = (await readFrontiers(sql, [name])).get(name);
  if (!frontier?.materialised || frontier.deleted) return undefined;
  const [tip, ...others] = frontier.members;
  if (tip === undefined || others.length > 0 || !views.has(tip)) return undefined;
  const levels = levelsOf(rowsOf(frontier));
  return levels.length < MOST_BASES ? { tip, levels } : undefined;
}

/**
 * Gives new frontiers their rows: each inherits from one that is near to it, and has rows for the records in which they
 * differ.
 * @param type of all records
 * @param views of all tips
 * @param start what they may all inherit from, if there is something
 */
export async function placeTips(
  sql: Sql,
  type: TypeRow,
  graph: CommitGraph,
  frontiers: readonly TipFrontier[],
  views: ReadonlyMap<CommitId, View>,
  start: Start | undefined,
): Promise<void> {
  const byTip = new Map<CommitId, TipFrontier[]>(start ? [[start.tip, []]] : []);
  for (const frontier of frontiers) {
    const same = byTip.get(frontier.tip);
    if (same) same.push(frontier);
    else byTip.set(frontier.tip, [frontier]);
  }
  const tips = [...byTip.keys()];
  const tree = baseTree(
    new Map(tips.map((tip) => [tip, views.get(tip)!])),
    nearTips(graph, tips),
    start?.tip,
    // Not as many as there may be, so that those with the same tip, and who inherits later, need no rows.
    MOST_BASES - (start?.levels.length ?? 1),
  );
  const writer = new RowWriter(sql, type);
  const levels = new Map<BasedVersion, readonly Level[]>();
  const inheritances: Inheritance[] = [];
  for (const version of tree) {
    const same = byTip.get(version.commit)!;
    let held = version.base ? levels.get(version.base)! : [];
    if (version.commit === start?.tip) held = start.levels;
    else if (version.apart > 0) {
      const [holder] = same.splice(0, 1);
      inheritances.push({ frontier: holder!, path: held });
      await writer.write(holder!, rowsApart(version));
      held = [{ frontier: holder!.name, sequence: holder!.sequence }, ...held];
    }
    levels.set(version, held);
    for (const frontier of same) inheritances.push({ frontier, path: held });
  }
  await writer.flush();
  await writeBases(sql, inheritances);
  // Not before: who has no rows yet is nobody to inherit from.
  await sql.query(`update omdb.frontiers set materialised = true where id = any($1::text[])`, [
    frontiers.map(({ name }) => name),
  ]);
}

/** Rows, and characters of their states, that one statement writes, about. */
const ROWS = 2_000;
const CHARACTERS = 8 * 1024 * 1024;

interface Row extends RecordVersion {
  readonly frontier: TipFrontier;
  readonly text: string;
}

/** Writes rows of frontiers that have none, many at a time. */
class RowWriter {
  #rows: Row[] = [];
  #characters = 0;

  constructor(
    private readonly sql: Sql,
    private readonly type: TypeRow,
  ) {}

  async write(frontier: TipFrontier, versions: readonly RecordVersion[]): Promise<void> {
    for (const version of versions) {
      // As jsonColumn has it, made here so that its length is known.
      const text = JSON.stringify(version.state ?? null);
      this.#rows.push({ ...version, frontier, text });
      this.#characters += text.length;
      if (this.#rows.length >= ROWS || this.#characters >= CHARACTERS) await this.flush();
    }
  }

  async flush(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    this.#characters = 0;
    await this.sql.query(
      `insert into ${omdbTable(this.type.latest)} (frontier, record, from_sequence, heads, state)
       select frontier, record, sequence, heads::bigint[], nullif(state::text, 'null')::jsonb
       from rows from (unnest($1::text[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]),
         json_array_elements($5::json)) as data(frontier, record, sequence, heads, state)`,
      [
        rows.map(({ frontier }) => frontier.name),
        rows.map(({ record }) => record),
        rows.map(({ frontier }) => frontier.sequence),
        rows.map(({ heads }) => `{${heads.join()}}`),
        `[${rows.map(({ text }) => text).join()}]`,
      ],
    );
  }
}
