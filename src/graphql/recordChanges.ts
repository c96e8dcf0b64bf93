/** Lists of what differs between two versions, the same for commits and for any two versions. */
import type { ChangeSelection, RecordChange, VersionPair } from "../store/recordChanges";
import { countChanges, readChangePages } from "../store/recordChanges";
import { connectionOf, readPage, type Connection, type PageArguments } from "./connections";
import type { Context } from "./context";
import { uuidKeys } from "./keys";

export const NO_SELECTION: ChangeSelection = { type: null, record: null };

/**
 * A page of changes, by uuid. Those that one tick asks for are read together.
 * @param list names the list in its cursors
 * @param pairs gives the versions of some keys, in their order
 * @throws InvalidInput, LimitExceeded, CursorInvalid
 */
export async function listChanges<Key>(
  { store, batch }: Context,
  list: string,
  args: PageArguments,
  selection: ChangeSelection,
  key: Key,
  pairs: (keys: readonly Key[]) => readonly VersionPair[] | Promise<readonly VersionPair[]>,
): Promise<Connection<RecordChange>> {
  const page = readPage(args, uuidKeys(list), store.limits);
  const name = `${list} ${JSON.stringify(selection)}`;
  const identity = (one: Key) => JSON.stringify(one);
  const items = await batch.load<Key, RecordChange[]>(
    `changes ${name} ${page.name}`,
    key,
    async (keys) => readChangePages(store, await pairs(keys), selection, page.window),
    identity,
  );
  const count = () =>
    batch.load<Key, number>(
      `change count ${name}`,
      key,
      async (keys) => countChanges(store, await pairs(keys), selection),
      identity,
    );
  return connectionOf(page, items, ({ record }) => record, count);
}
