/** Idempotency keys: the same key on the same frontier gives the same result, however often a call is sent. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../core/canonical";
import { AlreadyExists } from "../core/errors";
import type { CommitId } from "../core/ids";
import type { Json } from "../core/json";
import { quoted } from "../core/quote";
import type { Sql } from "./database";

export interface KeptResult {
  /** The commit that the call made, if any. */
  readonly commit: CommitId | null;
  /** The change of the frontier that it made, if any. */
  readonly sequence: number | null;
}

/** What tells two inputs apart: SHA-256 of the canonical JSON, hexadecimal. */
export const fingerprintOf = (input: Json): string => createHash("sha256").update(canonicalJson(input)).digest("hex");

/**
 * What a key was kept for. The caller holds the frontier's lock.
 * @returns null for a key that is new
 * @throws AlreadyExists for a key that was sent with another input
 */
export async function findKey(
  sql: Sql,
  frontier: string,
  key: string,
  fingerprint: string,
): Promise<KeptResult | null> {
  const { rows } = await sql.query<KeptResult & { fingerprint: string }>(
    `select fingerprint, "commit", sequence from omdb.idempotency_keys where frontier = $1 and key = $2`,
    [frontier, key],
  );
  const row = rows[0];
  if (!row) return null;
  if (row.fingerprint !== fingerprint) {
    throw new AlreadyExists(`The idempotency key ${quoted(key)} was sent with another input.`, ["idempotencyKey"]);
  }
  return { commit: row.commit, sequence: row.sequence };
}

export async function keepKey(
  sql: Sql,
  frontier: string,
  key: string,
  fingerprint: string,
  result: KeptResult,
): Promise<void> {
  await sql.query(
    `insert into omdb.idempotency_keys (frontier, key, fingerprint, "commit", sequence) values ($1, $2, $3, $4, $5)`,
    [frontier, key, fingerprint, result.commit, result.sequence],
  );
}
