// Typed documents: whatever a test writes with `graphql()` gets the types of its variables and of its result.
import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["test/**/*.ts", "!test/gql/**"],
  ignoreNoDocuments: true,
  generates: {
    "src/client/cacheSettings.ts": {
      plugins: ["./.codegen.cacheSettings.cjs"],
      config: { skipDocumentsValidation: true },
    },
    "test/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: {
          BigInt: { input: "string | number", output: "string" },
          SafeInt: "number",
          DateTime: "string",
          JSON: "unknown",
          UUID: "string",
          Path: "readonly (string | number)[]",
        },
      },
    },
  },
};

export default config;
