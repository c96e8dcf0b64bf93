/**
 * The one way of an operation through the server, whichever way it came: HTTP, server-sent events and WebSocket all hand
 * their requests to `prepare` and the result of that to `execute` or `subscribe`. Every control stands here, so none can
 * be passed by on one of the ways.
 */
import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import { quoted } from "../core/quote";
import { documentReader, type ReadDocument } from "./documents";
import { EventsTogether } from "./eventsTogether";
import { argumentError, variableErrors } from "./inputErrors";
import { placeOfVariable } from "./inputPlaces";
import { nodesBeyondLimits, type PageSizes } from "./nodeLimits";
import type { PreparedOperation } from "./preparedOperation";
import { causes, presentError, type ErrorLog } from "./presentErrors";
import { badRequest, limitExceeded } from "./requestErrors";
import type { ServerLimits } from "./serverLimits";
import { LiveStream } from "../live/liveStream";
import { SharedStreams, type Source } from "./sharedStreams";
import { resultsOf } from "./subscriptionResults";
import { variablesBeyondLimits } from "./variableLimits";

/** What a client sends; nothing of it is trusted. */
export interface OperationRequest {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

export interface OperationsOptions {
  readonly schema: GraphQLSchema;
  /** Called for each operation, and for each event of a subscription. */
  readonly createContext: () => object | Promise<object>;
  /**
   * Told of an error in the result of a subscription's event; resolves with whether the result may be whole when it is
   * made again, once that is so. Default: it may not.
   */
  readonly passes?: (error: unknown) => Promise<boolean>;
  readonly limits: ServerLimits;
  /** Default: those of the default limits. */
  readonly pages?: PageSizes;
  readonly log: ErrorLog;
}

export class Operations {
  private readonly readDocument: ReadDocument;
  private running = 0;
  private subscribed = 0;
  private readonly whenIdle = new Set<() => void>();

  private readonly together: EventsTogether;
  private readonly shared: SharedStreams;

  constructor(private readonly options: OperationsOptions) {
    this.readDocument = documentReader(options.schema, options.limits);
    this.together = new EventsTogether(options.schema);
    this.shared = new SharedStreams({
      execute: (prepared, event, gone) => this.executeEvent(prepared, event, gone),
      executeTogether: (prepared, events) => this.executeTogether(prepared, events),
      failed: (error) => this.failed(error),
    });
  }

  private failed(error: unknown): ExecutionResult {
    return { errors: [presentError(error, this.options.log)] };
  }

  /**
   * Reads a request and applies every control.
   * @returns what can be executed, or what is wrong with it
   */
  prepare(request: OperationRequest): PreparedOperation | readonly GraphQLError[] {
    const { schema, limits } = this.options;
    const { query, operationName } = request;
    const variables = request.variables ?? {};
    if (typeof query !== "string") return [badRequest("A request has a document in `query`.")];
    if (!isNullish(operationName) && typeof operationName !== "string") {
      return [badRequest("The member `operationName` is a string.")];
    }
    if (!isRecord(variables)) return [badRequest("The member `variables` is an object.")];
    const document = this.readDocument(query);
    if (!("kind" in document)) return document;
    const operation = getOperationAST(document, operationName);
    if (!operation) {
      const which = isNullish(operationName)
        ? "one operation, or `operationName`"
        : `an operation ${quoted(operationName)}`;
      return [badRequest(`The document does not have ${which}.`, "OPERATION_RESOLUTION_FAILURE")];
    }
    const tooDeep = variablesBeyondLimits(schema, operation, variables, limits, (name) =>
      placeOfVariable(document, operation, name),
    );
    if (tooDeep) return [tooDeep];
    const tooMany = nodesBeyondLimits(schema, document, operation, variables, limits, this.options.pages);
    if (tooMany) return [tooMany];
    return { schema, document, operation, operationName, variableValues: variables };
  }

  /** Executes what `prepare` gave: a subscription as `subscribe` does, anything else to its one result. */
  run(prepared: PreparedOperation): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    return prepared.operation.operation === OperationTypeNode.SUBSCRIPTION
      ? this.subscribe(prepared)
      : this.execute(prepared);
  }

  /** Never rejects; what goes wrong stands in the result. */
  async execute(prepared: PreparedOperation): Promise<ExecutionResult> {
    return this.present(prepared, await this.attempt(prepared));
  }

  /** The result of an event, at once where nothing has to be waited for. */
  private executeEvent(
    prepared: PreparedOperation,
    event: unknown,
    gone: () => boolean,
  ): ExecutionResult | Promise<ExecutionResult> {
    const result = this.attempt(prepared, event);
    return result instanceof Promise || result.errors ? this.untilWhole(prepared, event, gone, result) : result;
  }

  /** The results of events of which each is at hand; undefined where each has to be executed by itself. */
  private executeTogether(
    prepared: PreparedOperation,
    events: readonly unknown[],
  ): readonly ExecutionResult[] | undefined {
    try {
      const context = this.options.createContext();
      if (context instanceof Promise) return undefined;
      const results = this.together.execute(prepared, events, context);
      if (!(results instanceof Promise)) return results;
      // It has begun to read.
      this.running += 1;
      void this.settled(results);
      return undefined;
    } catch {
      // Whatever it was, it is told of the event that it comes from.
      return undefined;
    }
  }

  /** A failure that passes is waited for: the stream would lose the event. */
  private async untilWhole(
    prepared: PreparedOperation,
    event: unknown,
    gone: () => boolean,
    first: ExecutionResult | Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    for (let attempt = first; ; attempt = this.attempt(prepared, event)) {
      const result = await attempt;
      if (gone() || !(await this.mayBeWhole(result)) || gone()) return this.present(prepared, result);
    }
  }

  private async mayBeWhole({ errors = [] }: ExecutionResult): Promise<boolean> {
    for (const error of errors) {
      for (const cause of causes(error)) if (await this.options.passes?.(cause)) return true;
    }
    return false;
  }

  /** Errors as they came. Never throws or rejects. */
  private attempt(prepared: PreparedOperation, rootValue?: unknown): ExecutionResult | Promise<ExecutionResult> {
    const { schema, document, operationName, variableValues } = prepared;
    const run = (contextValue: object) =>
      execute({ schema, document, operationName, variableValues, rootValue, contextValue });
    this.running += 1;
    try {
      const context = this.options.createContext();
      const result = context instanceof Promise ? context.then(run) : run(context);
      if (result instanceof Promise) return this.settled(result);
      this.leave();
      return result;
    } catch (error) {
      this.leave();
      return failedWith(error);
    }
  }

  private async settled(result: Promise<ExecutionResult>): Promise<ExecutionResult> {
    try {
      return await result;
    } catch (error) {
      return failedWith(error);
    } finally {
      this.leave();
    }
  }

  /** An operation has been executed. */
  private leave(): void {
    this.running -= 1;
    if (this.running === 0) for (const tell of [...this.whenIdle]) tell();
  }

  /**
   * Never rejects. The stream neither: an error of its source is its last result. Each event is executed with a context
   * of its own, since loaders and caches must not outlive it.
   */
  async subscribe(prepared: PreparedOperation): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    const most = this.options.limits.subscriptions;
    if (this.subscribed >= most) {
      const message = `This server has at most ${most} subscriptions under way.`;
      return { errors: [limitExceeded(message, "subscriptions", most)] };
    }
    this.subscribed += 1;
    const result = await this.openStream(prepared, () => (this.subscribed -= 1));
    if (!(Symbol.asyncIterator in result)) this.subscribed -= 1;
    return result;
  }

  /** @param closed called when the stream ends, where there is one */
  private async openStream(
    prepared: PreparedOperation,
    closed: () => void,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
    try {
      const { lastEventId } = prepared;
      const contextValue = Object.assign(await this.options.createContext(), { lastEventId });
      const source = await createSourceEventStream({ ...prepared, contextValue });
      if (!(Symbol.asyncIterator in source)) return this.present(prepared, source);
      if (isShareable(source)) return this.shared.follow(prepared, source, prepared.sink, closed);
      return resultsOf(
        source,
        (event, gone) => this.executeEvent(prepared, event, gone),
        (error) => this.failed(error),
        closed,
      );
    } catch (error) {
      return this.failed(error);
    }
  }

  /** Subscriptions that are under way, those included that are still being set up. */
  get subscriptions(): number {
    return this.subscribed;
  }

  /** Resolves when no operation is being executed; streams that wait for events do not count. */
  async idle(): Promise<void> {
    if (this.running === 0) return;
    await new Promise<void>((resolve) => {
      const tell = () => {
        this.whenIdle.delete(tell);
        resolve();
      };
      this.whenIdle.add(tell);
    });
  }

  private present(prepared: PreparedOperation, result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    const { schema, document, operation, variableValues } = prepared;
    // Without data nothing was executed: only then can the variables have been at fault.
    const ofVariables = "data" in result ? [] : variableErrors(schema, document, operation, variableValues);
    if (ofVariables.length > 0) return { ...result, errors: ofVariables };
    const errors = result.errors.map((error) =>
      presentError(argumentError(schema, document, operation, variableValues, error) ?? error, this.options.log),
    );
    return { ...result, errors };
  }
}

const isShareable = (source: AsyncIterable<unknown>): source is Source => source instanceof LiveStream;

const failedWith = (error: unknown): ExecutionResult => ({ errors: [asGraphQLError(error)] });

const asGraphQLError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError("", { originalError: error instanceof Error ? error : new Error(String(error)) });

const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
