/** What a program without omdb would do: push one ready-made object, through graphql-ws and graphql-js or as text. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { answer, bytesHeld } from "./child";
import { READY_MADE, SCHEMA } from "./event";

const EVERY = 20;

/** Values for one subscriber, as they come. */
class Inbox implements AsyncIterableIterator<unknown> {
  private readonly waiting: unknown[] = [];
  private wake: ((result: IteratorResult<unknown>) => void) | undefined;

  constructor(private readonly leave: (inbox: Inbox) => void) {}

  put(value: unknown): void {
    if (this.wake) this.wake({ done: false, value });
    else this.waiting.push(value);
    this.wake = undefined;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.waiting.length > 0) return Promise.resolve({ done: false, value: this.waiting.shift() });
    return new Promise((resolve) => (this.wake = resolve));
  }

  return(): Promise<IteratorResult<unknown>> {
    this.leave(this);
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(): Promise<IteratorResult<unknown>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function main(kind: string): void {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  const inboxes = new Set<Inbox>();
  if (kind === "graphql-ws") {
    const inbox = () => {
      const made = new Inbox((gone) => inboxes.delete(gone));
      inboxes.add(made);
      return made;
    };
    const schema = buildSchema(SCHEMA);
    schema.getSubscriptionType()!.getFields()["newCommits"]!.subscribe = inbox;
    useServer({ schema, connectionInitWaitTimeout: 60_000 }, sockets);
  }
  const text = JSON.stringify({ id: "1", type: "next", payload: { data: { newCommits: READY_MADE } } });
  const publish = () => {
    for (const inbox of inboxes) inbox.put({ newCommits: READY_MADE });
    if (kind === "ws") for (const socket of sockets.clients) socket.send(text);
  };
  let timer: NodeJS.Timeout | undefined;
  http.listen(0, "127.0.0.1", () => {
    answer({ url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/` }, async ({ publish: on }) => {
      clearInterval(timer);
      if (on === true) timer = setInterval(publish, EVERY);
      return { bytes: on === undefined ? await bytesHeld() : 0 };
    });
  });
}

main(process.argv[2]!);
