/** Which records a change of a frontier touches: read once for all who follow it. */
import type { RecordId } from "../core/ids";
import type { FrontierChangeRow } from "../store/frontierLog";
import { recordsTouchedBy } from "../store/changedRecords";
import type { Store } from "../store/store";

/** By type, each list ascending. */
export type Touched = ReadonlyMap<string, readonly RecordId[]>;

/** So many records of a change are remembered while the process holds the change. */
const REMEMBERED_RECORDS = 1_000;

const known = new WeakMap<FrontierChangeRow, Promise<Touched>>();

/** The records that the commits touch which entered the frontier's history with a change or left it. */
export function touchedBy(store: Store, change: FrontierChangeRow): Promise<Touched> {
  const remembered = known.get(change);
  if (remembered) return remembered;
  const touched = recordsTouchedBy(store, change);
  known.set(change, touched);
  touched.then(
    (found) => {
      const size = [...found.values()].reduce((sum, records) => sum + records.length, 0);
      if (size > REMEMBERED_RECORDS) known.delete(change);
    },
    () => known.delete(change),
  );
  return touched;
}
