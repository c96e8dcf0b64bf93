/** The history of a record as it follows from the commit graph and from which commits touch the record. */
import { maximal } from "../../core/antichain";
import { compareCanonical, type PlacedOperation } from "../../core/canonicalOrder";
import { compareCommits, type MemoryCommitGraph } from "../../core/graph";
import type { CommitId, RecordId } from "../../core/ids";
import type { State } from "../../core/json";
import { applyAll } from "../../core/operation";

export class TrueHistory {
  /** In canonical order. */
  readonly commits: readonly CommitId[];
  /** For each commit the maximal ones of the record in its own history. */
  readonly parents: ReadonlyMap<CommitId, readonly CommitId[]>;
  /** The operations of each commit, in order. */
  readonly operations = new Map<CommitId, PlacedOperation[]>();
  private readonly tips: ReadonlySet<CommitId>;
  private readonly heads = new Map<string, readonly CommitId[]>();
  private last: { readonly commits: readonly CommitId[]; readonly state: State } = { commits: [], state: undefined };

  /** @param operations those of the record that stand in commits, all of which the graph has */
  constructor(
    private readonly graph: MemoryCommitGraph,
    readonly record: RecordId,
    operations: readonly PlacedOperation[],
  ) {
    for (const operation of [...operations].sort(compareCanonical)) {
      const own = this.operations.get(operation.commit);
      if (own) own.push(operation);
      else this.operations.set(operation.commit, [operation]);
    }
    this.commits = [...this.operations.keys()].sort(compareCommits(graph));
    this.parents = parentsByTips(graph, this.commits) ?? parentsByPass(graph, this.commits);
    const passed = new Set([...this.parents.values()].flat());
    this.tips = new Set(this.commits.filter((commit) => !passed.has(commit)));
  }

  /** The maximal commits of the record in a version, ascending. */
  headsIn(version: readonly CommitId[]): readonly CommitId[] {
    const key = version.join("+");
    const known = this.heads.get(key);
    if (known) return known;
    const heads = headsBelow(this.graph, this.parents, this.tips, version).heads;
    this.heads.set(key, heads);
    return heads;
  }

  /** The state by replay of all operations in the history of heads; quickest from older heads to newer ones. */
  stateAt(heads: readonly CommitId[]): State {
    const below = new Set<CommitId>();
    const open = [...heads];
    for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
      if (below.has(commit)) continue;
      below.add(commit);
      open.push(...(this.parents.get(commit) ?? []));
    }
    const commits = this.commits.filter((commit) => below.has(commit));
    const { last } = this;
    const goesOn = last.commits.length <= commits.length && last.commits.every((commit, at) => commits[at] === commit);
    const rest = goesOn ? commits.slice(last.commits.length) : commits;
    const state = applyAll(
      goesOn ? last.state : undefined,
      rest.flatMap((commit) => this.operations.get(commit)!),
    );
    this.last = { commits, state };
    return state;
  }
}

type Parents = ReadonlyMap<CommitId, readonly CommitId[]>;

/** Walks a record's own DAG down from its tips to what is in the history of a version. */
function headsBelow(
  graph: MemoryCommitGraph,
  parents: Parents,
  tips: Iterable<CommitId>,
  version: readonly CommitId[],
): { readonly heads: readonly CommitId[]; readonly steps: number } {
  const { nodes } = graph;
  const targets = version.map((commit) => nodes.node(commit));
  const found: CommitId[] = [];
  const seen = new Set<CommitId>();
  const open = [...tips];
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    if (seen.has(commit)) continue;
    seen.add(commit);
    if (nodes.reaches(nodes.node(commit), targets)) found.push(commit);
    else open.push(...parents.get(commit)!);
  }
  return { heads: found.length < 2 ? found : maximal(graph, found), steps: seen.size };
}

/** Steps for each commit of the graph after which it is better to pass through the whole graph. */
const MOST_STEPS = 4;

/** Quick where few commits of the record stand beside each other; undefined where it is not. */
function parentsByTips(graph: MemoryCommitGraph, commits: readonly CommitId[]): Parents | undefined {
  const parents = new Map<CommitId, readonly CommitId[]>();
  const tips = new Set<CommitId>();
  let left = MOST_STEPS * graph.size + commits.length;
  for (const commit of commits) {
    const { heads, steps } = headsBelow(graph, parents, tips, graph.parents(commit));
    parents.set(commit, heads);
    for (const head of heads) tips.delete(head);
    tips.add(commit);
    left -= steps;
    if (left < 0) return undefined;
  }
  return parents;
}

/** Passes through the graph and keeps for each commit the record's heads there. */
export function parentsByPass(graph: MemoryCommitGraph, commits: readonly CommitId[]): Parents {
  const { nodes } = graph;
  const touching = new Set(commits.map((commit) => nodes.node(commit)));
  const last = commits.reduce((node, commit) => Math.max(node, nodes.node(commit)), -1);
  const parents = new Map<CommitId, readonly CommitId[]>();
  const sets: (readonly CommitId[])[] = [[]];
  const bySet = new Map<string, number>([["", 0]]);
  const joined = new Map<string, number>();
  const at = new Uint32Array(last + 1);
  const setOf = (heads: readonly CommitId[]): number => {
    const key = heads.join("+");
    const known = bySet.get(key);
    if (known !== undefined) return known;
    bySet.set(key, sets.length);
    return sets.push(heads) - 1;
  };
  const join = (ids: readonly number[]): number => {
    const key = ids.join();
    const known = joined.get(key);
    if (known !== undefined) return known;
    const set = setOf(
      maximal(
        graph,
        ids.flatMap((id) => sets[id]!),
      ),
    );
    joined.set(key, set);
    return set;
  };
  for (let node = 0; node <= last; node++) {
    const above: number[] = [];
    nodes.parentsInto(node, above);
    const ids = [...new Set(above.map((parent) => at[parent]!))].sort((a, b) => a - b);
    const set = ids.length === 0 ? 0 : ids.length === 1 ? ids[0]! : join(ids);
    if (touching.has(node)) parents.set(nodes.commit(node), sets[set]!);
    at[node] = touching.has(node) ? setOf([nodes.commit(node)]) : set;
  }
  return parents;
}
