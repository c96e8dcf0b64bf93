import { builder } from "../builder";

const DirectionEnum = builder.enumType("Direction", {
  description: "Which end comes first.",
  values: { ASC: { description: "The smallest first." }, DESC: { description: "The largest first." } } as const,
});

export const OrderInput = builder.inputType("OrderInput", {
  description: "absent < null < false < true < numbers < strings by code point < lists < objects; ties by uuid.",
  fields: (t) => ({
    path: t.field({ type: "Path", required: true, description: "What is compared." }),
    direction: t.field({
      type: DirectionEnum,
      required: true,
      defaultValue: "ASC",
      description: "Which end comes first.",
    }),
  }),
});
