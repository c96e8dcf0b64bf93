import type { Found } from "../../core/json";
import { builder } from "../builder";

export const FoundType = builder.objectRef<Found>("Found").implement({
  description: "A value that may be absent.",
  fields: (t) => ({
    exists: t.exposeBoolean("exists", { description: "False where there is nothing." }),
    value: t.field({
      type: "JSON",
      nullable: true,
      description: "The value; null where there is none, and for JSON null.",
      resolve: (found) => (found.exists ? found.value : null),
    }),
  }),
});

export const ConflictReasonEnum = builder.enumType("ConflictReason", {
  description: "Why an operation cannot stand.",
  values: {
    PREDICATE: { description: "One of its predicates is false." },
    PRECONDITION: { description: "Its kind cannot be applied to what is there." },
    SCHEMA: { description: "The state would break the JSON Schema of its type." },
    POSITION: { description: "The order of a list or text that it counts positions in is not what its author saw." },
  } as const,
});
