import type { RecordId } from "../../core/ids";
import type { Contents } from "../../store/import/source";
import type { HistoryNode } from "./history";

/** Tells what a commit holds; `contested` as in `SourceCommit`. */
export type ContentsOf = (contested: ReadonlySet<RecordId>) => Promise<Contents>;

/** Reads what commits hold, one after another in the order given. */
export interface ContentReader {
  read(nodes: readonly HistoryNode[]): AsyncGenerator<ContentsOf, void>;
}

/** Larger files are not read: they count as invalid. In bytes. */
export const MAXIMUM_FILE_BYTES = 256 * 1024 * 1024;
