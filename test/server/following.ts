/** Subscriptions over a real socket with the stock client, whose events are asked for one by one. */
import type { Client } from "graphql-ws";
import type { Data } from "../support/graphql";

export interface Events {
  /** The data of the next event; null when the stream has completed. Throws what it reports as errors. */
  next(): Promise<Data>;
  /** So many events. */
  take(count: number): Promise<Data[]>;
  /** Events up to the first of which something holds. */
  until(holds: (event: Data) => boolean): Promise<Data[]>;
  /** All events until the stream completes. */
  rest(): Promise<Data[]>;
  /** How many have come that have not been asked for. */
  waiting(): number;
  stop(): void;
}

/**
 * Subscribes; the events are those of the one root field. The client's own `iterate` will not do: it waits for ever when
 * a stream has completed before it is first asked.
 */
export function follow(client: Client, query: string, variables: Record<string, unknown> = {}): Events {
  const arrived: (Data | Error)[] = [];
  let tell = () => undefined as void;
  const arrive = (event: Data | Error) => {
    arrived.push(event);
    tell();
  };
  const stop = client.subscribe(
    { query, variables },
    {
      next: ({ data, errors }) =>
        arrive(errors ? new Error(JSON.stringify(errors)) : Object.values(data as Record<string, unknown>)[0]),
      error: (error) => arrive(error instanceof Error ? error : new Error(JSON.stringify(error))),
      complete: () => arrive(null),
    },
  );
  const next = async (): Promise<Data> => {
    while (arrived.length === 0) await new Promise<void>((resolve) => (tell = resolve));
    const event = arrived.shift();
    if (event instanceof Error) throw event;
    return event;
  };
  const until = async (holds: (event: Data) => boolean): Promise<Data[]> => {
    const events: Data[] = [];
    for (;;) {
      const event = await next();
      if (event === null) throw new Error(`completed after ${JSON.stringify(events)}`);
      events.push(event);
      if (holds(event)) return events;
    }
  };
  return {
    next,
    until,
    take: async (count) => {
      const events: Data[] = [];
      while (events.length < count) events.push(await next());
      return events;
    },
    rest: async () => {
      const events: Data[] = [];
      for (let event = await next(); event !== null; event = await next()) events.push(event);
      return events;
    },
    waiting: () => arrived.length,
    stop,
  };
}
