/** Made-up histories for benchmarks, the same every time. */
import { graphOf, type GraphRows } from "./rows";
import { seeded } from "../../test/support/seeded";

export interface Shape {
  readonly commits: number;
  /** How many of them have two parents. */
  readonly merges: number;
  /** Lines of work that are open at any time, beside the three long-lived ones. */
  readonly topics: number;
  readonly seed: number;
}

/** As many commits and merges as the history of git itself had in 2026. */
export const LIKE_GIT: Shape = { commits: 203_352, merges: 56_356, topics: 24, seed: 4 };

/**
 * A project with three long-lived lines (maintenance, main, next) and many topics. A merge takes a topic into main, which
 * ends it, or into next, or takes main into a topic or into next, maintenance into main, or one topic into another, so that
 * there are criss-crosses. A new topic starts from the tip of a long-lived line or from a commit of main that is some way
 * behind. Some topics are never merged.
 */
export function synthetic(shape: Shape): GraphRows {
  const random = seeded(shape.seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  const rows: number[][] = [];
  const commit = (...parents: number[]): number => rows.push(parents) - 1;
  const main: number[] = [commit()];
  let maintenance = commit(0);
  let next = commit(0);
  const tip = (): number => main[main.length - 1]!;
  const start = (): number => {
    const where = random();
    if (where < 0.1) return maintenance;
    return where < 0.8 ? tip() : main[Math.max(0, main.length - 1 - below(400))]!;
  };
  const topics = Array.from({ length: shape.topics }, () => commit(0));
  /** Topics without a commit of their own since they were started. */
  const empty = new Set<number>();
  let merges = 0;
  /** Merging what one has already would be no merge. */
  const merge = (ours: number, theirs: number): number => commit(ours, ours === theirs ? commit(theirs) : theirs);
  const work = (topic: number): void => {
    topics[topic] = commit(topics[topic]!);
    empty.delete(topic);
  };
  const restart = (topic: number): void => {
    topics[topic] = start();
    empty.add(topic);
  };
  while (rows.length < shape.commits) {
    const topic = below(shape.topics);
    const kind = random();
    const left = shape.commits - rows.length;
    const toMerge = shape.merges - merges;
    // A merge may need two commits before it, so that the last ones must not wait.
    if (toMerge === 0) work(topic);
    else if (left > 3 * toMerge && random() * left >= toMerge) {
      if (kind < 0.02) maintenance = commit(maintenance);
      else if (kind < 0.1) main.push(commit(tip()));
      else if (kind < 0.105) restart(topic);
      else work(topic);
    } else {
      merges += 1;
      if (empty.has(topic)) work(topic);
      if (kind < 0.5) {
        main.push(merge(tip(), topics[topic]!));
        restart(topic);
      } else if (kind < 0.65) next = merge(next, topics[topic]!);
      else if (kind < 0.75) next = merge(next, tip());
      else if (kind < 0.9) topics[topic] = merge(topics[topic]!, tip());
      else if (kind < 0.93) main.push(merge(tip(), maintenance));
      else topics[topic] = merge(topics[topic]!, topics[below(shape.topics)]!);
    }
  }
  return graphOf("synthetic", rows);
}

/** A line of commits. */
export const line = (commits: number): GraphRows =>
  graphOf(
    "line",
    Array.from({ length: commits }, (_, commit) => (commit === 0 ? [] : [commit - 1])),
  );

/** Two lines of which each merges the other at every step: a ladder of criss-crosses. */
export function ladder(rungs: number): GraphRows {
  const rows: number[][] = [[], []];
  for (let rung = 1; rung < rungs; rung++) rows.push([2 * rung - 2, 2 * rung - 1], [2 * rung - 1, 2 * rung - 2]);
  return graphOf("criss-cross ladder", rows);
}
