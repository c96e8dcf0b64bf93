// A plugin of graphql-codegen: what caches of clients have to know of the schema.
const { isAbstractType, isObjectType } = require("graphql");
const prettier = require("prettier");

const HEADER = `/** What caches of clients have to know of the schema. Made by \`npm run codegen\`. */
`;

module.exports.plugin = async (schema) => {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  const names = (of) => of.map(({ name }) => name).sort();
  const roots = names([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const withoutId = names(types.filter((type) => isObjectType(type) && !type.getFields().id)).filter(
    (name) => !roots.includes(name),
  );
  const possible = names(types.filter(isAbstractType)).map((name) => {
    return `  ${name}: [${names(schema.getPossibleTypes(schema.getType(name)))
      .map((type) => `"${type}"`)
      .join(", ")}],\n`;
  });
  const text = `${HEADER}
/** Types without an \`id\`: they are part of what holds them. */
const PARTS = [${withoutId.map((name) => `"${name}"`).join(", ")}] as const;

type Part = (typeof PARTS)[number];

const ofParts = <Value>(value: Value): Record<Part, Value> =>
  Object.fromEntries(PARTS.map((part) => [part, value])) as Record<Part, Value>;

/** \`keys\` of urql's graphcache. */
export const GRAPHCACHE_KEYS: Record<Part, () => null> = ofParts(() => null);

/** \`typePolicies\` of Apollo Client. */
export const APOLLO_TYPE_POLICIES: Record<Part, { keyFields: false }> = ofParts({ keyFields: false });

/** \`possibleTypes\` of Apollo Client: the types of each interface and union. */
export const POSSIBLE_TYPES: Record<string, string[]> = {
${possible.join("")}};
`;
  const options = await prettier.resolveConfig(__filename);
  return prettier.format(text, { ...options, filepath: "cacheSettings.ts" });
};
