import { buildSchema, execute, parse, type GraphQLResolveInfo } from "graphql";
import { selects } from "../../src/graphql/selects";

const schema = buildSchema(`type Query { top: Node other: Node } type Node { a: Int b: Node operations: Node }`);

function selectsOperations(text: string): boolean {
  const seen: boolean[] = [];
  const top = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
    seen.push(selects(info, "operations"));
    return null;
  };
  void execute({
    schema,
    document: parse(text),
    rootValue: { top },
    operationName: "Q",
    variableValues: { no: false },
  });
  expect(seen).toHaveLength(1);
  return seen[0]!;
}

test.each([
  ["{ top { a b { a } } }", false],
  ["{ top { b { operations { a } } } }", true],
  ["{ top { renamed: operations { a } } }", true],
  ["{ top { operations: b { a } } }", false],
  ["{ other { operations { a } } top { a } }", false],
  ["{ top { a } ... on Query { top { b { operations { a } } } } }", true],
  [
    "{ top { ...F } } fragment F on Node { b { ...G ...G } } fragment G on Node { ... on Node { operations { a } } }",
    true,
  ],
  ["{ top { ...F ...F } } fragment F on Node { b { ...G ...G } } fragment G on Node { a }", false],
  ["($no: Boolean!) { top { operations @include(if: $no) { a } a } }", true],
])("%s: %s", (text, expected) => {
  expect(selectsOperations(`query Q ${text}`)).toBe(expected);
});
