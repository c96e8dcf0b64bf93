/** Where what a frontier shows of a record, by its rows and those of its bases, is not what it holds. */
import { pastOf, type MemoryCommitGraph } from "../../core/graph";
import type { CommitId, RecordId } from "../../core/ids";
import { levelsOf, type Level } from "../rowsAt";
import type { FrontierPlace } from "./frontierPlaces";
import type { TrueHistory } from "./recordHistory";

/** What of a row says where it is seen. */
export interface SeenRow {
  readonly frontier: string;
  readonly record: RecordId;
  readonly from: number;
  readonly to: number | null;
  readonly heads: readonly CommitId[];
}

export interface Unseen<Row extends SeenRow> {
  readonly place: FrontierPlace;
  readonly record: RecordId;
  /** The row that is seen. */
  readonly seen: Row | undefined;
  /** What it should have. */
  readonly heads: readonly CommitId[];
}

/**
 * Looks at one frontier after the other, and from one to the next only at the records in which they may differ: thousands
 * of them may have one base, and stand a few commits apart.
 */
export function findUnseen<Row extends SeenRow>(
  graph: MemoryCommitGraph,
  places: Iterable<FrontierPlace>,
  histories: ReadonlyMap<RecordId, TrueHistory>,
  rows: readonly Row[],
): Unseen<Row>[] {
  const lines = new Lines(rows);
  const touching = recordsByCommit(histories);
  const wrong = new Map<RecordId, Omit<Unseen<Row>, "place">>();
  const found: Unseen<Row>[] = [];
  let before: Stand | undefined;
  for (const stand of inOrder(places)) {
    const { place, levels } = stand;
    const changed = before && changedRecords(graph, lines, touching, before, stand);
    for (const record of changed ?? histories.keys()) {
      const seen = lines.seen(record, levels);
      const heads = histories.get(record)!.headsIn(place.members);
      if ((seen?.heads ?? []).join("+") === heads.join("+")) wrong.delete(record);
      else wrong.set(record, { record, seen, heads });
    }
    for (const one of wrong.values()) found.push({ place, ...one });
    before = stand;
  }
  return found;
}

interface Stand {
  readonly place: FrontierPlace;
  /** The nearest first. */
  readonly levels: readonly Level[];
}

/** Those with rows, so that they follow on those that have the same bases at nearly the same sequences. */
function inOrder(places: Iterable<FrontierPlace>): Stand[] {
  const stands = [...places].flatMap((place): Stand[] =>
    place.readable
      ? [{ place, levels: levelsOf({ frontier: place.name, sequence: place.sequence, bases: place.bases }) }]
      : [],
  );
  return stands.sort((a, b) => compareFromFarthest(a.levels, b.levels));
}

function compareFromFarthest(a: readonly Level[], b: readonly Level[]): number {
  for (let back = 1; back <= a.length && back <= b.length; back += 1) {
    const [one, other] = [a[a.length - back]!, b[b.length - back]!];
    if (one.frontier !== other.frontier) return one.frontier < other.frontier ? -1 : 1;
    if (one.sequence !== other.sequence) return one.sequence - other.sequence;
  }
  return a.length - b.length;
}

function recordsByCommit(histories: ReadonlyMap<RecordId, TrueHistory>): Map<CommitId, RecordId[]> {
  const records = new Map<CommitId, RecordId[]>();
  for (const [record, { commits }] of histories) {
    for (const commit of commits) {
      const own = records.get(commit);
      if (own) own.push(record);
      else records.set(commit, [record]);
    }
  }
  return records;
}

/** The records that two frontiers may hold, or show, in another way; undefined: any. */
function changedRecords(
  graph: MemoryCommitGraph,
  lines: Lines<SeenRow>,
  touching: ReadonlyMap<CommitId, readonly RecordId[]>,
  before: Stand,
  after: Stand,
): Set<RecordId> | undefined {
  const keyOf = ({ frontier, sequence }: Level) => `${sequence} ${frontier}`;
  const [old, now] = [new Set(before.levels.map(keyOf)), new Set(after.levels.map(keyOf))];
  const common = (levels: readonly Level[], other: ReadonlySet<string>) =>
    levels.map(keyOf).filter((key) => other.has(key));
  if (common(before.levels, now).join("\n") !== common(after.levels, old).join("\n")) return undefined;
  const changed = new Set<RecordId>();
  const add = (records: Iterable<RecordId>) => {
    for (const record of records) changed.add(record);
  };
  const sequences = new Map(before.levels.map(({ frontier, sequence }) => [frontier, sequence]));
  for (const { frontier, sequence } of after.levels) {
    const other = sequences.get(frontier);
    sequences.delete(frontier);
    if (other === undefined) add(lines.records(frontier));
    else add(lines.changed(frontier, Math.min(other, sequence), Math.max(other, sequence)));
  }
  for (const frontier of sequences.keys()) add(lines.records(frontier));
  const [from, to] = [before.place.members, after.place.members];
  if (from.join() === to.join()) return changed;
  for (const [ours, theirs] of [[from, to] as const, [to, from] as const]) {
    const apart = commitsApart(graph, ours, theirs, MOST_APART * touching.size);
    if (!apart) return undefined;
    for (const commit of apart) add(touching.get(commit) ?? []);
  }
  return changed;
}

/** Commits between two frontiers for each that touches a record, beyond which looking at all records is quicker. */
const MOST_APART = 4;

/** The commits in the history of one version and not in that of another; undefined where they are more than so many. */
function commitsApart(
  { nodes }: MemoryCommitGraph,
  ours: readonly CommitId[],
  theirs: readonly CommitId[],
  most: number,
): CommitId[] | undefined {
  const nodesIn = (version: readonly CommitId[]) => version.map((commit) => nodes.node(commit));
  return nodes.apart(nodesIn(ours), pastOf(nodes, nodesIn(theirs)), most)?.map((node) => nodes.commit(node));
}

/** Rows by frontier and record. */
class Lines<Row extends SeenRow> {
  private readonly byFrontier = new Map<string, Map<RecordId, Row[]>>();
  /** For each frontier the records by the sequences at which rows of theirs begin and end, in order. */
  private readonly changes = new Map<string, { readonly sequence: number; readonly record: RecordId }[]>();

  constructor(rows: readonly Row[]) {
    for (const row of rows) {
      const records = this.byFrontier.get(row.frontier) ?? new Map<RecordId, Row[]>();
      this.byFrontier.set(row.frontier, records);
      const own = records.get(row.record);
      if (own) own.push(row);
      else records.set(row.record, [row]);
      const changes = this.changes.get(row.frontier) ?? [];
      this.changes.set(row.frontier, changes);
      for (const sequence of [row.from, row.to]) if (sequence !== null) changes.push({ sequence, record: row.record });
    }
    for (const changes of this.changes.values()) changes.sort((a, b) => a.sequence - b.sequence);
  }

  /** The row of a record that the nearest level has. */
  seen(record: RecordId, levels: readonly Level[]): Row | undefined {
    for (const { frontier, sequence } of levels) {
      const seen = this.byFrontier
        .get(frontier)
        ?.get(record)
        ?.find(({ from, to }) => from <= sequence && (to === null || to > sequence));
      if (seen) return seen;
    }
    return undefined;
  }

  records(frontier: string): Iterable<RecordId> {
    return this.byFrontier.get(frontier)?.keys() ?? [];
  }

  /** Those of which a row begins or ends after a sequence and not after another one. */
  *changed(frontier: string, after: number, upTo: number): Generator<RecordId> {
    const changes = this.changes.get(frontier);
    if (!changes || after === upTo) return;
    let [low, high] = [0, changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (changes[middle]!.sequence <= after) low = middle + 1;
      else high = middle;
    }
    for (; low < changes.length && changes[low]!.sequence <= upTo; low += 1) yield changes[low]!.record;
  }
}
