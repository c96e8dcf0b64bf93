/** The recipes of docs/clients.md, with the real libraries, on a server that is killed and started again. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { inspect } from "node:util";
import { gql } from "@apollo/client";
import type { GraphQLResponse } from "relay-runtime";
import WebSocket from "ws";
import { openDatabase } from "../../src/store/database";
import { commitsInLog } from "../faults/followers";
import { inTheEnd } from "../faults/inTheEnd";
import { startWriters } from "../faults/writers";
import { defineNotes } from "../server/omdbServer";
import { testDatabaseUrl } from "../support/database";
import { compileProgram, type Program, type RunningProgram } from "../support/program";
import { connect as connectApollo } from "./recipes/apollo";
import { connect as connectSse } from "./recipes/graphqlSse";
import { connect as connectWs } from "./recipes/graphqlWs";
import { connect as connectRelay } from "./recipes/relay";
import { connect as connectUrql } from "./recipes/urql";

// Browsers have it, and Node from version 22 on.
Object.assign(globalThis, { WebSocket });

let program: Program;
beforeAll(async () => {
  program = await compileProgram();
});
afterAll(() => program.remove());

const FOLLOW = `subscription Follow($after: String) {
  newCommits(after: $after) {
    cursor
    commit { id number message }
  }
}`;
const variables = { after: "0" };

interface Data {
  readonly newCommits: { readonly cursor: string; readonly commit: { readonly number: string } };
}
type See = (data: unknown) => void;
const fail = (error: unknown) => {
  throw new Error(`a stream failed: ${inspect(error, { depth: 1 })}`);
};

/** What follows from the beginning, by library; each gives what leaves the stream. */
const FOLLOWERS: Record<string, (url: string, see: See) => () => unknown> = {
  "graphql-ws": (url, see) => {
    const client = connectWs(url);
    client.subscribe(
      { query: FOLLOW, variables },
      { next: ({ data }) => see(data), error: fail, complete: () => undefined },
    );
    return () => client.dispose();
  },
  "graphql-ws, iterated": (url, see) => {
    const client = connectWs(url);
    const events = client.iterate({ query: FOLLOW, variables });
    const follow = async () => {
      for await (const { data } of events) see(data);
    };
    follow().catch(fail);
    return () => events.return?.();
  },
  "graphql-sse": (url, see) => {
    const client = connectSse(url);
    client.subscribe(
      { query: FOLLOW, variables },
      { next: ({ data }) => see(data), error: fail, complete: () => undefined },
    );
    return () => client.dispose();
  },
  urql: (url, see) => {
    const { unsubscribe } = connectUrql(url)
      .subscription(FOLLOW, variables)
      .subscribe(({ data, error }) => (error ? fail(error) : see(data)));
    return unsubscribe;
  },
  "Apollo Client": (url, see) => {
    const client = connectApollo(url);
    const subscription = client
      .subscribe({ query: gql(FOLLOW), variables })
      .subscribe({ next: ({ data, error }) => (error ? fail(error) : see(data)), error: fail });
    return () => {
      subscription.unsubscribe();
      client.stop();
    };
  },
  Relay: (url, see) => {
    const parameters = { operationKind: "subscription", name: "Follow", id: null, text: FOLLOW, metadata: {} } as const;
    const subscription = connectRelay(url)
      .getNetwork()
      .execute(parameters as never, variables, {})
      .subscribe({
        next: (response: GraphQLResponse) => see((response as { data: unknown }).data),
        error: (error: Error) => fail(error),
      });
    return () => subscription.unsubscribe();
  },
};

test("each library sees every commit once and in order", async () => {
  const databaseUrl = await testDatabaseUrl();
  let running: RunningProgram | undefined;
  const kill = () => {
    running?.process.kill("SIGKILL");
    return running?.ended;
  };
  // After the clients have left.
  inTheEnd({ stop: kill });
  const start = async (port: string) => {
    running = program.start(["serve", "--port", port, "--database-url", databaseUrl]);
    const [, url = ""] = await running.output(/GraphQL: (\S+)/);
    return url;
  };
  const url = await start("0");
  await defineNotes(url);
  const seen = new Map<string, string[]>();
  for (const [library, follow] of Object.entries(FOLLOWERS)) {
    const numbers: string[] = [];
    seen.set(library, numbers);
    const see: See = (data) => numbers.push((data as Data).newCommits.commit.number);
    const leave = follow(url, see);
    inTheEnd({ stop: leave });
  }
  const everybodySees = async (count: number) => {
    while (![...seen.values()].every((numbers) => numbers.length >= count)) await new Promise(setImmediate);
  };
  const writers = inTheEnd(startWriters(() => [url], 2));
  await writers.until(10);
  await everybodySees(10);
  await kill();
  await start(new URL(url).port);
  await writers.until(30);
  await writers.stop();

  const database = openDatabase({ url: databaseUrl });
  inTheEnd({ stop: () => database.close() });
  const expected = await commitsInLog(database);
  await everybodySees(expected.length);
  for (const [library, numbers] of seen) expect([library, numbers]).toEqual([library, expected]);
}, 60_000);

test("docs/clients.md shows these recipes", async () => {
  const page = await readFile(path.resolve(__dirname, "../../docs/clients.md"), "utf8");
  const shown = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code);
  const recipes = await Promise.all(
    ["graphqlWs", "graphqlSse", "urql", "apollo", "relay"].map((name) =>
      readFile(path.join(__dirname, "recipes", `${name}.ts`), "utf8"),
    ),
  );
  expect(shown).toEqual(recipes);
});
