/**
 * The order of values in SQL, the same as `compareFound` in core: absent < null < false < true < numbers < strings by
 * code point < lists < objects. Four keys say it: the rank, then the number, then the text (UTF-8 bytes order as code
 * points do), once cut short so that it fits into an index and once whole. Expression indexes and queries must spell
 * them alike, so both take them from here.
 */
export interface OrderKeys {
  /** 0 to 7, never NULL. */
  readonly rank: string;
  /** numeric; 0 for what is no number, so that rows compare. */
  readonly number: string;
  /** The first characters of the text, in collation "C"; '' for what is no string. */
  readonly prefix: string;
  /** The text, in collation "C"; '' for what is no string. */
  readonly text: string;
}

/** A B-tree entry holds about 2,700 bytes: 250 characters take at most 1,000, a frontier's name at most 800. */
export const PREFIX_CHARACTERS = 250;

export function orderKeys(value: string): OrderKeys {
  const text = `case when jsonb_typeof(${value}) = 'string' then ${value} #>> '{}' else '' end`;
  return {
    rank:
      `(case jsonb_typeof(${value}) when 'null' then 1 when 'boolean' then (case when ${value} = 'true'::jsonb then 3 else 2 end) ` +
      `when 'number' then 4 when 'string' then 5 when 'array' then 6 when 'object' then 7 else 0 end)`,
    number: `(case when jsonb_typeof(${value}) = 'number' then (${value})::numeric else 0 end)`,
    prefix: `(left(${text}, ${PREFIX_CHARACTERS}) collate "C")`,
    text: `((${text}) collate "C")`,
  };
}

export const RANK_OF_NUMBERS = 4;
export const RANK_OF_STRINGS = 5;
