/**
 * The limit of nesting in variables. Coercing a value calls itself for every input object and list, however deep they
 * are, so the value is looked at first, along its type. What a scalar takes is left alone: it is judged where it is used.
 */
import {
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import type { InputPath } from "../core/errors";
import { quoted } from "../core/quote";
import { limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";

/**
 * The error of a variable whose value is nested too deeply.
 * @param placeOf where a variable stands in the arguments of a field
 */
export function variablesBeyondLimits(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  limits: ServerLimits,
  placeOf: (variable: string) => InputPath,
): GraphQLError | undefined {
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type) || !Object.hasOwn(variables, name)) continue;
    const tooDeep = findTooDeep(variables[name], type, limits.variableDepth);
    if (!tooDeep) continue;
    return limitExceeded(
      `The variable ${quoted(`$${name}`)} is nested more than ${limits.variableDepth} deep.`,
      "variableDepth",
      limits.variableDepth,
      { nodes: definition, inputPath: [...placeOf(name), ...tooDeep] },
    );
  }
  return undefined;
}

/** The path to a value inside more input objects and lists than are left; never goes deeper than that itself. */
function findTooDeep(value: unknown, type: GraphQLInputType, left: number): InputPath | undefined {
  const nullable = getNullableType(type);
  if (typeof value !== "object" || value === null) return undefined;
  if (isListType(nullable)) {
    // A value that is no list stands for a list of one.
    if (!Array.isArray(value)) return findTooDeep(value, nullable.ofType, left);
    return findInside(value.entries(), () => nullable.ofType, left);
  }
  if (!isInputObjectType(nullable) || Array.isArray(value)) return undefined;
  const fields = nullable.getFields();
  const members = Object.entries(value).filter(([name]) => Object.hasOwn(fields, name));
  return findInside(members, (name) => fields[name]?.type ?? type, left);
}

function findInside(
  entries: Iterable<[string | number, unknown]>,
  typeAt: (key: string | number) => GraphQLInputType,
  left: number,
): InputPath | undefined {
  for (const [key, value] of entries) {
    if (left === 0) return [];
    const path = findTooDeep(value, typeAt(key), left - 1);
    if (path) return [key, ...path];
  }
  return undefined;
}
