/** Where rows of `latest_<type>` hold a version: a frontier at a sequence, and what it inherits from. */

/** A frontier as it stood at a sequence of its log. */
export interface Level {
  readonly frontier: string;
  readonly sequence: number;
}

/** A row of a nearer level hides those of the levels behind it, one that says that there is no record included. */
export interface RowsAt extends Level {
  /** The nearest first; what is behind a base is among them, so that they are all there is. */
  readonly bases: readonly Level[];
}

/** All levels, the nearest first. */
export const levelsOf = (rows: RowsAt): Level[] => [
  { frontier: rows.frontier, sequence: rows.sequence },
  ...rows.bases,
];

/** Levels as columns for `unnest`. */
export const columnsOf = (levels: readonly Level[]): [string[], number[]] => [
  levels.map(({ frontier }) => frontier),
  levels.map(({ sequence }) => sequence),
];

/** How long rows that ended are kept for documents that read an older sequence, as a PostgreSQL interval. */
export const KEPT_FOR = "10 minutes";

/**
 * The condition that a row is what its frontier held at a sequence. The end is written so that no index is searched for it:
 * of what a frontier holds, most is valid.
 */
export const validAt = (sequence: string, row: string): string =>
  `${row}.from_sequence <= ${sequence} and coalesce(${row}.to_sequence, ${sequence} + 1) > ${sequence}`;

/** The condition that somebody inherits a row that ended: a sequence that is inherited from lies inside it. */
export const isInherited = (frontier: string, row: string): string =>
  // One probe of the index, whatever the number of heirs.
  `(select true from omdb.frontier_bases b where b.base = ${frontier}
    and b.base_sequence >= ${row}.from_sequence and b.base_sequence < ${row}.to_sequence limit 1) is not null`;
