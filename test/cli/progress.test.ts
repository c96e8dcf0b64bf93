import { PassThrough } from "node:stream";
import { openProgress } from "../../src/cli/progress";

/** A stream that looks like a terminal or a file, and what was written to it. */
function target(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

test("a file gets a line every five seconds, and one at the end", () => {
  const { stream, text } = target(false);
  let now = 0;
  const progress = openProgress({ stream, now: () => now });
  progress.note("reading");
  const update = progress.phase("commits");
  update(1, 10);
  now = 4_999;
  update(2, 10);
  now = 5_000;
  update(3, 10);
  now = 9_999;
  update(4, 10);
  update(10, 10);
  update(10, 10);
  expect(text()).toBe("reading\ncommits: 3 of 10\ncommits: 10 of 10\n");
});

test.each([false, true])("work of unknown length gets a line every five seconds (terminal: %p)", (isTTY) => {
  const { stream, text } = target(isTTY);
  let now = 0;
  const update = openProgress({ stream, now: () => now }).phase("bytes");
  update(1);
  now = 5_000;
  update(2);
  now = 9_999;
  update(3);
  expect(text()).toBe("bytes: 2\n");
});

test("a terminal gets a bar, which ends at the total", () => {
  const { stream, text } = target(true);
  const progress = openProgress({ stream });
  const update = progress.phase("commits");
  update(0, 4);
  update(4, 4);
  progress.note("done");
  progress.close();
  expect(text()).toContain("commits");
  expect(text()).toContain("4/4");
  expect(text()).toMatch(/done\n$/);
});

test("a bar tells the time that is left where it can be guessed, and nothing else", () => {
  const now = jest.spyOn(Date, "now").mockReturnValue(1_000_000);
  try {
    const { stream, text } = target(true);
    const update = openProgress({ stream }).phase("commits");
    // Before anything is done, where nothing goes on, and at the end there is nothing to guess.
    update(0, 40);
    now.mockReturnValue(1_010_000);
    update(10, 40);
    now.mockReturnValue(1_020_000);
    for (let again = 0; again < 20; again++) update(10, 40);
    update(40, 40);
    expect(text()).toMatch(/ 10\/40, 30s left/);
    expect(text()).toMatch(/ 40\/40(?!,)/);
    expect(text()).not.toMatch(/NULL|LLs|INF|NFs/);
  } finally {
    now.mockRestore();
  }
});

test("a bar ends with its progress, and nothing is drawn after that", () => {
  const { stream, text } = target(true);
  const progress = openProgress({ stream });
  const update = progress.phase("commits");
  update(1, 4);
  progress.close();
  const before = text();
  update(2, 4);
  expect(text()).toBe(before);
});

test.each([{ json: true }, { quiet: true }])("%p is silent", (options) => {
  const { stream, text } = target(true);
  const progress = openProgress({ ...options, stream });
  progress.note("reading");
  progress.phase("commits")(1, 1);
  progress.close();
  expect(text()).toBe("");
});
