/** What README shows of the API is what the server says. */
import { parse, validate } from "graphql";
import { schema } from "../support/graphql";
import { testDatabase } from "../support/database";
import { README, readmeExamples } from "../support/readme";
import { send, startOmdb, type OmdbServer } from "./omdbServer";

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Without what is new each time. */
const told = (result: unknown): string => JSON.stringify(result).replaceAll(UUID, "UUID");
const shown = (text: string): string => text.replaceAll(UUID, "UUID");

let server: OmdbServer;
beforeAll(async () => {
  server = await startOmdb(await testDatabase());
});
afterAll(() => server.stop());

test("the examples say what comes of them", async () => {
  const [opened, followed, drawn, past] = readmeExamples;
  const first = await send(server.url, opened!.query);
  expect(told(first)).toBe(shown(opened!.results.join("")));

  const event = await firstEvent(followed!.query);
  expect(told(event)).toBe(shown(followed!.results.join("")));

  const [ada] = JSON.stringify(first).match(UUID) ?? [];
  expect(drawn!.results).toHaveLength(2);
  for (const result of drawn!.results) {
    expect(told(await send(server.url, drawn!.query, { ada }))).toBe(shown(result));
  }

  // Of a real history: what comes of it is tested where that is imported.
  expect(readmeExamples).toHaveLength(4);
  expect(validate(schema, parse(past!.query))).toEqual([]);
});

test("the mutation and the subscription stand in its first forty lines", () => {
  const top = README.split("\n").slice(0, 40).join("\n");
  expect([...top.matchAll(/^```graphql\n[^]*?^# \{"data"[^]*?^```$/gm)]).toHaveLength(2);
});

/** The first event of a stream. */
async function firstEvent(query: string): Promise<unknown> {
  const response = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query }),
  });
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const data = /^data: (.+)$/m.exec(text)?.[1];
    if (data !== undefined && text.endsWith("\n\n")) return JSON.parse(data) as unknown;
  }
  return undefined;
}
