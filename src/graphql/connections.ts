/** Relay connections over keysets: arguments to windows, rows to pages, opaque cursors that belong to one list each. */
import type { ObjectRef } from "@pothos/core";
import { CursorInvalid, InvalidInput, LimitExceeded } from "../core/errors";
import type { Limits } from "../core/limits";
import type { Window } from "../store/window";
import { builder, type BuilderTypes } from "./builder";

export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

export interface Connection<T> {
  readonly edges: { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: () => Promise<number> | number;
}

/** How the places of a list are written into cursors. */
export interface CursorFormat<Key> {
  /** Names the list and its order, so that a cursor from elsewhere is refused. */
  readonly list: string;
  /** What the list belongs to, where a place in it means nothing in the same list of something else. */
  readonly owner?: string | undefined;
  readonly write: (key: Key) => unknown;
  /** Undefined for what is no key. */
  readonly read: (written: unknown) => Key | undefined;
}

export interface PageRequest<Key> {
  readonly window: Window<Key>;
  readonly size: number;
  readonly format: CursorFormat<Key>;
  /** The page's arguments as text: what tells batches apart. The owner is not in it: one batch is for many of them. */
  readonly name: string;
}

/**
 * Reads the arguments of a connection.
 * @throws InvalidInput, LimitExceeded, CursorInvalid, each naming its argument
 */
export function readPage<Key>(args: PageArguments, format: CursorFormat<Key>, limits: Limits): PageRequest<Key> {
  const given = (value: number | null | undefined): value is number => value !== null && value !== undefined;
  if (given(args.first) && given(args.last))
    throw new InvalidInput("The arguments first and last exclude each other.", ["last"]);
  for (const name of ["first", "last"] as const) {
    const size = args[name];
    if (!given(size)) continue;
    if (size < 0) throw new InvalidInput(`The argument ${name} is not negative.`, [name]);
    if (size > limits.pageSize) {
      throw new LimitExceeded(`A page has at most ${limits.pageSize} nodes.`, [name], "pageSize", limits.pageSize);
    }
  }
  const size = args.first ?? args.last ?? limits.defaultPageSize;
  const after = readCursor(args.after, format, "after");
  const before = readCursor(args.before, format, "before");
  return {
    window: {
      limit: size + 1,
      backward: given(args.last),
      ...(after === undefined ? {} : { after }),
      ...(before === undefined ? {} : { before }),
    },
    size,
    format,
    name: JSON.stringify([format.list, args.first, args.last, args.after, args.before]),
  };
}

/** Makes the connection of the items that were read for a page, in the order of its window. */
export function connectionOf<T, Key>(
  page: PageRequest<Key>,
  items: readonly T[],
  keyOf: (item: T) => Key,
  totalCount: () => Promise<number> | number,
): Connection<T> {
  const { window, size, format } = page;
  const more = items.length > size;
  const kept = items.slice(0, size);
  if (window.backward) kept.reverse();
  const edges = kept.map((node) => ({ cursor: writeCursor(format, keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: window.backward ? window.before !== undefined : more,
      hasPreviousPage: window.backward ? more : window.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
}

/** The same connection with other nodes in it, in the same order. */
export function withNodes<T, U>(connection: Connection<T>, nodes: readonly U[]): Connection<U> {
  const edges = connection.edges.map((edge, index) => ({ cursor: edge.cursor, node: nodes[index] as U }));
  return { ...connection, edges };
}

/** The nodes of a connection. */
export const nodesOf = <T>(connection: Connection<T>): T[] => connection.edges.map((edge) => edge.node);

/** A connection over a list that is there already and never changes; a place is an index. */
export function connectionOfList<T>(
  { list, owner }: Pick<CursorFormat<number>, "list" | "owner">,
  items: readonly T[],
  args: PageArguments,
  limits: Limits,
): Connection<T> {
  const format: CursorFormat<number> = { list, owner, write: (index) => index, read: readIndex };
  const page = readPage(args, format, limits);
  const { after = -1, before = items.length, backward, limit } = page.window;
  const inside = items.map((item, index) => ({ item, index })).filter(({ index }) => index > after && index < before);
  const read = (backward ? inside.reverse() : inside).slice(0, limit);
  const connection = connectionOf(
    page,
    read,
    ({ index }) => index,
    () => items.length,
  );
  return withNodes(
    connection,
    nodesOf(connection).map(({ item }) => item),
  );
}

export const readIndex = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

export const readText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function writeCursor<Key>(format: CursorFormat<Key>, key: Key): string {
  const { list, owner } = format;
  const written = [list, format.write(key), ...(owner === undefined ? [] : [owner])];
  return Buffer.from(JSON.stringify(written)).toString("base64url");
}

function readCursor<Key>(
  text: string | null | undefined,
  format: CursorFormat<Key>,
  argument: string,
): Key | undefined {
  if (text === null || text === undefined) return undefined;
  const key = readWritten(text, format);
  if (key === undefined) throw new CursorInvalid(`The argument ${argument} is no cursor of this list.`, [argument]);
  return key;
}

function readWritten<Key>(text: string, format: CursorFormat<Key>): Key | undefined {
  let written: unknown;
  try {
    written = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (!Array.isArray(written)) return undefined;
  const key = format.read(written[1]);
  // Base64 and JSON write one value in many ways: only the one way that is ours, for this list, is taken.
  return key !== undefined && writeCursor(format, key) === text ? key : undefined;
}

/** The connection type of a node type: edges, nodes, pageInfo and totalCount. */
export function connectionType<Shape>(
  name: string,
  type: ObjectRef<BuilderTypes, Shape>,
): ObjectRef<BuilderTypes, Connection<Shape>> {
  const ref = builder.connectionObject(
    {
      type,
      name: `${name}Connection`,
      description: `A page of a list of ${name}.`,
      fields: (t: never) => ({
        totalCount: (t as CountField).int({
          description: "How many there are in all pages together.",
          resolve: (connection) => connection.totalCount(),
        }),
      }),
    } as never,
    { name: `${name}Edge`, description: `A ${name} in a list, with its cursor.` },
  );
  return ref as unknown as ObjectRef<BuilderTypes, Connection<Shape>>;
}

interface CountField {
  int(options: { description: string; resolve: (connection: Connection<unknown>) => Promise<number> | number }): never;
}
