/** Server-sent events carry cursors as their ids, and a browser that comes back with the last one misses nothing. */
import { testDatabase } from "../support/database";
import { commitNote, defineNotes, startOmdb, type OmdbServer } from "./omdbServer";

let server: OmdbServer;
const numbers: string[] = [];
beforeAll(async () => {
  server = await startOmdb(await testDatabase());
  await defineNotes(server.url);
  for (let round = 0; round < 4; round += 1) numbers.push(await commitNote(server.url, `note ${round}`));
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.stop();
});

interface Event {
  readonly id: string;
  readonly data: {
    readonly data?: { readonly newCommits: { readonly cursor: string; readonly commit: { number: string } } };
  };
}

/** As a browser's EventSource asks: by GET, and with what it saw last. */
async function listen(query: string, count: number, lastEventId?: string): Promise<Event[]> {
  const response = await fetch(`${server.url}?query=${encodeURIComponent(query)}`, {
    headers: { accept: "text/event-stream", ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
  });
  const events: Event[] = [];
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1] ?? "";
      const data = /^data: (.+)$/m.exec(block)?.[1];
      if (data !== undefined) events.push({ id, data: JSON.parse(data) as Event["data"] });
    }
    // Leaving the loop cancels the response.
    if (events.length >= count) break;
  }
  return events;
}

const FOLLOW = `subscription { newCommits(after: "0") { cursor commit { number } } }`;
const seen = (events: readonly Event[]) => events.map(({ data }) => data.data?.newCommits.commit.number);

test("the id of an event is its cursor, and it goes before `after`", async () => {
  const all = await listen(FOLLOW, 4);
  expect(seen(all)).toEqual(numbers);
  for (const { id, data } of all) expect(id).toBe(data.data?.newCommits.cursor);
  for (const [index, { id }] of all.slice(0, 3).entries()) {
    expect(seen(await listen(FOLLOW, 3 - index, id))).toEqual(numbers.slice(index + 1));
  }
});

test("an id that is no cursor is refused as one", async () => {
  const [event] = await listen(FOLLOW, 1, "garbage");
  expect(event?.data).toMatchObject({ errors: [{ extensions: { code: "CURSOR_INVALID", inputPath: ["after"] } }] });
});
