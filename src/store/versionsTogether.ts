/**
 * Which of some versions can stand together: what lies between all of them is read once, and any of them are judged in
 * memory. Most of it cannot matter: what only some of the same versions touch and read conflicts with nothing.
 */
import { setImmediate as turn } from "node:timers/promises";
import { maximal } from "../core/antichain";
import type { JudgedOperation } from "../core/consistency";
import { commitsFrom } from "../core/descent";
import { isInHistory, type CommitGraph } from "../core/graph";
import type { CommitId, OperationId, RecordId } from "../core/ids";
import type { Json } from "../core/json";
import { bitOf, joinOf, partsHaving, suspectsOfAny, type Parts } from "../core/joining";
import { applyAll } from "../core/operation";
import { readsOf } from "../core/reads";
import { JoinedWindows, startOfWindows, type BasedWindow } from "./basedWindows";
import { findSchemaBreaches } from "./conflicts";
import type { Sql } from "./database";
import { judgeCase } from "./judgement";
import { operationsByCommit, operationsOfCommits, readSettlements, type Settlement } from "./operationRows";
import { partsThatStand } from "./mergeJudgement";
import type { Store } from "./store";
import { readTypes, readTypesByRecord } from "./typeTables";
import type { Version } from "./versions";

/** What is read of versions, that any of them are judged by. */
interface Between {
  readonly graph: CommitGraph;
  /** For each version: versions that are consistent, each for itself, and form it together. */
  readonly parts: readonly (readonly Version[])[];
  /** A logical time below which all parts have the same. */
  readonly start: number;
  /** Operations from then on that can matter to a verdict. */
  readonly operations: ReadonlyMap<CommitId, readonly JudgedOperation[]>;
  readonly settlements: ReadonlyMap<OperationId, readonly Settlement[]>;
  /** Of the records that the operations touch or read, in what all versions form together. */
  readonly windows: ReadonlyMap<RecordId, BasedWindow>;
  /** The records among them that can come to break their schema, with it. */
  readonly schemas: ReadonlyMap<RecordId, Json>;
  /** Which parts have a commit that matters: versions that have the same of these get the same verdict. */
  readonly classes: readonly Parts[];
}

export class VersionsTogether {
  readonly #verdicts = new Map<string, Promise<boolean>>();

  private constructor(
    private readonly store: Store,
    private readonly sql: Sql,
    private readonly between: Between,
  ) {}

  /** @param versions in the graph of the store */
  static async read(store: Store, sql: Sql, versions: readonly Version[]): Promise<VersionsTogether> {
    const parts: Version[][] = [];
    for (const version of versions) parts.push(await partsThatStand(store, sql, [version]));
    return new VersionsTogether(store, sql, await readBetween(store, sql, parts));
  }

  /**
   * Whether versions are consistent together.
   * @param indices of the versions, ascending
   */
  areConsistent(indices: readonly number[]): Promise<boolean> {
    const { parts, classes } = this.between;
    let chosen = 0n;
    let bit = 1n;
    for (const [index, own] of parts.entries()) {
      for (let part = 0; part < own.length; part += 1, bit <<= 1n) if (indices.includes(index)) chosen |= bit;
    }
    const key = classes.map((those) => ((those & chosen) === 0n ? "0" : "1")).join("");
    const known = this.#verdicts.get(key) ?? this.#judge(indices);
    this.#verdicts.set(key, known);
    return known;
  }

  async #judge(indices: readonly number[]): Promise<boolean> {
    const { graph, parts, start, operations, settlements, windows, schemas } = this.between;
    // There may be thousands of sets: others have their turns between them.
    await turn();
    const join = joinOf(
      graph,
      indices.flatMap((index) => parts[index]!.map(({ commits }) => commits)),
    );
    let region: ReadonlySet<CommitId> | undefined;
    const here = (record: RecordId): BasedWindow => {
      region ??= new Set(commitsFrom(graph, join.version, start));
      const window = windows.get(record)!;
      const own = window.operations.filter(({ commit }) => region!.has(commit));
      const heads = maximal(graph, [...window.cut, ...own.map(({ commit }) => commit)]);
      return { ...window, heads, operations: own };
    };
    const { breaches } = await judgeCase({
      graph,
      join,
      operations,
      start,
      windows: (records) => Promise.resolve(records.map(here)),
      settlements: (ids) => Promise.resolve(ids.flatMap((id) => settlements.get(id) ?? [])),
    });
    if (breaches.length > 0) return false;
    for (const [record, schema] of schemas) {
      // A record that some version has as the whole has it is as consistent as it is there.
      const touching = new Set(windows.get(record)!.operations.map(({ commit }) => commit));
      if (!join.beyond.every((commits) => commits.some((commit) => touching.has(commit)))) continue;
      const { heads, operations: own, base } = here(record);
      const state = heads.length > 1 ? applyAll(base, own) : undefined;
      if (state === undefined || !this.store.schemas.errors(schema, state)) continue;
      const broken = await findSchemaBreaches(this.store, this.sql, [{ record, heads: [...heads], state }]);
      if (broken.length > 0) return false;
    }
    return true;
  }
}

async function readBetween(store: Store, sql: Sql, parts: readonly (readonly Version[])[]): Promise<Between> {
  const { graph } = store.commits;
  const all = parts.flat();
  const join = joinOf(
    graph,
    all.map(({ commits }) => commits),
  );
  const suspects = suspectsOfAny(graph, join);
  const between = await operationsOfCommits(sql, [...new Set([...suspects, ...join.beyond.flat()])]);
  const having = partsHaving(join);
  const touching = new Map<RecordId, Set<Parts>>();
  for (const { record, commit } of between) {
    const known = touching.get(record) ?? new Set();
    touching.set(record, known.add(having(commit)));
  }
  const canFail = new Set(suspects);
  const exposed = between.filter(
    (operation) =>
      canFail.has(operation.commit) &&
      readsOf(operation).some(({ record }) => {
        const others = touching.get(record);
        return others !== undefined && (others.size > 1 || !others.has(having(operation.commit)));
      }),
  );
  const contested = [...touching].flatMap(([record, those]) => (those.size > 1 ? [record] : []));
  const schemas = await schemasOf(sql, contested);
  const reads = exposed.flatMap((operation) => readsOf(operation).map(({ record }) => record));
  const records = new Set([...reads, ...schemas.keys()]);
  const operations = operationsByCommit(between.filter(({ record }) => records.has(record)));
  const [oldest] = suspects;
  const start = startOfWindows(Math.min(join.floor, oldest === undefined ? Infinity : graph.logicalTime(oldest)));
  const windows = await new JoinedWindows(store, sql, all, start).based([...records]);
  const settlements = await readSettlements(
    sql,
    exposed.map(({ id }) => id),
  );
  await store.commits.ensure(settlements.map(({ commit }) => commit));
  const settled = new Map<OperationId, Settlement[]>();
  for (const settlement of settlements) {
    settled.set(settlement.operation, [...(settled.get(settlement.operation) ?? []), settlement]);
  }
  const settling = [...new Set(settlements.map(({ commit }) => commit))].map((commit) =>
    all.reduce((those, part, index) => those | (isInHistory(graph, commit, part.commits) ? bitOf(index) : 0n), 0n),
  );
  const classes = [...new Set([...[...operations.keys()].map(having), ...settling])];
  return {
    graph,
    parts,
    start,
    operations,
    settlements: settled,
    windows: new Map(windows.map((window) => [window.record, window])),
    schemas,
    classes,
  };
}

/** The schemas of records whose type has one. */
async function schemasOf(sql: Sql, records: readonly RecordId[]): Promise<Map<RecordId, Json>> {
  const typeOf = await readTypesByRecord(sql, records);
  const types = await readTypes(sql, [...new Set(typeOf.values())]);
  return new Map(
    records.flatMap((record) => {
      const schema = types.get(typeOf.get(record) ?? "")?.schema ?? null;
      return schema === null ? [] : [[record, schema] as const];
    }),
  );
}
