/** The embedded PostgreSQL cannot be had; the message says why, and where there is something to do, what. */
export class EmbeddedPostgresError extends Error {
  override readonly name: string = "EmbeddedPostgresError";
}

/** The folder has a server already. */
export class FolderInUse extends EmbeddedPostgresError {
  override readonly name = "FolderInUse";
}
