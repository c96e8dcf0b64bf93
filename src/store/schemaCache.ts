import { LRUCache } from "lru-cache";
import { compileSchema } from "../core/jsonSchema";
import type { Json } from "../core/json";

/** Compiled JSON Schemas by their text: compiling costs milliseconds, a type's schema seldom changes. */
export class SchemaCache {
  private readonly compiled = new LRUCache<string, (value: Json) => Json[] | null>({ max: 200 });

  /** The errors of a value, or null where it satisfies the schema. */
  errors(schema: Json, value: Json): Json[] | null {
    const text = JSON.stringify(schema);
    let validate = this.compiled.get(text);
    if (!validate) {
      validate = compileSchema(schema, ["schema"]);
      this.compiled.set(text, validate);
    }
    return validate(value);
  }
}
