/** What a database holds, for tests that nothing was stored. */
import type { TestDatabase } from "./database";

/** For each table of omdb its number of rows and a digest of them, and for each sequence where it stands. */
export async function databaseContents({ pool }: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const { rows: tables } = await pool.query<{ statement: string }>(
    `select format('select %L as name, count(*) || '' '' || coalesce(md5(string_agg(t::text, '','' order by t::text)), '''') as value from omdb.%I t',
       tablename, tablename) as statement
     from pg_tables where schemaname = 'omdb'
     union all
     select format('select %L, last_value || '' '' || is_called from omdb.%I', sequencename, sequencename)
     from pg_sequences where schemaname = 'omdb'`,
  );
  const { rows } = await pool.query<{ name: string; value: string }>(
    tables.map(({ statement }) => statement).join(" union all "),
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
