import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  type GraphQLSchema,
} from "graphql";
import { schema } from "../support/graphql";

/** Everything of a schema that has no description, by its coordinates; what graphql-js brings with it aside. */
function* undescribed(schema: GraphQLSchema): Generator<string> {
  const missing = ({ description }: { readonly description?: string | null | undefined }) => !description?.trim();
  for (const directive of schema.getDirectives().filter((found) => !isSpecifiedDirective(found))) {
    if (missing(directive)) yield `@${directive.name}`;
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    if (missing(type)) yield type.name;
    if (isEnumType(type)) {
      for (const value of type.getValues()) if (missing(value)) yield `${type.name}.${value.name}`;
    }
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (missing(field)) yield `${type.name}.${field.name}`;
      for (const argument of "args" in field ? field.args : []) {
        if (missing(argument)) yield `${type.name}.${field.name}(${argument.name})`;
      }
    }
  }
}

test("everything in the schema has a description", () => {
  expect([...undescribed(schema)]).toEqual([]);
});

test("the walk finds what has none, wherever it stands", () => {
  const bare = buildSchema(`
    directive @d(a: Int) on FIELD
    interface I { f(a: Int): Int }
    """Described.""" type Query implements I { f(a: Int): Int }
    enum E { A }
    input In { a: Int }
    scalar S
    union U = Query
  `);
  const found = ["@d", "I", "I.f", "I.f(a)", "Query.f", "Query.f(a)", "E", "E.A", "In", "In.a", "S", "U"];
  expect([...undescribed(bare)].sort()).toEqual(found.sort());
});
