/** Names in SQL text. Values always travel as parameters; only DDL and the per-type tables need these. */
import pg from "pg";

export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name);

/** For DDL, which takes no parameters. */
export const quoteLiteral = (value: string): string => pg.escapeLiteral(value);

/** `omdb."latest_country"`: a table of the omdb schema, quoted. */
export const omdbTable = (name: string): string => `omdb.${quoteIdentifier(name)}`;
