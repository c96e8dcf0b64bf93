/** A schema with something of everything that the server has to control, and sources that count their consumers. */
import { setImmediate as turn } from "node:timers/promises";
import { buildSchema, GraphQLError, type GraphQLScalarType, type GraphQLSchema, type ValueNode } from "graphql";
import { InvalidInput, LimitExceeded, NotFound, StaleSequence } from "../../src/core/errors";
import { END, pullIterator } from "../../src/live/pullIterator";
import { Latch } from "../../src/live/latch";

const TYPES = `
  scalar JSON
  "A string of lower-case letters."
  scalar Word
  "Refuses everything, as core would."
  scalar Refused
  enum Colour { RED GREEN }

  type Query {
    hello(name: String! = "world"): String!
    self: Query!
    find(where: PredicateInput, first: Int): Int!
    place(input: PlaceInput!): JSON
    word(word: Word!): String!
    refused(value: Refused): String
    colour(colour: Colour!): String
    context: Int!
    bug: String!
    notFound: String
    limited: String
    stale: String
    coded: String
    strange: String
  }
  type Mutation {
    write(input: PlaceInput!): Int!
    "Waits until the test says so."
    slow: Int!
  }
  type Subscription {
    count(to: Int!): Tick!
    wait: Tick!
    flood: String!
    late: Tick!
    fails(after: Int!): Tick!
    refuses: Tick!
    place(input: PlaceInput!): Tick!
  }
  type Tick { number: Int!, context: Int!, bug: String }

  input PredicateInput @oneOf {
    exists: PathInput
    all: [PredicateInput!]
    not: PredicateInput
  }
  input PathInput { path: JSON! }
  input PlaceInput {
    name: String! = "nowhere"
    where: PredicateInput
    operations: [OperationInput!]
    value: JSON
    word: Word
    self: PlaceInput
  }
  input OperationInput @oneOf { put: PutInput, remove: RemoveInput }
  input PutInput { word: Word!, value: JSON }
  input RemoveInput { count: Int! }
`;

/** What the resolvers of one test's schema share. */
export class Sources {
  contexts = 0;
  /** Streams that were made and have not been closed. */
  open = 0;
  /** Values that were asked of `flood`. */
  flooded = 0;
  written = 0;
  readonly released = new Latch();
  /** Opens when something has begun to wait for `released`. */
  readonly waiting = new Latch();
  readonly changed = new Latch();

  /** Waits until `open` is this. */
  async untilOpen(count: number): Promise<void> {
    while (this.open !== count) await this.changed.wait().promise;
  }

  /** A stream of so many numbers, which then waits for its consumer to go, or fails. */
  stream(to: number, then: "wait" | "end" | "fail" = "end"): AsyncIterableIterator<{ number: number }> {
    const gone = new Latch().wait();
    let number = 0;
    this.opened(1);
    return pullIterator({
      next: async () => {
        number += 1;
        if (number <= to) return { number };
        if (then === "fail") throw new Error("secret of the source");
        if (then === "wait") await gone.promise;
        return END;
      },
      close: () => {
        this.opened(-1);
        gone.giveUp();
      },
    });
  }

  private opened(change: number): void {
    this.open += change;
    this.changed.open();
  }
}

interface TestContext {
  readonly number: number;
}

/** A schema, and the function that makes its contexts: each has its own number. */
export function testSchema(sources: Sources): { schema: GraphQLSchema; createContext: () => TestContext } {
  const schema = buildSchema(TYPES);
  const word = (value: unknown): string => {
    if (typeof value === "string" && /^[a-z]+$/.test(value)) return value;
    throw new GraphQLError("A word has lower-case letters only.", {
      extensions: { code: "INVALID_INPUT", inputPath: [0] },
    });
  };
  Object.assign(schema.getType("Word") as GraphQLScalarType, {
    parseValue: word,
    parseLiteral: (node: ValueNode) => word("value" in node ? node.value : undefined),
  });
  const refuse = () => {
    throw new LimitExceeded("too much of it", ["inside"], "valueBytes", 3);
  };
  Object.assign(schema.getType("Refused") as GraphQLScalarType, { parseValue: refuse, parseLiteral: refuse });

  const fields = (type: string) => (schema.getType(type) as import("graphql").GraphQLObjectType).getFields();
  const resolve = (
    type: string,
    resolvers: Record<string, (parent: never, args: never, context: TestContext) => unknown>,
  ) => {
    for (const [name, resolver] of Object.entries(resolvers)) fields(type)[name]!.resolve = resolver as never;
  };
  const fail = (error: Error) => () => {
    throw error;
  };
  resolve("Query", {
    hello: (_, { name }: { name: string }) => `hello ${name}`,
    self: () => ({}),
    find: () => 1,
    place: (_, { input }: { input: { value?: unknown; name: string } }) => input.value ?? input.name,
    word: (_, args: { word: string }) => args.word,
    refused: () => "never",
    colour: () => "never",
    context: (_, __, { number }) => number,
    bug: fail(new Error("secret")),
    notFound: fail(new NotFound("There is no such thing.", ["name"])),
    limited: fail(new LimitExceeded("too many", ["first"], "pageSize", 1000)),
    stale: fail(new StaleSequence("it moved on", 7)),
    coded: fail(new GraphQLError("said so", { extensions: { code: "CURSOR_INVALID" } })),
    strange: fail(new GraphQLError("secret", { extensions: { code: "SOMETHING_ELSE" } })),
  });
  resolve("Mutation", {
    write: () => (sources.written += 1),
    slow: async () => {
      const { promise } = sources.released.wait();
      sources.waiting.open();
      await promise;
      return (sources.written += 1);
    },
  });
  resolve("Tick", {
    number: (tick: { number: number }) => tick.number,
    context: (_, __, { number }) => number,
    bug: fail(new Error("secret of an event")),
  });
  const subscribe = (name: string, subscriber: (args: never) => unknown) => {
    const field = fields("Subscription")[name]!;
    field.subscribe = ((_: unknown, args: never) => subscriber(args)) as never;
    field.resolve = (event) => event as unknown;
  };
  subscribe("count", ({ to }: { to: number }) => sources.stream(to));
  subscribe("wait", () => sources.stream(0, "wait"));
  subscribe("fails", ({ after }: { after: number }) => sources.stream(after, "fail"));
  subscribe("place", () => sources.stream(1));
  subscribe("refuses", () => Promise.reject(new InvalidInput("not this one", ["after"])));
  subscribe("late", async () => {
    const { promise } = sources.released.wait();
    sources.waiting.open();
    await promise;
    return sources.stream(0, "wait");
  });
  subscribe("flood", () =>
    pullIterator({
      next: async () => {
        sources.flooded += 1;
        await turn();
        return "x".repeat(1_000_000);
      },
      close: () => undefined,
    }),
  );
  return { schema, createContext: () => ({ number: (sources.contexts += 1) }) };
}
