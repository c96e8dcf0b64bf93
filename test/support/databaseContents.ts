/** What a database holds, for tests that nothing was stored. */
import type { TestDatabase } from "./database";

/** For each table of omdb its number of rows and a digest of them, and for each sequence where it stands. */
export const databaseContents = (database: TestDatabase): Promise<Contents> =>
  contentsBy(database, `coalesce(md5(string_agg(t::text, ',' order by t::text)), '')`);

/**
 * For each table its number of rows and a sum of the transactions that wrote them, and for each sequence where it stands:
 * every insert, update and delete changes it, also one that writes what was there, and no row has to be spelt out for it.
 */
export const databaseWrites = (database: TestDatabase): Promise<Contents> =>
  contentsBy(database, `coalesce(sum(xmin::text::bigint), 0)`);

type Contents = Readonly<Record<string, string>>;

/** @param digest an aggregate over the rows `t` of a table */
async function contentsBy({ pool }: TestDatabase, digest: string): Promise<Contents> {
  const { rows: tables } = await pool.query<{ statement: string }>(
    `select format('select %L as name, count(*) || '' '' || %s as value from omdb.%I t', tablename, $1::text, tablename)
       as statement
     from pg_tables where schemaname = 'omdb'
     union all
     select format('select %L, last_value || '' '' || is_called from omdb.%I', sequencename, sequencename)
     from pg_sequences where schemaname = 'omdb'`,
    [digest],
  );
  const { rows } = await pool.query<{ name: string; value: string }>(
    tables.map(({ statement }) => statement).join(" union all "),
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
