import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { findViolations } from "./support/architecture";

const SOURCES = path.resolve(__dirname, "../src");

test("the sources keep to the architecture: core ← store ← live ← graphql ← server ← cli", async () => {
  const files = (await readdir(SOURCES, { recursive: true })).filter((file) => file.endsWith(".ts"));
  const sources = await Promise.all(
    files.map(async (file): Promise<[string, string]> => {
      return [file.split(path.sep).join("/"), await readFile(path.join(SOURCES, file), "utf8")];
    }),
  );
  expect(sources.length).toBeGreaterThan(50);
  expect(findViolations(new Map(sources))).toEqual([]);
});

describe("it is noticed when", () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "a folder imports one further out",
      { "store/a.ts": `import { b } from "../graphql/b";`, "graphql/b.ts": "" },
      ["store/a.ts: store must not import graphql (graphql/b.ts)"],
    ],
    [
      "it does so for a type only",
      { "core/a.ts": `import type { B } from "../store/b";`, "store/b.ts": "" },
      ["core/a.ts: core must not import store (store/b.ts)"],
    ],
    [
      "it does so in the middle of the code",
      { "core/a.ts": `const f = () => import("../live/b"); type T = import("../cli/c").C;` },
      ["core/a.ts: core must not import live (live/b)", "core/a.ts: core must not import cli (cli/c)"],
    ],
    [
      "it exports what it should not know",
      { "live/a.ts": `export * from "../server/b";`, "server/b.ts": "" },
      ["live/a.ts: live must not import server (server/b.ts)"],
    ],
    [
      "files import one another in a circle",
      {
        "core/a.ts": `import { b } from "./deep/b";`,
        "core/deep/b.ts": `import { c } from "../c";`,
        "core/c.ts": `import type { a } from "./a";`,
      },
      ["cycle: core/a.ts → core/deep/b.ts → core/c.ts → core/a.ts"],
    ],
    ["a file imports itself", { "core/a.ts": `import "./a";` }, ["cycle: core/a.ts → core/a.ts"]],
    [
      "the part for clients imports anything, or is imported",
      {
        "client/a.ts": `import { GraphQLError } from "graphql"; import { b } from "../core/b"; import "./c";`,
        "client/c.ts": "",
        "core/b.ts": "",
        "cli/d.ts": `export * from "../client/a";`,
      },
      [
        "client/a.ts: client must not import graphql",
        "client/a.ts: client must not import core/b.ts",
        "cli/d.ts: cli must not import client/a.ts",
      ],
    ],
    [
      "the core imports a module of Node",
      { "core/a.ts": `import fs from "node:fs"; import path from "path";` },
      ["core/a.ts: the core must not import node:fs", "core/a.ts: the core must not import path"],
    ],
    [
      "the core imports Prisma or GraphQL",
      { "core/a.ts": `import "@prisma/client"; import type { GraphQLError } from "graphql";` },
      ["core/a.ts: the core must not import @prisma/client", "core/a.ts: the core must not import graphql"],
    ],
    [
      "the core looks at the clock",
      { "core/a.ts": "Date.now();\nnew Date();\nperformance.now();" },
      [
        "core/a.ts:1: the core must not use Date",
        "core/a.ts:2: the core must not use Date",
        "core/a.ts:3: the core must not use performance",
      ],
    ],
    [
      "the core throws dice",
      { "core/a.ts": "Math.random();\ncrypto.randomUUID();\nconst dice = { crypto };" },
      [
        "core/a.ts:1: the core must not use Math.random",
        "core/a.ts:2: the core must not use crypto",
        "core/a.ts:3: the core must not use crypto",
      ],
    ],
    [
      "the environment is read elsewhere",
      {
        "store/a.ts": `process.env.HOME;\nprocess["env"];\nconst { env } = process;`,
        "cli/b.ts": `import { env } from "node:process";`,
      },
      [
        "cli/b.ts: must not import node:process",
        "store/a.ts:1: reads process.env",
        "store/a.ts:2: reads process.env",
        "store/a.ts:3: reads process.env",
      ],
    ],
    [
      "a file stands outside the folders, or is a drawer for everything",
      { "main.ts": "", "web/a.ts": "", "core/index.ts": "", "store/utils.ts": "" },
      [
        "main.ts: stands in no folder of the architecture",
        "web/a.ts: stands in no folder of the architecture",
        "core/index.ts: is named after no field's word for what it holds",
        "store/utils.ts: is named after no field's word for what it holds",
      ],
    ],
    [
      "a file outside the sources is imported",
      { "cli/a.ts": `import "../../test/support/b"; import { version } from "../../package.json";` },
      ["cli/a.ts: must not import ../../test/support/b, outside the sources"],
    ],
  ])("%s", (_, sources, violations) => {
    expect(findViolations(new Map(Object.entries(sources)))).toEqual(violations);
  });

  test("and nothing is where nothing is wrong", () => {
    const sources = {
      "core/a.ts": `import Ajv from "ajv"; import { b } from "./b"; const c = { Date: 1 }; c.Date; interface D { process: 1 }`,
      "core/b.ts": "export const b = Math.max(1, 2);",
      "store/c.ts": `import fs from "node:fs"; import { b } from "../core/b"; import { p } from "./prisma/client"; new Date();`,
      "store/prisma/client.ts": `import "../../cli/e"; process.env.X; import "./client";`,
      "server/configuration.ts": "export const home = process.env.HOME;",
      "cli/e.ts": `import { home } from "../server/configuration";`,
    };
    expect(findViolations(new Map(Object.entries(sources)))).toEqual([]);
  });
});
