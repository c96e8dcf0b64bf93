/** Events of omdb's own streams in one execution: the same results as each by itself. */
import { execute, getOperationAST, parse, validate } from "graphql";
import { createContext, createServices, liveReaders } from "../../src/graphql/context";
import { NodeCache } from "../../src/graphql/loaders";
import { followChanges, followCommits } from "../../src/live/follow";
import { EventsTogether } from "../../src/server/eventsTogether";
import { take } from "../live/take";
import { commit, defineType, schema, testApi } from "../support/graphql";

test.each([
  [
    "newCommits",
    `cursor commit { id number logicalTime author message timestamp metadata parents { number }
       operations { nodes { operation path parameters record { uuid type { name } } } } }`,
    followCommits,
  ],
  ["frontierChanges", "cursor sequence cause time author message frontierName id", followChanges],
] as const)("%s, with what is selected most", async (field, selection, follow) => {
  const api = await testApi();
  await defineType(api, "item");
  const first = await commit(api, [{ create: { type: "item", value: { count: 0 } } }], { author: "ada" });
  const record = first.created[0].record.uuid as string;
  for (let round = 0; round < 9; round += 1) {
    await commit(api, [{ increment: { record, path: ["count"] } }], { message: `round ${round}`, metadata: { round } });
  }
  const document = parse(`subscription ($after: String) { ${field}(after: $after) { __typename ${selection} } }`);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document)!;
  const events = await take<unknown>(await follow(api.live, "main", "0"), 10);
  // What is told is in memory, as it is where streams are read.
  const nodes = new NodeCache();
  const services = createServices(api.store, api.live, nodes);
  await liveReaders(api.store, nodes).readNewChanges("main", 0, 100);
  const alone = async () =>
    Promise.all(
      events.map((rootValue) => execute({ schema, document, rootValue, contextValue: createContext(services) })),
    );
  const prepared = { schema, document, operation, variableValues: { after: "0" } };
  const results = new EventsTogether(schema).execute(prepared, events, createContext(services));
  expect(results).toHaveLength(10);
  const expected = await alone();
  expect(expected.every(({ errors }) => !errors)).toBe(true);
  expect(JSON.stringify(results)).toBe(JSON.stringify(expected));
});
