/** Several events in one execution: each result is what executing the event by itself gives, or there is none. */
import fc from "fast-check";
import { buildSchema, execute, getOperationAST, parse, type ExecutionResult } from "graphql";
import { EventsTogether } from "../../src/server/eventsTogether";
import type { PreparedOperation } from "../../src/server/preparedOperation";
import { checkLater } from "../support/arbitraries";

const schema = buildSchema(`
  type Query { a: Int }
  type Subscription { node(n: Int = 7): Node thing: Thing list: [Node!] }
  interface Thing { id: Int! }
  type Node implements Thing { id: Int! sum(by: Int = 1): Int node: Node list: [Node!] fails: Int! later: Int }
  type Events implements Thing { id: Int! events: [Int] }
`);

/** An event, and what it leads to, to some depth. */
class Node {
  readonly __typename = "Node";
  constructor(
    readonly id: number,
    private readonly depth = 2,
  ) {}

  private get next(): Node | null {
    return this.depth === 0 ? null : new Node(this.id * 2 + 1, this.depth - 1);
  }
  node(): Node | null {
    return this.next;
  }
  list(): Node[] | null {
    return this.next && [this.next, new Node(this.id, 0)];
  }
  sum({ by }: { by: number }): number {
    return this.id + by;
  }
  fails(): number {
    if (this.id % 2 === 1) throw new Error(`${this.id} is odd`);
    return this.id;
  }
  later(): number | Promise<number> {
    return this.id % 3 === 0 ? Promise.resolve(this.id) : this.id;
  }
}
const eventOf = (id: number) => ({
  node: ({ n }: { n: number }) => new Node(id + n),
  thing: () => (id % 2 === 0 ? new Node(id) : { __typename: "Events", id, events: [id] }),
  list: () => [new Node(id), new Node(id + 1, 0)],
});

function prepare(text: string, variableValues: Record<string, unknown>, operationName?: string): PreparedOperation {
  const document = parse(text);
  return { schema, document, operation: getOperationAST(document, operationName)!, operationName, variableValues };
}

const alone = (prepared: PreparedOperation, id: number) => execute({ ...prepared, rootValue: eventOf(id) });
const asJson = (result: ExecutionResult): unknown => JSON.parse(JSON.stringify(result));

const FIELDS = fc.letrec<{ fields: string }>((tie) => ({
  fields: fc
    .array(
      fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("id", "__typename", "sum", "x: sum(by: $by)", "...Part", "id @skip(if: $skips)", "later"),
        fc.constantFrom("fails"),
        tie("fields").map((fields) => `node { ${fields} }`),
        tie("fields").map((fields) => `list @include(if: $skips) { ${fields} }`),
        tie("fields").map((fields) => `... on Node { y: node { ${fields} } }`),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((fields) => fields.join(" ")),
})).fields;

test("results are those of each event by itself; where one has errors or is waited for, there are none", async () => {
  const together = new EventsTogether(schema);
  const outcomes = { whole: 0, none: 0, waited: 0 };
  await checkLater(
    fc.asyncProperty(
      FIELDS,
      fc.constantFrom("node", "a: node(n: $by)", "thing", "list"),
      fc.record({ by: fc.option(fc.integer({ min: -5, max: 5 })), skips: fc.boolean() }),
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 }),
      async (fields, root, variables, ids) => {
        const own = root === "thing" ? `id ... on Node { ${fields} } ... on Events { events }` : fields;
        const text = `
          query Other { a }
          subscription Events($by: Int = 3, $skips: Boolean!) { ${root} { ${own} } }
          fragment Part on Node { __typename z: sum(by: $by) node { id } }`;
        const prepared = prepare(text, variables, "Events");
        const expected = await Promise.all(ids.map((id) => alone(prepared, id)));
        const results = together.execute(prepared, ids.map(eventOf), {});
        if (results instanceof Promise) {
          outcomes.waited += 1;
          expect(text).toContain("later");
          await results;
        } else if (results) {
          outcomes.whole += 1;
          expect(results.map(asJson)).toEqual(expected.map(asJson));
          // What comes in which order counts, too.
          expect(JSON.stringify(results)).toBe(JSON.stringify(expected));
        } else {
          outcomes.none += 1;
          expect(expected.some(({ errors }) => errors)).toBe(true);
        }
      },
    ),
  );
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(5);
});

test("variables that cannot be read, and a schema without subscriptions, give none", () => {
  const prepared = prepare("subscription ($n: Int) { node(n: $n) { id } }", { n: "seven" });
  expect(new EventsTogether(schema).execute(prepared, [eventOf(1)], {})).toBeUndefined();
  const without = new EventsTogether(buildSchema("type Query { a: Int }"));
  expect(without.execute(prepared, [eventOf(1)], {})).toBeUndefined();
});

test("resolvers are given the context, and the schema's own extensions", () => {
  const own = buildSchema("type Query { a: Int } type Subscription { seen: Boolean }");
  own.extensions = { note: 1 };
  const seen: unknown[] = [];
  own.getSubscriptionType()!.getFields()["seen"]!.resolve = (event, _args, context, info) => {
    seen.push([event, context, info.schema.extensions["note"]]);
    return true;
  };
  const context = {};
  const prepared = prepare("subscription { seen }", {});
  expect(new EventsTogether(own).execute({ ...prepared, schema: own }, [1, 2], context)).toEqual([
    { data: { seen: true } },
    { data: { seen: true } },
  ]);
  expect(seen).toEqual([
    [1, context, 1],
    [2, context, 1],
  ]);
});
