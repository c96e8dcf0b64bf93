/** Reading the parameters of an operation, at the door. */
import { InvalidInput, type InputPath } from "../errors";
import { isObject, type Json } from "../json";

/**
 * Parameters as an object that has no other members than these.
 * @throws InvalidInput
 */
export function checkMembers(
  parameters: Json,
  allowed: readonly string[],
  at: InputPath,
): Readonly<Record<string, Json>> {
  if (!isObject(parameters)) throw new InvalidInput("The parameters of an operation are an object.", at);
  const unknown = Object.keys(parameters).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw new InvalidInput("The operation has no such parameter.", [...at, unknown]);
  return parameters;
}

/**
 * A parameter that must be there; null is a value.
 * @throws InvalidInput
 */
export function neededMember(parameters: Readonly<Record<string, Json>>, name: string, at: InputPath): Json {
  const value = parameters[name];
  if (value === undefined) throw new InvalidInput(`The operation needs the parameter ${name}.`, [...at, name]);
  return value;
}

/**
 * A parameter that counts something: a non-negative safe integer.
 * @param otherwise what it is where it is left out; without it, it must be there
 * @throws InvalidInput
 */
export function countMember(
  parameters: Readonly<Record<string, Json>>,
  name: string,
  at: InputPath,
  otherwise?: number,
): number {
  const value = parameters[name] ?? otherwise;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidInput(`The parameter ${name} is a non-negative integer.`, [...at, name]);
  }
  return value;
}

/**
 * Parameters that are just a value.
 * @throws InvalidInput
 */
export function parseValue(parameters: Json, at: InputPath): { readonly value: Json } {
  return { value: neededMember(checkMembers(parameters, ["value"], at), "value", at) };
}

/** The value of parameters that passed `parseValue`. */
export function valueOf(parameters: Json): Json {
  return (parameters as { readonly value: Json }).value;
}
