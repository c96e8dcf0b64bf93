import { InvalidInput } from "../errors";
import { Fold } from "../fold";
import { isList, isObject, type Json, type State } from "../json";
import type { Path } from "../path";
import { foldEffect, type Effect, type OperationKind } from "./kind";

/** The parameters of a coalesced operation: its effects in order, each as `[operation, path, parameters]`. */
export function coalescedParameters(effects: readonly Effect[]): Json {
  return { operations: effects.map(({ operation, path, parameters }) => [operation, path, parameters]) };
}

/** The effects in the parameters of a coalesced operation; undefined where these have not their form. */
export function effectsOf(parameters: Json): readonly Effect[] | undefined {
  const operations = isObject(parameters) ? parameters["operations"] : undefined;
  if (!isList(operations)) return undefined;
  const effects = operations.map(effectOf);
  return effects.every((effect) => effect !== undefined) ? effects : undefined;
}

function effectOf(entry: Json): Effect | undefined {
  if (!isList(entry) || entry.length !== 3) return undefined;
  const [operation, path, parameters] = entry;
  if (typeof operation !== "string" || !isList(path) || parameters === undefined) return undefined;
  const isPath = path.every((step) => typeof step === "string" || (Number.isSafeInteger(step) && Number(step) >= 0));
  return isPath ? { operation, path: path as Path, parameters } : undefined;
}

/**
 * Several effects as one, at the state of the record for which it was made: there each of them has an effect, elsewhere
 * it is refused where one of them is.
 * @param kindOf where the kinds of the effects are found: it stands in the registry itself, and so cannot import it
 */
export function coalescedKind(kindOf: (name: string) => OperationKind | undefined): OperationKind {
  /**
   * The state after all effects, or the words of the first refusal.
   * @param given a fold of which the effects are a part; it must not see some of them without the others
   */
  const run = (state: State, parameters: Json, given = new Fold()): { readonly after: State } | string => {
    const effects = effectsOf(parameters);
    if (effects === undefined) return "The parameters are not those of a coalesced operation.";
    const fold = effects.length === 1 ? given : new Fold(given.spend);
    let after = state;
    for (const effect of effects) {
      const { operation, path, parameters: own } = effect;
      const kind = kindOf(operation);
      if (kind === undefined || kind.internal === true)
        return `It holds an operation ${operation}, which cannot be part of it.`;
      const refusal = kind.refusal(after, path, own);
      if (refusal !== null) return refusal;
      after = foldEffect(kind, after, effect, fold);
    }
    return { after };
  };

  return {
    name: "coalesced",
    internal: true,
    folds: true,

    parse(parameters, path, at) {
      if (path.length > 0) throw new InvalidInput("A coalesced operation is about a whole record: its path is [].", at);
      const effects = effectsOf(parameters);
      if (effects === undefined) throw new InvalidInput("A list of operations is needed here.", [...at, "operations"]);
      return parameters;
    },

    refusal(state, _path, parameters) {
      const result = run(state, parameters);
      return typeof result === "string" ? result : null;
    },

    apply(state, _path, parameters, fold) {
      const result = run(state, parameters, fold);
      return typeof result === "string" ? state : result.after;
    },

    footprint: (_path, parameters) =>
      (effectsOf(parameters) ?? []).flatMap(({ operation, path, parameters: own }) => [
        ...(kindOf(operation)?.footprint(path, own) ?? [path]),
      ]),

    commutes: () => false,
  };
}
