/** Writers that go on through faults: what was not acknowledged is sent again, with its key, until it is. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { RecordId } from "../../src/core/ids";
import { Latch } from "../../src/live/latch";
import { send } from "../server/omdbServer";

const COMMIT = `mutation ($input: CommitInput!) {
  commit(input: $input) { ... on CommitPayload { commit { number } } ... on Error { code message } }
}`;

export interface Writers {
  /** Numbers of the commits that were acknowledged so far. */
  readonly acknowledged: readonly string[];
  /** Each writer's own counter: how many of its commits were acknowledged, of which every one adds 1. */
  readonly counters: ReadonlyMap<RecordId, number>;
  /** Resolves when so many are. */
  until(count: number): Promise<void>;
  /** Lets each writer finish its commit. */
  stop(): Promise<void>;
}

/**
 * @param addresses of servers, as they are now; a writer whose server fails goes to the next one
 * @param size characters of what each commit holds
 */
export function startWriters(addresses: () => readonly string[], count: number, size = 10): Writers {
  const acknowledged: string[] = [];
  const counters = new Map<RecordId, number>();
  const progress = new Latch();
  let stopping = false;

  const write = async (writer: number) => {
    let turn = writer;
    const counter: RecordId = randomUUID();
    for (let round = 0; !stopping; round += 1) {
      const message = `${writer}.${round}`;
      const note = { create: { type: "note", value: { text: "x".repeat(size) } } };
      const count =
        round === 0
          ? { create: { type: "note", record: counter, value: { n: 1 } } }
          : { increment: { record: counter, path: ["n"], by: 1 } };
      const operations = [note, count];
      const input = { operations, message, idempotencyKey: randomUUID() };
      for (;;) {
        const urls = addresses();
        const result = await send(urls[turn % urls.length] ?? "", COMMIT, { input }).catch(() => undefined);
        const answer = result?.data?.["commit"] as { commit?: { number: string }; message?: string } | undefined;
        if (answer?.commit) {
          acknowledged.push(answer.commit.number);
          counters.set(counter, round + 1);
          progress.open();
          break;
        }
        // What was committed and could not be read any more is asked for again, too.
        if (answer && !result?.errors) throw new Error(`a writer was refused: ${JSON.stringify(answer)}`);
        turn += 1;
        await pause(10);
      }
    }
  };
  const done = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  // It is looked at when they are stopped.
  done.catch(() => progress.open());
  return {
    acknowledged,
    counters,
    until: async (wanted) => {
      while (acknowledged.length < wanted) {
        // Nobody writes any more, and what is waited for never comes.
        if (stopping) throw new Error(`The writers were stopped after ${acknowledged.length} of ${wanted} commits.`);
        await Promise.race([progress.wait().promise, done]);
      }
    },
    stop: async () => {
      stopping = true;
      await done;
    },
  };
}
