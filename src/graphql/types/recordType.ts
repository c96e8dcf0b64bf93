import { InvalidInput, LimitExceeded } from "../../core/errors";
import type { Json } from "../../core/json";
import { compileSchema, countSubschemas } from "../../core/jsonSchema";
import { jsonBytes } from "../../core/size";
import type { Limits } from "../../core/limits";
import { checkPath, type Path } from "../../core/path";
import { checkName, checkString, checkValue } from "../../core/value";
import { inTransaction } from "../../store/database";
import { omdbTable } from "../../store/identifiers";
import { countTypes, readTypeNames } from "../../store/typePages";
import { defineType } from "../../store/typeTables";
import { builder } from "../builder";
import { connectionOf, nodesOf, readPage, withNodes } from "../connections";
import { MUTATION_ERRORS } from "../errors";
import { nameKeys } from "../keys";
import { RecordTypeConnection, RecordTypeNode } from "../nodes";

builder.objectFields(RecordTypeNode, (t) => ({
  name: t.exposeString("name", { description: "Its name." }),
  schema: t.field({
    type: "JSON",
    nullable: true,
    description: "JSON Schema (2020-12) that states must satisfy, if one was given.",
    resolve: async ({ name }, _args, { load }) => (await load.existingType(name)).schema,
  }),
  indexes: t.field({
    type: ["Path"],
    description: "Paths with their own index for where and orderBy on a frontier.",
    resolve: async ({ name }, _args, { load }) => (await load.existingType(name)).indexes as unknown as Path[],
  }),
  latestTable: t.string({
    description: "The PostgreSQL table of the states that frontiers hold, quoted as SQL wants it.",
    resolve: async ({ name }, _args, { load }) => omdbTable((await load.existingType(name)).latest),
  }),
  snapshotsTable: t.string({
    description: "The PostgreSQL table of states at snapshots, quoted as SQL wants it.",
    resolve: async ({ name }, _args, { load }) => omdbTable((await load.existingType(name)).snapshots),
  }),
  createdAt: t.field({
    type: "DateTime",
    description: "When it was defined.",
    resolve: async ({ name }, _args, { load }) => (await load.existingType(name)).createdAt,
  }),
}));

builder.queryFields((t) => ({
  recordType: t.field({
    type: RecordTypeNode,
    nullable: true,
    description: "A type by name.",
    args: { name: t.arg.string({ required: true, description: "The type's name." }) },
    resolve: (_root, { name }, context) => context.load.types.load(checkString(name, ["name"])),
  }),
  recordTypes: t.field({
    type: RecordTypeConnection,
    description: "All types, by name.",
    args: t.arg.connectionArgs(),
    resolve: async (_root, args, { store }) => {
      const page = readPage(args, nameKeys("recordTypes"), store.limits);
      const { pool } = store.database;
      const connection = connectionOf(
        page,
        await readTypeNames(pool, page.window),
        (name) => name,
        () => countTypes(pool),
      );
      return withNodes(
        connection,
        nodesOf(connection).map((name) => ({ name })),
      );
    },
  }),
}));

const DefineRecordTypeInput = builder.inputType("DefineRecordTypeInput", {
  description: "Again with the same name: updates; a member left out is kept, schema null clears it.",
  fields: (t) => ({
    name: t.string({ required: true, description: "Its name." }),
    schema: t.field({ type: "JSON", description: "JSON Schema (2020-12) that states must satisfy." }),
    indexes: t.field({ type: ["Path"], description: "Paths that get their own index for where and orderBy." }),
  }),
});

interface DefineRecordTypePayload {
  readonly name: string;
}

const DefineRecordTypePayload = builder.objectRef<DefineRecordTypePayload>("DefineRecordTypePayload").implement({
  description: "A type was defined.",
  fields: (t) => ({
    recordType: t.field({
      type: RecordTypeNode,
      description: "The type as it is now.",
      resolve: ({ name }, _args, { load }) => {
        load.types.clear(name);
        return load.existingType(name);
      },
    }),
  }),
});

builder.mutationField("defineRecordType", (t) =>
  t.field({
    type: DefineRecordTypePayload,
    description: "Defines a type of records, or changes its schema and indexes.",
    args: { input: t.arg({ type: DefineRecordTypeInput, required: true, description: "What to define." }) },
    errors: { types: MUTATION_ERRORS, union: { name: "DefineRecordTypeResult", description: "A type, or why not." } },
    resolve: async (_root, { input }, { store }) => {
      const name = checkName(input.name, ["name"], store.limits);
      const schema = input.schema === undefined ? undefined : readSchema(input.schema, store.limits);
      const indexes = input.indexes ? readIndexes(input.indexes, store.limits) : undefined;
      await inTransaction(store.database, (sql) =>
        defineType(sql, name, {
          ...(schema === undefined ? {} : { schema }),
          ...(indexes === undefined ? {} : { indexes }),
        }),
      );
      return { name };
    },
  }),
);

function readSchema(input: unknown, limits: Limits): Json {
  const schema = checkValue(input, ["schema"], limits);
  const { schemaBytes, subschemas } = limits;
  if (jsonBytes(schema, schemaBytes) > schemaBytes) {
    throw new LimitExceeded(`The schema is larger than ${schemaBytes} bytes.`, ["schema"], "schemaBytes", schemaBytes);
  }
  if (countSubschemas(schema) > subschemas) {
    throw new LimitExceeded(
      `The schema is made of more than ${subschemas} objects.`,
      ["schema"],
      "subschemas",
      subschemas,
    );
  }
  if (schema !== null) compileSchema(schema, ["schema"]);
  return schema;
}

function readIndexes(paths: readonly Path[], limits: Limits): Path[] {
  const maximum = limits.indexesPerType;
  if (paths.length > maximum) {
    throw new LimitExceeded(`A type has at most ${maximum} indexes.`, ["indexes"], "indexesPerType", maximum);
  }
  return paths.map((path, index) => {
    const at = ["indexes", index];
    if (path.length === 0) throw new InvalidInput("The whole record cannot be indexed.", at);
    return checkPath(path, at, limits);
  });
}
