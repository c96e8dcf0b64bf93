/**
 * The two tables of a record type: `latest_<type>` with the states that frontiers hold, and
 * `snapshots_<type>` with states at cuts of records. They are made when the type is defined.
 */
import { createHash } from "node:crypto";
import type { Json } from "../core/json";
import { InvalidInput } from "../core/errors";
import type { RecordId } from "../core/ids";
import type { Path } from "../core/path";
import type { Sql } from "./database";
import { omdbTable, quoteIdentifier, quoteLiteral } from "./identifiers";
import { few } from "./plannedOnce";
import { orderKeys } from "./sqlOrder";
import { literalPathExpression } from "./sqlPath";

export interface TypeRow {
  readonly name: string;
  readonly schema: Json | null;
  readonly indexes: readonly Path[];
  /** Names of its two tables, unquoted, without the schema. */
  readonly latest: string;
  readonly snapshots: string;
}

/** PostgreSQL cuts identifiers at 63 bytes; the prefixes take up to 10 of them. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/;

/**
 * What stands for a type's name in its table names: the name itself where it is a plain word, else a readable rest and
 * a hash behind a `#`, which no plain word has.
 */
export function tableSuffix(typeName: string): string {
  if (PLAIN_NAME.test(typeName)) return typeName;
  const hash = createHash("sha256").update(typeName).digest("hex").slice(0, 16);
  return `${typeName.replaceAll(/[^A-Za-z0-9_]+/g, "_").slice(0, 24)}#${hash}`;
}

const COLUMNS = `id as name, schema, indexes, latest, snapshots`;

/** The types of these names; unknown names are missing from the map. */
export async function readTypes(sql: Sql, names: readonly string[]): Promise<Map<string, TypeRow>> {
  const { rows } = await sql.query<TypeRow>(`select ${COLUMNS} from omdb.types where id = any($1)`, [names]);
  return new Map(rows.map((row) => [row.name, row]));
}

/** All types, by name. */
export async function readAllTypes(sql: Sql): Promise<TypeRow[]> {
  const { rows } = await sql.query<TypeRow>(`select ${COLUMNS} from omdb.types order by id`);
  return rows;
}

/** The types of some records, without repeats; records that do not exist have none. */
export async function readTypesOfRecords(sql: Sql, records: readonly RecordId[]): Promise<TypeRow[]> {
  return [...(await readRecordTypes(sql, records, [])).types.values()];
}

export interface RecordTypes {
  /** By name. */
  readonly types: ReadonlyMap<string, TypeRow>;
  /** The name of the type of each record; records that do not exist are missing. */
  readonly ofRecords: ReadonlyMap<RecordId, string>;
}

/** The types of some records and those of some names, in one query. */
export async function readRecordTypes(
  sql: Sql,
  records: readonly RecordId[],
  names: readonly string[],
): Promise<RecordTypes> {
  const { rows } = await sql.query<TypeRow & { records: RecordId[] }>({
    name: "omdb types of records",
    text: `with found as materialized (
       select r.id, r.type from ${few("unnest($1::uuid[])", "$1::uuid[]")} as k(id)
       cross join lateral (select r.id, r.type from omdb.records r where r.id = k.id offset 0) r
     ), names as (
       select type from found union select * from ${few("unnest($2::text[])", "$2::text[]")} k
     )
     select t.*, array(select f.id from found f where f.type = t.name) as records
     from names cross join lateral (select ${COLUMNS} from omdb.types t where t.id = names.type offset 0) t`,
    values: [records, names],
  });
  return {
    types: new Map(rows.map(({ records: _, ...type }) => [type.name, type])),
    ofRecords: new Map(rows.flatMap((row) => row.records.map((record) => [record, row.name] as const))),
  };
}

/** Gives the type of each of some records, all of which exist. */
export async function readTypeOf(sql: Sql, records: readonly RecordId[]): Promise<(record: RecordId) => TypeRow> {
  const { types, ofRecords } = await readRecordTypes(sql, records, []);
  return (record) => {
    const type = types.get(ofRecords.get(record) ?? "");
    if (!type) throw new Error(`The record ${record} has no type.`);
    return type;
  };
}

/** The name of the type of each of some records; records that do not exist are missing from the map. */
export async function readTypesByRecord(sql: Sql, records: readonly RecordId[]): Promise<Map<RecordId, string>> {
  const { rows } = await sql.query<{ id: RecordId; type: string }>(
    `select id, type from omdb.records where id = any($1::uuid[])`,
    [records],
  );
  return new Map(rows.map(({ id, type }) => [id, type]));
}

/** Serialises changes of types across servers; held until the transaction ends. */
const lockTypes = (sql: Sql) => sql.query(`select pg_advisory_xact_lock(hashtextextended('omdb.types', 0))`);

/**
 * The type of this name, made with its tables if it is new. Must run in a transaction.
 * @param name checked by `checkName`
 */
export async function ensureType(sql: Sql, name: string): Promise<TypeRow> {
  const known = (await readTypes(sql, [name])).get(name);
  if (known) return known;
  await lockTypes(sql);
  const suffix = tableSuffix(name);
  await sql.query(`insert into omdb.types (id, latest, snapshots) values ($1, $2, $3) on conflict (id) do nothing`, [
    name,
    `latest_${suffix}`,
    `snapshots_${suffix}`,
  ]);
  const type = (await readTypes(sql, [name])).get(name);
  if (!type) throw new Error(`type ${name} vanished while it was made`);
  await makeTables(sql, type);
  return type;
}

/**
 * Makes the type or changes it; what is undefined stays as it is. Must run in a transaction.
 * @param changes.schema null clears it; the caller has compiled it
 * @param changes.indexes checked paths; indexes of paths that are no longer named are dropped
 */
export async function defineType(
  sql: Sql,
  name: string,
  changes: { readonly schema?: Json | null; readonly indexes?: readonly Path[] },
): Promise<TypeRow> {
  await lockTypes(sql);
  const before = await ensureType(sql, name);
  if (changes.schema !== undefined) {
    const text = changes.schema === null ? null : JSON.stringify(changes.schema);
    await sql.query(`update omdb.types set schema = $2::jsonb where id = $1`, [name, text]);
  }
  if (changes.indexes !== undefined) {
    const wanted = new Map(changes.indexes.map((path) => [indexName(before, path), path]));
    for (const path of before.indexes) {
      const index = indexName(before, path);
      if (!wanted.has(index)) await sql.query(`drop index if exists ${omdbTable(index)}`);
    }
    for (const [index, path] of wanted) await makeIndex(sql, before, index, path);
    await sql.query(`update omdb.types set indexes = $2::jsonb where id = $1`, [
      name,
      JSON.stringify([...wanted.values()]),
    ]);
  }
  const type = (await readTypes(sql, [name])).get(name);
  if (!type) throw new Error(`type ${name} vanished while it was changed`);
  return type;
}

/** Makes the tables of every type that lacks them: of types that were there before omdb managed the database. */
export async function ensureTypeTables(sql: Sql): Promise<TypeRow[]> {
  await lockTypes(sql);
  const types = await readAllTypes(sql);
  for (const type of types) await makeTables(sql, type);
  return types;
}

async function makeTables(sql: Sql, type: TypeRow): Promise<void> {
  const index = (kind: string) => quoteIdentifier(`omdb_${kind}_${hashOf(type.latest)}`);
  // A row is what a frontier held of a record from one sequence of its log up to another; the current one has no end.
  await sql.query(`
    create table if not exists ${omdbTable(type.latest)} (
      frontier text not null references omdb.frontiers (id),
      record uuid not null references omdb.records (id),
      from_sequence bigint not null,
      to_sequence bigint,
      heads bigint[] not null,
      state jsonb,
      primary key (frontier, record, from_sequence)
    )`);
  await sql.query(`
    create unique index if not exists ${index("current")} on ${omdbTable(type.latest)} (frontier, record)
      where to_sequence is null`);
  await sql.query(`
    create index if not exists ${index("state")} on ${omdbTable(type.latest)} using gin (state jsonb_path_ops)`);
  // In the order in which the sweep looks at rows that ended.
  await sql.query(`
    create index if not exists ${index("ended")} on ${omdbTable(type.latest)} (frontier, to_sequence, record)
      where to_sequence is not null`);
  await sql.query(`
    create table if not exists ${omdbTable(type.snapshots)} (
      record uuid not null references omdb.records (id),
      heads bigint[] not null,
      state jsonb,
      primary key (record, heads)
    )`);
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

const indexName = (type: TypeRow, path: Path): string => `omdb_path_${hashOf(JSON.stringify([type.latest, path]))}`;

async function makeIndex(sql: Sql, type: TypeRow, name: string, path: Path): Promise<void> {
  if (path.length === 0) throw new InvalidInput("The whole record cannot be indexed.", ["indexes"]);
  const keys = orderKeys(literalPathExpression("state", path, quoteLiteral));
  await sql.query(`
    create index if not exists ${quoteIdentifier(name)}
      on ${omdbTable(type.latest)} (frontier, ${keys.rank}, ${keys.number}, ${keys.prefix}, record)`);
}
