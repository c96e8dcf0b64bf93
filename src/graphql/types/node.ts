/** Relay's entry points: anything with an id, by its id. Ids are readable, "Commit:42"; unknown ones give null. */
import { LimitExceeded } from "../../core/errors";
import { checkUuid } from "../../core/value";
import { OmdbError } from "../../core/errors";
import { textProblem } from "../../core/text";
import type { Antichain } from "../../core/antichain";
import { readChangesByKey, type LogPlace } from "../../store/frontierPages";
import { changeBetween, type RecordChange } from "../../store/recordChanges";
import type { RecordVersion } from "../../store/recordStates";
import { antichainOf } from "../../store/versions";
import { builder } from "../builder";
import type { Context } from "../context";
import type { FrontierRecord, RecordView } from "../nodes";
import { recordInVersion } from "../recordVersions";

type NodeReader = (id: string, context: Context) => Promise<object | null> | object | null;

const READERS: ReadonlyMap<string, NodeReader> = new Map<string, NodeReader>([
  ["RecordType", (id, { load }) => load.types.load(id)],
  ["Record", (id, { load }) => withUuid(id, (uuid) => load.records.load(uuid))],
  ["Commit", (id, { load }) => withNumber(id, (commit) => load.commits.load(commit))],
  ["Operation", (id, { load }) => withNumber(id, (operation) => load.operations.load(operation))],
  ["Frontier", (id, { frontiers }) => frontiers.find(id)],
  ["FrontierRecord", readFrontierRecord],
  ["FrontierChange", readFrontierChange],
  ["View", readView],
  ["RecordView", readRecordView],
  ["RecordChange", readRecordChange],
]);

async function readNode(id: string, context: Context): Promise<object | null> {
  const colon = id.indexOf(":");
  const typename = id.slice(0, Math.max(colon, 0));
  const reader = READERS.get(typename);
  if (!reader || textProblem(id) !== null) return null;
  const node = await reader(id.slice(colon + 1), context);
  return node && { ...node, __typename: typename };
}

const NUMBER = /^(0|[1-9][0-9]{0,15})$/;

function withNumber<T>(text: string, read: (number: number) => Promise<T | null>): Promise<T | null> | null {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? read(number) : null;
}

function withUuid<T>(text: string, read: (uuid: string) => Promise<T | null>): Promise<T | null> | null {
  try {
    return checkUuid(text, []) === text ? read(text) : null;
  } catch (error) {
    if (error instanceof OmdbError) return null;
    throw error;
  }
}

/** Text around the first or the last "@", null without one. */
function split(text: string, at: number): [string, string] | null {
  return at < 0 ? null : [text.slice(0, at), text.slice(at + 1)];
}

/** The antichain that ids write as "9+12"; null for numbers that are no such thing. */
async function readAntichain(text: string, { store }: Context): Promise<Antichain | null> {
  if (text === "") return antichainOf(store, [], []);
  const parts = text.split("+");
  if (parts.length > store.limits.commitsPerVersion || !parts.every((part) => NUMBER.test(part))) return null;
  const commits = parts.map(Number);
  if (!commits.every(Number.isSafeInteger) || (await store.commits.ensure(commits)).length > 0) return null;
  const version = await antichainOf(store, commits, []);
  return version.join("+") === text ? version : null;
}

async function readView(id: string, context: Context): Promise<object | null> {
  const commits = await readAntichain(id, context);
  return commits && { commits };
}

async function readRecordView(id: string, context: Context): Promise<RecordView | null> {
  const [record, heads] = split(id, id.indexOf("@")) ?? ["", ""];
  const commits = await readAntichain(heads, context);
  if (!commits) return null;
  const found = await withUuid(record, (uuid) => recordInVersion(context, { commits }, uuid));
  return found && found.heads.join("+") === heads ? { found } : null;
}

async function readRecordChange(id: string, context: Context): Promise<RecordChange | null> {
  const [record, versions] = split(id, id.indexOf("@")) ?? ["", ""];
  const [from, to, ...more] = versions.split("..");
  if (from === undefined || to === undefined || more.length > 0) return null;
  const [before, after] = await Promise.all([from, to].map((heads) => readOwnVersion(record, heads, context)));
  return before && after ? changeBetween(before, after) : null;
}

/** A record's own version by its heads; none: before it was created. */
async function readOwnVersion(record: string, heads: string, context: Context): Promise<RecordVersion | null> {
  if (heads === "") return { record, heads: [], state: undefined };
  const view = await readRecordView(`${record}@${heads}`, context);
  return view && view.found;
}

async function readFrontierRecord(id: string, context: Context): Promise<FrontierRecord | null> {
  const [record, name] = split(id, id.indexOf("@")) ?? ["", ""];
  const frontier = await context.frontiers.find(name);
  if (!frontier) return null;
  const found = await withUuid(record, (uuid) => recordInVersion(context, frontier.version, uuid));
  return found && { frontier, found };
}

async function readFrontierChange(id: string, context: Context): Promise<object | null> {
  const [frontier, sequence] = split(id, id.lastIndexOf("@")) ?? ["", ""];
  return withNumber(sequence, (number) =>
    context.batch.load(
      "frontier change",
      { frontier, sequence: number },
      (keys: readonly LogPlace[]) => readChangesByKey(context.store.database.pool, keys),
      (key) => `${key.sequence}@${key.frontier}`,
    ),
  );
}

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: "Anything that has an id. Coalesced operations are an index, not nodes: node gives null for them.",
    args: { id: t.arg.id({ required: true, description: "An id as a node gave it." }) },
    resolve: (_root, { id }, context) => readNode(id, context) as never,
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description: "The same for many ids, at most 1000, in their order.",
    args: { ids: t.arg.idList({ required: true, description: "Ids as nodes gave them." }) },
    resolve: (_root, { ids }, context) => {
      const { keysPerCall } = context.store.limits;
      if (ids.length > keysPerCall) {
        throw new LimitExceeded(`At most ${keysPerCall} are read at once.`, ["ids"], "keysPerCall", keysPerCall);
      }
      return Promise.all(ids.map((id) => readNode(id, context))) as never;
    },
  }),
}));
