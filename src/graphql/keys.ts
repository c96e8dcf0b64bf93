/** The keys of the lists, as cursors hold them. */
import type { RecordId } from "../core/ids";
import { isList, type Found, type Json } from "../core/json";
import type { CommitKey } from "../store/commitPages";
import type { RecordKey, RecordOrder } from "../store/recordPages";
import { readIndex, readText, type CursorFormat } from "./connections";

/** Commits in canonical order; newest or oldest first makes another list. */
export const commitKeys = (list: string, owner?: string): CursorFormat<CommitKey> => ({
  list,
  owner,
  write: (key) => [key.logicalTime, key.commit],
  read: (written) => {
    if (!Array.isArray(written) || written.length !== 2) return undefined;
    const [logicalTime, commit] = [readIndex(written[0]), readIndex(written[1])];
    return logicalTime === undefined || commit === undefined ? undefined : { logicalTime, commit };
  },
});

export const idKeys = (list: string, owner: string): CursorFormat<number> => ({
  list,
  owner,
  write: (id) => id,
  read: readIndex,
});

export const nameKeys = (list: string, owner?: string): CursorFormat<string> => ({
  list,
  owner,
  write: (name) => name,
  read: (written) => {
    const name = readText(written);
    return name === undefined || name.includes("\0") ? undefined : name;
  },
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Records by uuid. */
export const uuidKeys = (list: string): CursorFormat<RecordId> => ({
  list,
  write: (record) => record,
  read: (written) => (typeof written === "string" && UUID.test(written) ? written : undefined),
});

/** Records of a type in an order: a cursor of another order, or another type, is a cursor from elsewhere. */
export const recordKeys = (type: string, orderBy: readonly RecordOrder[]): CursorFormat<RecordKey> => ({
  list: `records ${JSON.stringify([type, orderBy.map(({ path, descending }) => [path, descending])])}`,
  write: ({ values, record }) => [values.map((value) => (value.exists ? [value.value] : [])), record],
  read: (written) => {
    if (!Array.isArray(written) || written.length !== 2) return undefined;
    const [values, record] = written as [unknown, unknown];
    if (!Array.isArray(values) || values.length !== orderBy.length) return undefined;
    if (typeof record !== "string" || !UUID.test(record)) return undefined;
    const found = values.map(readFound);
    return found.some((value) => value === undefined) ? undefined : { values: found as Found[], record };
  },
});

/** A list of at most one scalar, `[]` or `{}`. */
function readFound(written: unknown): Found | undefined {
  if (!Array.isArray(written) || written.length > 1) return undefined;
  if (written.length === 0) return { exists: false };
  const value = written[0] as Json;
  if (isList(value) && value.length > 0) return undefined;
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) return undefined;
  if (typeof value === "string" && value.includes("\0")) return undefined;
  return { exists: true, value };
}
