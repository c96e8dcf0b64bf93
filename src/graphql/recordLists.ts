/** Lists of a type's records in a version: where, orderBy and pages, the same for frontiers and views. */
import { InvalidInput, LimitExceeded, NotFound } from "../core/errors";
import type { Limits } from "../core/limits";
import { checkPath, type Path } from "../core/path";
import { parsePredicate } from "../core/predicates";
import { quoted } from "../core/quote";
import { checkString } from "../core/value";
import {
  countRecords,
  readRecordPages,
  recordKey,
  type RecordKey,
  type RecordOrder,
  type RecordSelection,
} from "../store/recordPages";
import { compareKeys, countScannedRecords, scanRecordPages } from "../store/recordScan";
import type { RecordVersion } from "../store/recordStates";
import { recordsOfTrial } from "../store/trials";
import { windowOf } from "../store/window";
import { readTypes } from "../store/typeTables";
import type { Version } from "../store/versions";
import { connectionOf, readPage, type Connection, type PageArguments, type PageRequest } from "./connections";
import type { Context } from "./context";
import type { PredicateShape } from "./inputs/predicate";
import { recordKeys } from "./keys";

export interface RecordListArguments extends PageArguments {
  readonly type: string;
  readonly where?: PredicateShape | null;
  readonly orderBy?: readonly { readonly path: Path; readonly direction: "ASC" | "DESC" }[] | null;
}

/**
 * A page of the records of a type that a version holds.
 * @throws NotFound for an unknown type; InvalidInput, LimitExceeded, CursorInvalid
 */
export async function listRecords(
  context: Context,
  version: Version,
  args: RecordListArguments,
): Promise<Connection<RecordVersion>> {
  const { limits } = context.store;
  checkString(args.type, ["type"]);
  const where = args.where ? parsePredicate(args.where, ["where"], limits, { where: true }) : null;
  const orderBy = readOrder(args.orderBy ?? [], limits);
  const page = readPage(args, recordKeys(args.type, orderBy), limits);
  const type = await context.batch.load("type table", args.type, async (names: readonly string[]) => {
    const types = await readTypes(context.store.database.pool, names);
    return names.map((name) => types.get(name) ?? null);
  });
  if (!type) throw new NotFound(`There is no record type ${quoted(args.type)}.`, ["type"]);
  const selection: RecordSelection = { type, where, orderBy };
  const name = JSON.stringify([args.type, where, orderBy]);
  const items = await readPageOf(context, version, selection, page, name);
  return connectionOf(
    page,
    items,
    (item) => recordKey(orderBy, item),
    () => countOf(context, version, selection, name),
  );
}

function readOrder(orderBy: NonNullable<RecordListArguments["orderBy"]>, limits: Limits): RecordOrder[] {
  const maximum = limits.ordersPerList;
  if (orderBy.length > maximum) {
    throw new LimitExceeded(`A list is ordered by at most ${maximum} paths.`, ["orderBy"], "ordersPerList", maximum);
  }
  return orderBy.map(({ path, direction }, index) => {
    if (path.length === 0)
      throw new InvalidInput("A list is not ordered by whole records.", ["orderBy", index, "path"]);
    return { path: checkPath(path, ["orderBy", index, "path"], limits), descending: direction === "DESC" };
  });
}

async function readPageOf(
  context: Context,
  version: Version,
  selection: RecordSelection,
  page: PageRequest<RecordKey>,
  name: string,
): Promise<RecordVersion[]> {
  const { store, batch } = context;
  if (version.trial) {
    const compare = compareKeys(selection.orderBy);
    const keyOf = (found: RecordVersion) => recordKey(selection.orderBy, found);
    return windowOf(await tried(context, version, selection, name), page.window, keyOf, compare);
  }
  if (version.rows) {
    return batch.load(`record rows ${name} ${page.name}`, version.rows, (places) =>
      readRecordPages(store.database.pool, selection, page.window, places),
    );
  }
  return batch.load(`record scan ${name} ${page.name}`, version.commits, (versions) =>
    scanRecordPages(store, selection, page.window, versions),
  );
}

/** The records of a version with a trial, read once for all pages. */
function tried(
  { store, batch }: Context,
  version: Version,
  selection: RecordSelection,
  name: string,
): Promise<RecordVersion[]> {
  return batch.load(
    `record trial ${name}`,
    version,
    (versions) => Promise.all(versions.map((one) => recordsOfTrial(store, selection, one, one.trial!))),
    ({ commits, trial }) => `${commits.join("+")}~${trial!.name}`,
  );
}

async function countOf(context: Context, version: Version, selection: RecordSelection, name: string): Promise<number> {
  const { store, batch } = context;
  if (version.trial) return (await tried(context, version, selection, name)).length;
  if (version.rows) {
    return batch.load(`record row count ${name}`, version.rows, (places) =>
      countRecords(store.database.pool, selection, places),
    );
  }
  return batch.load(`record scan count ${name}`, version.commits, (versions) =>
    countScannedRecords(store, selection, versions),
  );
}
