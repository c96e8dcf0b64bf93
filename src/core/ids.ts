/**
 * Ids of commits and operations: 64-bit in PostgreSQL, numbers here. They are handed out from 1, so 2^53 is out of
 * reach; what comes from outside is checked where it comes in.
 */
export type CommitId = number;
export type OperationId = number;
/** Lower-case, with hyphens. */
export type RecordId = string;
