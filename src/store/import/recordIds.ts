import { v5 } from "uuid";
import type { RecordId } from "../../core/ids";
import type { RecordKey } from "./source";

/** The namespace of omdb's UUIDv5 of records: fixed for ever, since imports find records again by it. */
export const RECORD_NAMESPACE = "bb9b9d9b-52e5-559a-81ee-cf2f079b862d";

/**
 * The id of the record of a type that a key names: the UUIDv5 of `JSON.stringify([type, key])`. The key "1" and the key 1
 * are two records.
 */
export const recordIdOf = (type: string, key: RecordKey): RecordId => v5(JSON.stringify([type, key]), RECORD_NAMESPACE);

/** The same with a memory, for an import that meets the same keys in every commit. */
export function recordIds(type: string): (key: RecordKey) => RecordId {
  const known = new Map<RecordKey, RecordId>();
  return (key) => {
    const id = known.get(key) ?? recordIdOf(type, key);
    known.set(key, id);
    return id;
  };
}
