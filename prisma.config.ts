import { defineConfig } from "prisma/config";

// `prisma generate` looks for a schema engine that it does not use; any existing file keeps it from downloading one.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= __filename;

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
});
