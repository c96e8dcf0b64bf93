/** Which of some versions can stand together, when not all can. */

/** Versions whose subsets are tried: each of the 2^n subsets may have to be judged. */
export const MOST_VERSIONS = 12;

export interface Compatibility {
  /** Indices, ascending: the sets that cannot stand together although every smaller set of them can. By size, then by index. */
  readonly minimalConflicts: number[][];
  /** Indices of one largest set that can stand together: of several the one with the smallest indices. */
  readonly largestCompatible: number[];
}

/**
 * Finds both by judging subsets. A set may stand although a part of it does not (what a third version brings can make
 * good what two of them break), so no verdict follows from another, but a set is no minimal conflict where a part of it
 * is one.
 * @param count how many versions there are, at most `MOST_VERSIONS`
 * @param isConsistent judges the versions with these indices; asked at most once for a set, never for the empty one
 */
export async function compatibility(
  count: number,
  isConsistent: (versions: readonly number[]) => boolean | Promise<boolean>,
): Promise<Compatibility> {
  const verdicts = new Map<number, boolean>();
  const stands = async (set: number): Promise<boolean> => {
    if (set === 0) return true;
    let verdict = verdicts.get(set);
    if (verdict === undefined) {
      verdict = await isConsistent(members(set, count));
      verdicts.set(set, verdict);
    }
    return verdict;
  };
  const bySize = subsetsBySize(count);
  const minimal: number[] = [];
  for (const set of bySize.flat()) {
    if (minimal.every((smaller) => (set & smaller) !== smaller) && !(await stands(set))) minimal.push(set);
  }
  let largest = 0;
  for (const set of bySize.toReversed().flat()) {
    if (!(await stands(set))) continue;
    largest = set;
    break;
  }
  return {
    minimalConflicts: minimal.map((set) => members(set, count)),
    largestCompatible: members(largest, count),
  };
}

/** All subsets as bits, the empty one first; those of one size by their indices. */
function subsetsBySize(count: number): number[][] {
  const sizes: number[][] = Array.from({ length: count + 1 }, () => []);
  for (let set = 0; set < 1 << count; set++) sizes[members(set, count).length]!.push(set);
  return sizes.map((sets) => sets.sort((a, b) => compareMembers(members(a, count), members(b, count))));
}

function compareMembers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((index, place) => index !== b[place]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

function members(set: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => index).filter((index) => (set & (1 << index)) !== 0);
}
