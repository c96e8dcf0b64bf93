/** Prisma's own schema engine, as WebAssembly, on a database of the tests: what `prisma migrate` would say of it. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm" with { "resolution-mode": "import" };
import pg from "pg";

const BINDINGS = "@prisma/schema-engine-wasm/schema_engine_bg";

interface Bindings {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: object): void;
}

/** Node 20 has WebAssembly, its type definitions have not. */
declare const WebAssembly: {
  instantiate(code: Buffer, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

async function load(): Promise<Bindings> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- jest turns the package into CommonJS
  const bindings = require(BINDINGS) as Bindings;
  const code = await readFile(path.join(path.dirname(require.resolve(BINDINGS)), "schema_engine_bg.wasm"));
  const imports = Object.entries(bindings).map(([name, value]) =>
    name.startsWith("__wbg_setTimeout_") ? [name, idleTimeout] : [name, value as unknown],
  );
  const { instance } = await WebAssembly.instantiate(code, { "./schema_engine_bg.js": Object.fromEntries(imports) });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

/** The engine leaves the timer of its lock running for ten seconds; the process need not wait for it. */
const idleTimeout = (call: () => void, milliseconds: number) => setTimeout(call, milliseconds).unref();

let loaded: Promise<Bindings> | undefined;

/** Runs `work` with an engine for this schema that is connected to the database. */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  schema: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await (loaded ??= load());
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const factory = bindMigrationAwareSqlAdapterFactory(new CatalogueAdapter(pool));
  const engine = await SchemaEngine.new({ datamodels: [["schema.prisma", schema]] }, () => undefined, factory);
  try {
    return await work(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}

const CHAR = 18;
const TEXT = 25;

/** The catalogue has columns of type "char": the engine wants them marked as such, and the adapter does not know the type. */
class CatalogueAdapter extends PrismaPg {
  private readonly charColumns = new Set<string>();

  constructor(private readonly ownPool: pg.Pool) {
    super(ownPool);
    ownPool.on("connect", (client) => {
      client.connection.prependListener("rowDescription", ({ fields }: { fields: pg.FieldDef[] }) => {
        for (const field of fields) {
          if (field.dataTypeID !== CHAR) continue;
          this.charColumns.add(field.name);
          field.dataTypeID = TEXT;
        }
      });
    });
  }

  override async connect(): ReturnType<PrismaPg["connect"]> {
    const adapter = await super.connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const type = (name: string, index: number) =>
        this.charColumns.has(name) ? ColumnTypeEnum.Character : (result.columnTypes[index] ?? ColumnTypeEnum.Text);
      return { ...result, columnTypes: result.columnNames.map(type) };
    };
    // The adapter cuts scripts at every semicolon, those in comments too.
    adapter.executeScript = async (script) => void (await this.ownPool.query(script));
    return adapter;
  }
}
