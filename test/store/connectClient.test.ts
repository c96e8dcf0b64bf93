import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { connectClient, DatabaseUnreachable } from "../../src/store/connectClient";
import { testDatabaseUrl } from "../support/database";
import { byPort } from "../support/databaseUrl";
import { errorOf } from "../support/errorOf";

let url: URL;
const servers: Server[] = [];
beforeAll(async () => {
  url = byPort(await testDatabaseUrl({ empty: true }));
});
afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function changed(change: Partial<Record<"password" | "pathname" | "port" | "search", string>>): string {
  return Object.assign(new URL(url), change).href;
}

async function refusal(address: string, patience?: number): Promise<string> {
  const outcome = await connectClient(address, "a test", patience).catch((error: unknown) => error);
  const { message } = errorOf(DatabaseUnreachable, () => {
    throw outcome;
  });
  expect(message).not.toContain(new URL(address).password || url.password);
  return message;
}

test("a database that is there is connected to, by name", async () => {
  const client = await connectClient(url.href, "a test");
  const { rows } = await client.query("select current_setting('application_name') as name");
  expect(rows).toEqual([{ name: "a test" }]);
  await client.end();
});

test("a wrong password, none, a wrong database", async () => {
  const place = `cannot use the database at postgres://${url.username}@${url.host}`;
  expect(await refusal(changed({ password: "guess" }))).toBe(
    `${place}${url.pathname}: password authentication failed for user "${url.username}"`,
  );
  expect(await refusal(changed({ password: "" }))).toBe(
    `${place}${url.pathname}: it asks for a password, and the address has none`,
  );
  expect(await refusal(changed({ pathname: "/nowhere" }))).toBe(`${place}/nowhere: database "nowhere" does not exist`);
});

test("a port where nobody listens, or no PostgreSQL, or one without encryption", async () => {
  expect(await refusal(changed({ port: "1" }))).toMatch(/:1\/.*: connect ECONNREFUSED 127\.0\.0\.1:1$/);
  const http = await listen(createHttpServer());
  expect(await refusal(changed({ port: String(http) }))).toMatch(
    /: what listens there does not answer as PostgreSQL does$/,
  );
  expect(await refusal(changed({ search: "?sslmode=verify-full" }))).toMatch(
    /: The server does not support SSL connections$/,
  );
});

test("what takes connections and says nothing is given up", async () => {
  const silent = await listen(createServer((socket) => socket.on("error", () => undefined).resume()));
  expect(await refusal(changed({ port: String(silent) }), 20)).toMatch(/: no answer in 0\.02 seconds$/);
});
