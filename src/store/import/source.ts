/** What an import of a history reads from: commits with parents, and what each holds of the records of one type. */
import type { RecordId } from "../../core/ids";
import type { JsonObject } from "../../core/json";

/** What names a record in the source. */
export type RecordKey = string | number;

/** Something that could not be taken over. */
export interface Problem {
  readonly what: string;
  readonly key?: RecordKey;
}

/** A commit and its place in the source's history. */
export interface SourceNode {
  /** Unique in the source; of a git commit its sha. */
  readonly name: string;
  readonly parents: readonly string[];
  /** When it was made there; the commit in omdb has this time. */
  readonly time: Date;
}

/** What a commit holds. */
export interface Contents {
  /** Whether records that are named neither in `states` nor in `kept` are gone; else they stay as they were. */
  readonly complete: boolean;
  /** What the commit holds of a record; null: it is gone. */
  readonly states: ReadonlyMap<RecordId, { readonly key: RecordKey; readonly state: JsonObject | null }>;
  /** Records that stay as they were because the commit does not say what they are. */
  readonly kept: ReadonlySet<RecordId>;
  readonly problems: readonly Problem[];
  /** Tells that omdb cannot hold the state of a record: it moves from `states` to `kept`, and `what` to the problems. */
  reject(record: RecordId, what: string): void;
}

export interface SourceCommit {
  readonly node: SourceNode;
  readonly author: string | null;
  readonly message: string;
  /**
   * What the source says of it besides; stored in the commit's metadata.
   * @param allParents false where parents are ancestors of others, so that the commit is stored without them
   */
  metadata(allParents: boolean): JsonObject;
  /** What could not be taken over of the commit itself. */
  readonly problems: readonly Problem[];
  /**
   * What it holds. Where the source only tells what differs from the parents, it must also tell of these records: the
   * parents' histories differ in them.
   */
  contents(contested: ReadonlySet<RecordId>): Promise<Contents>;
}

export interface ImportSource {
  /** Reads commits in the order given, which has parents first. */
  read(nodes: readonly SourceNode[]): AsyncIterable<SourceCommit>;
}
