/** Results that cannot be written: a string has an end, and aliases repeat what is long. */
import { buildSchema, parse, type ExecutionResult, type OperationDefinitionNode } from "graphql";
import { LiveStream, type Place, type PlacedEvent } from "../../src/live/liveStream";
import { END } from "../../src/live/pullIterator";
import type { EventResult } from "../../src/server/eventResult";
import type { PreparedOperation } from "../../src/server/preparedOperation";
import { SharedStreams } from "../../src/server/sharedStreams";

class Numbers extends LiveStream<PlacedEvent> {
  constructor(private sequence = 0) {
    super();
  }

  get place(): Place {
    return { epoch: 1, sequence: this.sequence, position: 0 };
  }

  get atEnd(): boolean {
    return this.sequence === 0 || this.sequence === 3;
  }

  reopen({ sequence }: Place): Numbers {
    return new Numbers(sequence);
  }

  protected pull(): Promise<PlacedEvent | typeof END> {
    if (this.sequence === 3) return Promise.resolve(END);
    this.sequence += 1;
    return Promise.resolve({ place: this.place });
  }

  protected close(): void {
    // Nothing is open.
  }
}

test("the event whose result cannot be written is told as an error, and the stream goes on", async () => {
  const document = parse("subscription { n }");
  const prepared: PreparedOperation = {
    schema: buildSchema("type Query { n: Int } type Subscription { n: Int }"),
    document,
    operation: document.definitions[0] as OperationDefinitionNode,
    variableValues: {},
  };
  const tooLong = {
    toJSON: () => {
      throw new RangeError("Invalid string length");
    },
  };
  const shared = new SharedStreams({
    execute: (_prepared, event) => {
      const { sequence } = (event as PlacedEvent).place;
      return Promise.resolve({ data: { n: sequence === 2 ? tooLong : sequence } });
    },
    failed: () => ({ errors: [{ message: "failed" } as never] }),
  });
  const seen: unknown[] = [];
  const sink = {
    push: (results: readonly EventResult[]) => {
      seen.push(...results.map(({ json }) => JSON.parse(json) as unknown));
      return true;
    },
    left: () => Promise.resolve(),
  };
  for await (const result of shared.follow(prepared, new Numbers(), sink, () => undefined)) {
    seen.push(JSON.parse(JSON.stringify(result)) as ExecutionResult);
  }
  expect(seen).toEqual([{ data: { n: 1 } }, { errors: [{ message: "failed" }] }, { data: { n: 3 } }]);
});
