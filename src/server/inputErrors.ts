/**
 * Errors of the input's form: variables and literals that do not fit their types. They all say INVALID_INPUT and where
 * in the arguments of the field the fault lies, whichever way the value came.
 */
import {
  coerceInputValue,
  getVariableValues,
  GraphQLError,
  isInputType,
  isNonNullType,
  Kind,
  ProvidedRequiredArgumentsRule,
  specifiedRules,
  typeFromAST,
  TypeInfo,
  UniqueInputFieldNamesRule,
  valueFromAST,
  ValuesOfCorrectTypeRule,
  visit,
  visitInParallel,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
  type VariableDefinitionNode,
} from "graphql";
import { OmdbError, type InputPath } from "../core/errors";
import { sentence, shortPlace } from "../core/quote";
import { argumentPath, placeOfNode, placeOfVariable } from "./inputPlaces";
import { extensionsOf } from "./presentErrors";

/** More than so many errors in the variables of one request are not told. */
const MOST_ERRORS = 20;

/**
 * An error about a value.
 * @param cause what a scalar threw: its code and its own path below the value are kept
 */
function invalidInput(
  message: string,
  place: InputPath,
  cause: unknown,
  options: { readonly nodes?: readonly ASTNode[] | undefined } = {},
): GraphQLError {
  const { code, inner, ...details } = causeOf(cause);
  // The member that is missing is part of the place.
  const missing = /^Field "(?:[^".]+\.)?([^".]+)" of required type/.exec(message)?.[1];
  const inputPath = shortPlace([...place, ...inner, ...(missing === undefined ? [] : [missing])]);
  return new GraphQLError(sentence(message), { ...options, extensions: { ...details, code, inputPath } });
}

function causeOf(error: unknown): { code: string; inner: InputPath } & Record<string, unknown> {
  const original = error instanceof GraphQLError && error.originalError ? error.originalError : error;
  const known = original instanceof OmdbError || original instanceof GraphQLError;
  if (!known) return { code: "INVALID_INPUT", inner: [] };
  const { code, inputPath, ...rest } = original instanceof OmdbError ? extensionsOf(original) : original.extensions;
  return {
    ...rest,
    code: typeof code === "string" ? code : "INVALID_INPUT",
    inner: Array.isArray(inputPath) ? (inputPath as InputPath) : [],
  };
}

/** The rules of validation; those about values tell where the value stands, the others just what they are. */
export const VALIDATION_RULES: readonly ValidationRule[] = specifiedRules.map((rule) => {
  const aboutValues =
    rule === ValuesOfCorrectTypeRule || rule === ProvidedRequiredArgumentsRule || rule === UniqueInputFieldNamesRule;
  return aboutValues ? withPlaces(rule) : withValidationCode(rule);
});

function withValidationCode(rule: ValidationRule): ValidationRule {
  return (context) =>
    rule(
      reportingTo(context, ({ message, nodes, extensions }) => {
        const code = "GRAPHQL_VALIDATION_FAILED";
        context.reportError(new GraphQLError(sentence(message), { nodes, extensions: { ...extensions, code } }));
      }),
    );
}

function withPlaces(rule: ValidationRule): ValidationRule {
  return (context) => {
    let visited: ASTNode | undefined;
    const visitor = rule(
      reportingTo(context, (error) => {
        // A scalar that refuses a literal need not know the node.
        const nodes = error.nodes ?? (visited && [visited]);
        const argument = MISSING_ARGUMENT.exec(error.message)?.[1];
        const place = argument === undefined ? placeOf(context, nodes) : argumentPath(argument);
        context.reportError(invalidInput(error.message, place, error, { nodes }));
      }),
    );
    return visitInParallel([{ enter: (node) => void (visited = node) }, visitor]);
  };
}

const MISSING_ARGUMENT = / argument "([^"]+)" of type .* is required, but it was not provided\.$/;

const placeOf = (context: ValidationContext, nodes: readonly ASTNode[] | undefined): InputPath =>
  (nodes?.[0] && placeOfNode(context.getDocument(), nodes[0])) ?? [];

/** The same context for a rule, but for where its errors go. */
function reportingTo(context: ValidationContext, report: (error: GraphQLError) => void): ValidationContext {
  return Object.create(context, { reportError: { value: report } }) as ValidationContext;
}

/** Errors of the variables of a request, none when each fits its type. */
export function variableErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const place = placeOfVariable(document, operation, name);
    errors.push(...errorsOfVariable(schema, definition, place, variables));
    if (errors.length >= MOST_ERRORS) break;
  }
  return errors.slice(0, MOST_ERRORS);
}

function errorsOfVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  place: InputPath,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const name = definition.variable.name.value;
  const type = typeFromAST(schema, definition.type);
  if (!isInputType(type)) return [];
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) {
    const fault = `The variable "$${name}" of required type "${type.toString()}" was not provided.`;
    const required = isNonNullType(type) && !definition.defaultValue;
    return required ? [invalidInput(fault, place, undefined, { nodes: [definition] })] : [];
  }
  const errors: GraphQLError[] = [];
  coerceInputValue(value, type, (path, _, error) => {
    if (errors.length >= MOST_ERRORS) return;
    // An unknown member is part of the place.
    const unknown = /^Field "(.*)" is not defined by type "/s.exec(error.message)?.[1];
    const found = [...place, ...path, ...(unknown === undefined ? [] : [unknown])];
    errors.push(invalidInput(error.message, found, error, { nodes: [definition] }));
  });
  return errors;
}

/**
 * What `graphql` says when it cannot use the arguments of a field during execution: a variable that may be null, or
 * missing, stood where the schema wants a value. Undefined for other errors.
 */
export function argumentError(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  error: GraphQLError,
): GraphQLError | undefined {
  const argument = /^Argument "([^"]+)" (?:of (?:required|non-null) type |has invalid value )/.exec(error.message)?.[1];
  const node = error.nodes?.[0];
  const cause = error.originalError ?? error;
  const ofGraphql = cause instanceof GraphQLError && !cause.originalError && cause.extensions.code === undefined;
  if (argument === undefined || !node || !ofGraphql) return undefined;
  const top = placeOfNode(document, node) ?? argumentPath(argument);
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables).coerced ?? {};
  const place = placeOfMissingVariable(schema, document, coerced, node) ?? top;
  const { message, nodes, path } = error;
  return new GraphQLError(sentence(message), { nodes, path, extensions: { code: "INVALID_INPUT", inputPath: place } });
}

/** The place of the variable below a node that has no value where one is needed. */
function placeOfMissingVariable(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Record<string, unknown>,
  within: ASTNode,
): InputPath | undefined {
  const types = new TypeInfo(schema);
  let inside = false;
  let place: InputPath | undefined;
  visit(
    document,
    visitWithTypeInfo(types, {
      enter(node) {
        if (node === within) inside = true;
        if (!inside || place || node.kind !== Kind.VARIABLE) return;
        const type = types.getInputType();
        const unusable = type && valueFromAST(node, type, variables) === undefined;
        if (unusable && isNonNullType(type)) place = placeOfNode(document, node);
      },
      leave(node) {
        if (node === within) inside = false;
      },
    }),
  );
  return place;
}
