/** A server of the test schema. */
import { serveSchema, type ServedSchema, type ServeOptions } from "../../src/server/serveSchema";
import { Sources, testSchema } from "./testSchema";

export interface TestServer extends ServedSchema {
  readonly sources: Sources;
  /** Messages of the errors that were logged. */
  readonly logged: string[];
}

export async function startTestServer(options: Partial<ServeOptions> = {}): Promise<TestServer> {
  const sources = new Sources();
  const logged: string[] = [];
  const server = await serveSchema({
    ...testSchema(sources),
    checkReady: () => Promise.resolve(),
    host: "127.0.0.1",
    port: 0,
    log: (error) => logged.push(String((error as { originalError?: unknown }).originalError ?? error)),
    ...options,
  });
  return { ...server, sources, logged };
}
