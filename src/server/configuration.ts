/** What a process is told by its command line and its environment, checked. The only reader of process.env. */
import { DEFAULT_LIMITS, type Limits } from "../core/limits";
import { DEFAULT_TIMEOUTS } from "../store/database";
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from "./serverLimits";

export interface Configuration {
  /** Where the server listens. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The folder of the embedded PostgreSQL; not used with `databaseUrl`. */
  readonly dataDirectory: string;
  /** Another PostgreSQL than the embedded one. */
  readonly databaseUrl: string | undefined;
  /** The same database past a transaction-mode pooler, for LISTEN and migrations. */
  readonly directUrl: string | undefined;
  /** Of the pool. */
  readonly connections: number;
  /** Milliseconds; 0: no limit. */
  readonly lockTimeout: number;
  readonly statementTimeout: number;
  /** Origins of web pages, beside the server's own, that may use it, as browsers write them: `https://app.example`. */
  readonly allowedOrigins: readonly string[];
  /** Milliseconds that stopping may take before requests that are under way are cut. */
  readonly graceTime: number;
  /** Milliseconds of it in which a server that SIGTERM stops is not ready, but answers. */
  readonly noticeTime: number;
  readonly limits: Limits;
  readonly serverLimits: ServerLimits;
}

/** Options of the command line, as they were typed; each wins over the environment. */
export interface ConfigurationOverrides {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly databaseUrl?: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used; the message names the option or variable. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/**
 * Lets libraries leave out what they do for development only: graphql-js checks the realm of every type it meets. They
 * look once, when they are loaded; a NODE_ENV that is set stays.
 */
export function preferProduction(environment: Record<string, string | undefined> = process.env): void {
  environment["NODE_ENV"] ||= "production";
}

const DEFAULT_GRACE_TIME = 10_000;
const DEFAULT_NOTICE_TIME = 1_000;

const LARGEST_LIMIT = 2 ** 31 - 1;
/** Functions that walk a value or a predicate call themselves once a level. */
const DEEPEST = 1_000;

/** Throws ConfigurationError. A variable that is empty counts as absent. */
export function readConfiguration(
  overrides: ConfigurationOverrides = {},
  environment: Environment = process.env,
): Configuration {
  const { databaseUrl, directUrl } = readAddresses(overrides, environment);
  return {
    host: read(overrides.host, "--host", environment, "HOST")?.text ?? "127.0.0.1",
    port: readInteger(read(overrides.port, "--port", environment, "PORT"), 4000, 0, 65_535),
    dataDirectory: read(overrides.dataDir, "--data-dir", environment, "OMDB_DATA_DIR")?.text ?? ".omdb",
    databaseUrl,
    directUrl,
    connections: readInteger(read(undefined, "", environment, "OMDB_CONNECTIONS"), 10, 2, 1_000),
    lockTimeout: readMilliseconds("OMDB_LOCK_TIMEOUT_MS", environment, DEFAULT_TIMEOUTS.lockTimeout),
    statementTimeout: readMilliseconds("OMDB_STATEMENT_TIMEOUT_MS", environment, DEFAULT_TIMEOUTS.statementTimeout),
    allowedOrigins: readOrigins(read(undefined, "", environment, "OMDB_ALLOWED_ORIGINS")),
    graceTime: readMilliseconds("OMDB_GRACE_TIME_MS", environment, DEFAULT_GRACE_TIME),
    noticeTime: readMilliseconds("OMDB_NOTICE_TIME_MS", environment, DEFAULT_NOTICE_TIME),
    ...readLimits(environment),
  };
}

/** A setting that was given, and by what. */
interface Given {
  readonly text: string;
  readonly source: string;
}

function read(option: string | undefined, flag: string, environment: Environment, variable: string): Given | undefined {
  if (option !== undefined) {
    if (option === "") throw new ConfigurationError(`${flag} must not be empty`);
    return { text: option, source: flag };
  }
  const text = environment[variable];
  return text === undefined || text === "" ? undefined : { text, source: variable };
}

function readInteger(given: Given | undefined, fallback: number, smallest: number, largest: number): number {
  if (given === undefined) return fallback;
  const value = /^\d{1,15}$/.test(given.text) ? Number(given.text) : NaN;
  if (value >= smallest && value <= largest) return value;
  throw new ConfigurationError(
    `${given.source} must be an integer from ${smallest} to ${largest}, not ${JSON.stringify(given.text)}`,
  );
}

/** Of the database's timeouts 0 stands for no limit, as in PostgreSQL; of all others for none of it. */
const readMilliseconds = (variable: string, environment: Environment, fallback: number): number =>
  readInteger(read(undefined, "", environment, variable), fallback, 0, LARGEST_LIMIT);

function readAddresses(
  overrides: ConfigurationOverrides,
  environment: Environment,
): Pick<Configuration, "databaseUrl" | "directUrl"> {
  if (overrides.databaseUrl !== undefined && overrides.dataDir !== undefined) {
    throw new ConfigurationError("--data-dir is for the embedded PostgreSQL: it cannot stand beside --database-url");
  }
  // A folder that is asked for on the command line means the embedded one, whatever the environment says.
  const ambient = overrides.dataDir === undefined ? environment : {};
  const database = checkAddress(read(overrides.databaseUrl, "--database-url", ambient, "DATABASE_URL"));
  const direct = checkAddress(read(undefined, "", ambient, "DIRECT_URL"));
  if (database === undefined && direct !== undefined) {
    throw new ConfigurationError("DIRECT_URL stands beside DATABASE_URL, which is not set");
  }
  // An address on the command line need not be the database that DIRECT_URL was meant for.
  return { databaseUrl: database, directUrl: overrides.databaseUrl === undefined ? direct : undefined };
}

/** The text is not repeated: it may hold a password. */
function checkAddress(given: Given | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (/^postgres(ql)?:\/\//.test(given.text) && URL.canParse(given.text)) return given.text;
  throw new ConfigurationError(
    `${given.source} must be an address such as postgres://user:password@host:5432/database`,
  );
}

/** Origins with commas between them; each must be spelt as browsers spell it, since it is compared as it stands. */
function readOrigins(given: Given | undefined): string[] {
  const origins = (given?.text ?? "").split(",").map((origin) => origin.trim());
  return origins.filter((origin) => {
    if (origin === "") return false;
    if (URL.canParse(origin) && new URL(origin).origin === origin) return true;
    const wanted = "origins such as https://app.example with commas between them";
    throw new ConfigurationError(`${given?.source} must hold ${wanted}; ${JSON.stringify(origin)} is none`);
  });
}

const ALL_LIMITS = { ...DEFAULT_LIMITS, ...DEFAULT_SERVER_LIMITS };

/** Each limit has a variable: `valueBytes` is OMDB_LIMIT_VALUE_BYTES. */
function readLimits(environment: Environment): Pick<Configuration, "limits" | "serverLimits"> {
  const variables = new Map(
    Object.keys(ALL_LIMITS).map((name) => [limitVariable(name), name as keyof typeof ALL_LIMITS]),
  );
  const given = Object.keys(environment).filter((variable) => variable.startsWith("OMDB_LIMIT_"));
  const entries = given.map((variable): [keyof typeof ALL_LIMITS, number] => {
    const name = variables.get(variable);
    if (name === undefined)
      throw new ConfigurationError(`${variable} is not a limit; there are ${[...variables.keys()].join(", ")}`);
    const largest = name.endsWith("Depth") ? DEEPEST : LARGEST_LIMIT;
    return [name, readInteger(read(undefined, "", environment, variable), ALL_LIMITS[name], 1, largest)];
  });
  const set = (of: object) => Object.fromEntries(entries.filter(([name]) => Object.hasOwn(of, name)));
  const limits: Limits = { ...DEFAULT_LIMITS, ...set(DEFAULT_LIMITS) };
  if (limits.defaultPageSize > limits.pageSize) {
    throw new ConfigurationError(
      `OMDB_LIMIT_DEFAULT_PAGE_SIZE (${limits.defaultPageSize}) must not exceed OMDB_LIMIT_PAGE_SIZE (${limits.pageSize})`,
    );
  }
  return { limits, serverLimits: { ...DEFAULT_SERVER_LIMITS, ...set(DEFAULT_SERVER_LIMITS) } };
}

/** The variable that sets a limit. */
export function limitVariable(name: string): string {
  return `OMDB_LIMIT_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The environment for git on a repository that is named to it: without what leads a git that a hook starts to another one, and in English. */
export function gitEnvironment(environment: Environment = process.env): Environment {
  const elsewhere =
    /^GIT_(DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|SHALLOW_FILE|GRAFT_FILE|PREFIX|QUARANTINE_PATH)$/;
  const kept = Object.entries(environment).filter(([name]) => !elsewhere.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}

/** Whether npm or npx started this process, through a shell that does not pass signals on. */
export function isRunByNpm(environment: Environment = process.env): boolean {
  return environment["npm_lifecycle_event"] !== undefined;
}
