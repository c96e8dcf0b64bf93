import { readFile } from "node:fs/promises";
import path from "node:path";
import { DEFAULT_LIMITS } from "../../src/core/limits";
import { DEFAULT_SERVER_LIMITS } from "../../src/server/serverLimits";
import { ConfigurationError, limitVariable, readConfiguration } from "../../src/server/configuration";

const URL_A = "postgres://user:secret@db.example:5432/a";
const URL_B = "postgresql://user:secret@db.example:5433/b";

test("without anything said", () => {
  expect(readConfiguration({}, {})).toEqual({
    host: "127.0.0.1",
    port: 4000,
    dataDirectory: ".omdb",
    databaseUrl: undefined,
    directUrl: undefined,
    connections: 10,
    lockTimeout: 30_000,
    statementTimeout: 600_000,
    allowedOrigins: [],
    graceTime: 10_000,
    noticeTime: 1_000,
    limits: DEFAULT_LIMITS,
    serverLimits: DEFAULT_SERVER_LIMITS,
  });
});

test("everything from the environment", () => {
  const environment = {
    HOST: "0.0.0.0",
    PORT: "80",
    OMDB_DATA_DIR: "/data",
    DATABASE_URL: URL_A,
    DIRECT_URL: URL_B,
    OMDB_CONNECTIONS: "3",
    OMDB_LOCK_TIMEOUT_MS: "0",
    OMDB_STATEMENT_TIMEOUT_MS: "5000",
    OMDB_GRACE_TIME_MS: "25000",
    OMDB_NOTICE_TIME_MS: "15000",
    OMDB_LIMIT_VALUE_BYTES: "2048",
    OMDB_LIMIT_HEADS: "1",
    OMDB_LIMIT_REQUEST_BYTES: "4096",
    OMDB_ALLOWED_ORIGINS: "https://app.example, http://localhost:3000,",
  };
  expect(readConfiguration({}, environment)).toEqual({
    host: "0.0.0.0",
    port: 80,
    dataDirectory: "/data",
    databaseUrl: URL_A,
    directUrl: URL_B,
    connections: 3,
    lockTimeout: 0,
    statementTimeout: 5_000,
    allowedOrigins: ["https://app.example", "http://localhost:3000"],
    graceTime: 25_000,
    noticeTime: 15_000,
    limits: { ...DEFAULT_LIMITS, valueBytes: 2048, heads: 1 },
    serverLimits: { ...DEFAULT_SERVER_LIMITS, requestBytes: 4096 },
  });
});

test("the command line wins", () => {
  const environment = { HOST: "0.0.0.0", PORT: "80", DATABASE_URL: URL_A, DIRECT_URL: URL_A };
  expect(readConfiguration({ host: "::1", port: "0", databaseUrl: URL_B }, environment)).toMatchObject({
    host: "::1",
    port: 0,
    databaseUrl: URL_B,
    directUrl: undefined,
  });
  expect(readConfiguration({ dataDir: "here" }, environment)).toMatchObject({
    dataDirectory: "here",
    databaseUrl: undefined,
    directUrl: undefined,
  });
});

test("a variable that is empty is absent", () => {
  const empty = { HOST: "", PORT: "", OMDB_DATA_DIR: "", DATABASE_URL: "", DIRECT_URL: "", OMDB_LIMIT_HEADS: "" };
  expect(readConfiguration({}, empty)).toEqual(readConfiguration({}, {}));
});

test("every limit has a variable", () => {
  for (const name of Object.keys(DEFAULT_LIMITS)) {
    expect(limitVariable(name)).toMatch(/^OMDB_LIMIT(_[A-Z]+)+$/);
    expect(readConfiguration({}, { [limitVariable(name)]: "50" }).limits).toEqual({ ...DEFAULT_LIMITS, [name]: 50 });
  }
  for (const name of Object.keys(DEFAULT_SERVER_LIMITS)) {
    const { serverLimits } = readConfiguration({}, { [limitVariable(name)]: "50" });
    expect(serverLimits).toEqual({ ...DEFAULT_SERVER_LIMITS, [name]: 50 });
  }
});

test.each([
  ["a port that is no number", {}, { PORT: "http" }, /^PORT must be an integer from 0 to 65535, not "http"$/],
  ["a port out of range", { port: "65536" }, {}, /^--port must be an integer from 0 to 65535, not "65536"$/],
  ["a negative port", { port: "-1" }, {}, /^--port must be/],
  ["a port with a fraction", { port: "1.5" }, {}, /^--port must be/],
  ["a port in another notation", { port: "0x50" }, {}, /^--port must be/],
  ["an option that is empty", { host: "" }, {}, /^--host must not be empty$/],
  ["no connections", {}, { OMDB_CONNECTIONS: "0" }, /^OMDB_CONNECTIONS must be an integer from 2 to 1000, not "0"$/],
  ["a limit of nothing", {}, { OMDB_LIMIT_PATH_LENGTH: "0" }, /^OMDB_LIMIT_PATH_LENGTH must be an integer from 1 to/],
  ["a depth that no stack holds", {}, { OMDB_LIMIT_VALUE_DEPTH: "1001" }, /^OMDB_LIMIT_VALUE_DEPTH .* from 1 to 1000,/],
  [
    "a limit that does not exist",
    {},
    { OMDB_LIMIT_BEARD: "1" },
    /^OMDB_LIMIT_BEARD is not a limit; there are OMDB_LIMIT_/,
  ],
  [
    "pages that are larger by default than they may be",
    {},
    { OMDB_LIMIT_PAGE_SIZE: "10" },
    /^OMDB_LIMIT_DEFAULT_PAGE_SIZE \(50\) must not exceed OMDB_LIMIT_PAGE_SIZE \(10\)$/,
  ],
  ["an origin with a path", {}, { OMDB_ALLOWED_ORIGINS: "https://a.example/" }, /"https:\/\/a\.example\/" is none$/],
  ["an origin that is none", {}, { OMDB_ALLOWED_ORIGINS: "https://a.example,*" }, /"\*" is none$/],
  ["an address of something else", {}, { DATABASE_URL: "mysql://host/db" }, /^DATABASE_URL must be an address such as/],
  ["an address that is none", { databaseUrl: "postgres://[" }, {}, /^--database-url must be an address such as/],
  ["a direct address alone", {}, { DIRECT_URL: URL_A }, /^DIRECT_URL stands beside DATABASE_URL/],
  ["both databases", { dataDir: "x", databaseUrl: URL_A }, {}, /^--data-dir .* cannot stand beside --database-url$/],
])("refuses %s", (_, overrides, environment, message) => {
  expect(() => readConfiguration(overrides, environment)).toThrow(ConfigurationError);
  expect(() => readConfiguration(overrides, environment)).toThrow(message);
});

test("a bad address is not repeated, for the password in it", () => {
  expect(() => readConfiguration({}, { DATABASE_URL: "mysql://user:hunter2@host/db" })).not.toThrow(/hunter2/);
});

test("docs/commands.md tells every limit with its default", async () => {
  const page = await readFile(path.resolve(__dirname, "../../docs/commands.md"), "utf8");
  const told = [...page.matchAll(/^\| `(OMDB_LIMIT_\w+)` +\| ([\d,]+)/gm)].map(([, name, value]) => [name, value]);
  const limits = Object.entries({ ...DEFAULT_LIMITS, ...DEFAULT_SERVER_LIMITS });
  const expected = limits.map(([name, value]) => [limitVariable(name), value.toLocaleString("en-US")]);
  expect(told.sort()).toEqual(expected.sort());
});
