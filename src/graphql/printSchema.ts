/** Prints the schema: `npm run schema` writes it to schema.graphql, `npm run schema:check` compares. */
import { lexicographicSortSchema, printSchema } from "graphql";
import { buildSchema } from "./schema";

process.stdout.write(`${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
