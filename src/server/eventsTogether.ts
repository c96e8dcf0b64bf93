/**
 * Several events of a stream in one execution: what graphql-js prepares for each execution, the fields that it has
 * collected above all, is prepared once. The operation is executed for each event of a list, as it would be for one.
 */
import {
  execute,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
} from "graphql";
import type { PreparedOperation } from "./preparedOperation";

const EVENTS = "events";

export class EventsTogether {
  private readonly schema: GraphQLSchema | undefined;
  /** By the document of the stream, as long as that is there. */
  private readonly documents = new WeakMap<DocumentNode, Map<string | undefined, DocumentNode>>();

  constructor(schema: GraphQLSchema) {
    const event = schema.getSubscriptionType();
    if (!event) return;
    const query = new GraphQLObjectType({
      name: nameBeside(schema),
      fields: { [EVENTS]: { type: new GraphQLList(event), resolve: (events: unknown) => events } },
    });
    this.schema = new GraphQLSchema({ ...schema.toConfig(), query, assumeValid: true });
  }

  /**
   * The results of events, in their order. Undefined where one has errors, and the whole execution where one has to be
   * waited for: each has to be executed by itself then.
   */
  execute(
    prepared: PreparedOperation,
    events: readonly unknown[],
    contextValue: object,
  ): readonly ExecutionResult[] | undefined | Promise<ExecutionResult> {
    const { schema } = this;
    if (!schema) return undefined;
    const { variableValues } = prepared;
    const document = this.documentOf(prepared);
    const result = execute({ schema, document, variableValues, rootValue: events, contextValue });
    if (result instanceof Promise) return result;
    if (result.errors) return undefined;
    const results = result.data?.[EVENTS] as readonly ExecutionResult["data"][];
    return results.map((data) => ({ data: data! }));
  }

  private documentOf({ document, operation }: PreparedOperation): DocumentNode {
    const name = operation.name?.value;
    const known = this.documents.get(document) ?? new Map<string | undefined, DocumentNode>();
    this.documents.set(document, known);
    const made = known.get(name) ?? listing(document, operation);
    known.set(name, made);
    return made;
  }
}

/** The document in which an operation's selection is asked of each event. */
function listing(document: DocumentNode, operation: PreparedOperation["operation"]): DocumentNode {
  const { variableDefinitions = [], selectionSet } = operation;
  const events = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: EVENTS }, selectionSet } as const;
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions,
        selectionSet: { kind: Kind.SELECTION_SET, selections: [events] },
      },
      ...document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION),
    ],
  };
}

function nameBeside(schema: GraphQLSchema): string {
  let name = "Events";
  while (schema.getType(name)) name += "_";
  return name;
}
