/** Which frontiers stand for which refs. */
import type { Ref } from "./refs";

export interface NamedFrontier {
  /** The frontier's. */
  readonly name: string;
  /** Full name of the ref. */
  readonly ref: string;
  readonly commit: string;
  readonly tag: boolean;
  /** The default branch under the name `main`. */
  readonly main: boolean;
}

export interface RefProblem {
  readonly ref: string;
  readonly what: string;
}

/**
 * Names the frontiers: `main` for the default branch, the short name of a branch or tag, the full name of any other ref.
 * A short name that is taken is replaced by the full one.
 * @param options.prefix stands before every name; with one, there is no `main`
 * @param options.nameLength longest name of a frontier
 */
export function nameFrontiers(
  refs: readonly Ref[],
  defaultBranch: string | null,
  options: { readonly prefix: string; readonly nameLength: number },
): { readonly frontiers: NamedFrontier[]; readonly problems: RefProblem[] } {
  const frontiers: NamedFrontier[] = [];
  const problems: RefProblem[] = [];
  const taken = new Set<string>();
  const take = (ref: Ref & { readonly commit: string }, names: readonly string[], main: boolean): void => {
    const name = names.map((short) => options.prefix + short).find((candidate) => !taken.has(candidate));
    if (name === undefined || name.length > options.nameLength) {
      const why = name === undefined ? "its name is taken" : `its name is longer than ${options.nameLength} characters`;
      problems.push({ ref: ref.name, what: `it gets no frontier: ${why}` });
      return;
    }
    taken.add(name);
    frontiers.push({ name, ref: ref.name, commit: ref.commit, tag: ref.name.startsWith(TAGS), main });
  };
  const rank = (ref: Ref) => [BRANCHES, TAGS].findIndex((start) => ref.name.startsWith(start)) >>> 0;
  const ordered = [...refs].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  // The default branch comes first, so that nothing else is called main.
  ordered.sort((a, b) => Number(b.name === defaultBranch) - Number(a.name === defaultBranch));
  for (const ref of ordered) {
    const { commit } = ref;
    if (commit === null) {
      problems.push({ ref: ref.name, what: "it points to no commit" });
      continue;
    }
    const target = { ...ref, commit };
    if (ref.name === defaultBranch && options.prefix === "") {
      take(target, ["main"], true);
      if (ref.name === `${BRANCHES}main`) continue;
    }
    take(target, [shortName(ref.name), ref.name], false);
  }
  return { frontiers, problems };
}

const BRANCHES = "refs/heads/";
const TAGS = "refs/tags/";

function shortName(ref: string): string {
  const start = [BRANCHES, TAGS].find((prefix) => ref.startsWith(prefix));
  return start === undefined ? ref : ref.slice(start.length);
}
