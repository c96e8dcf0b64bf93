/**
 * What random tries start from: the same each time, so that a run says the same as the one before. OMDB_PROPERTY_SEED
 * takes another number, or `any` for a new one each time; whatever fails prints its own.
 */
export const SEED = seedOf(process.env["OMDB_PROPERTY_SEED"] ?? "20261124");

function seedOf(given: string): number {
  if (given === "any") return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`OMDB_PROPERTY_SEED is a whole number, or any: ${given}.`);
  return seed;
}
