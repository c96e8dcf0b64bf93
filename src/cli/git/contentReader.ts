import type { RecordId } from "../../core/ids";
import type { Contents } from "../../store/import/source";
import type { HistoryNode } from "./history";

/** Tells what a commit holds; `contested` as in `SourceCommit`. */
export type ContentsOf = (contested: ReadonlySet<RecordId>) => Promise<Contents>;

/** Reads what commits hold, one after another in the order given. */
export interface ContentReader {
  /** What is read, in words. */
  readonly wanted: string;
  /** The path of the file, or of a folder that holds all files that are read; null: the whole tree. */
  readonly below: string | null;
  /** Whether the file of this path is read. */
  wants(path: Buffer): boolean;
  read(nodes: readonly HistoryNode[]): AsyncGenerator<ContentsOf, void>;
}

/** Larger files are not read: they count as invalid. In bytes. */
export const MAXIMUM_FILE_BYTES = 256 * 1024 * 1024;
