/** Which subscriptions get the same results from the same events. */
import { Kind, visit, type DocumentNode, type OperationDefinitionNode } from "graphql";
import { canonicalJson } from "../core/canonical";
import type { Json } from "../core/json";
import type { PreparedOperation } from "./preparedOperation";

/** Documents are told apart by number: those that clients send again and again are the same object. */
const numbers = new WeakMap<DocumentNode, number>();
const cursors = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();
let lastNumber = 0;

/** Equal for operations of one document whose variables differ at most in where to begin. */
export function sharingKey({ document, operation, variableValues }: PreparedOperation): string {
  const number = numbers.get(document) ?? (lastNumber += 1);
  numbers.set(document, number);
  const names = cursors.get(operation) ?? cursorVariables(document, operation);
  cursors.set(operation, names);
  const variables = Object.entries(variableValues).filter(([name]) => !names.has(name));
  return `${number} ${operation.name?.value ?? ""} ${canonicalJson(Object.fromEntries(variables) as Json)}`;
}

/** The variables that are nothing but the root field's `after`. */
function cursorVariables(document: DocumentNode, operation: OperationDefinitionNode): Set<string> {
  const uses = new Map<string, number>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
  });
  const names = operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD
      ? (selection.arguments ?? []).flatMap(({ name, value }) =>
          name.value === "after" && value.kind === Kind.VARIABLE ? [value.name.value] : [],
        )
      : [],
  );
  return new Set(names.filter((name) => uses.get(name) === 1));
}
