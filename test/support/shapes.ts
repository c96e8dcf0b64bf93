/** Histories of the shapes that a record's commits have in practice, and the ones that break naive indexes. */

/** For each commit the places of its parents, all before its own. */
export type Shape = readonly (readonly number[])[];

export type ShapeName = "line" | "writers2" | "writers8" | "ladder" | "fan" | "branches" | "exchange" | "random";

export const SHAPES: readonly ShapeName[] = [
  "line",
  "writers2",
  "writers8",
  "ladder",
  "fan",
  "branches",
  "exchange",
  "random",
];

/** @param random from 0 to less than 1; only some shapes ask */
export function shape(name: ShapeName, size: number, random: () => number): Shape {
  const nodes: number[][] = [];
  const add = (...parents: number[]): number => nodes.push([...new Set(parents)]) - 1;
  switch (name) {
    case "line":
      for (let index = 0; index < size; index++) add(...(index === 0 ? [] : [index - 1]));
      break;
    case "writers2":
    case "writers8": {
      // Each goes on from its own last commit and from what the others had done one round before.
      const count = name === "writers2" ? 2 : 8;
      let before: number[] = [];
      let last: number[] = [];
      while (nodes.length < size) {
        const now: number[] = [];
        for (let writer = 0; writer < count; writer++) {
          const others = before.filter((_, other) => other !== writer);
          now.push(add(...(last.length === 0 ? [] : [last[writer]!]), ...others));
        }
        [before, last] = [last, now];
      }
      break;
    }
    case "ladder": {
      let rung = [add(), add()];
      while (nodes.length < size) rung = [add(...rung), add(...rung)];
      break;
    }
    case "fan": {
      // A trunk, and from each of its commits a short branch that nobody merges.
      let trunk = add();
      while (nodes.length < size) {
        let tip = trunk;
        for (let step = 0; step < 3; step++) tip = add(tip);
        trunk = add(trunk);
      }
      break;
    }
    case "branches": {
      const root = add();
      const tips = Array.from({ length: 8 }, () => root);
      while (nodes.length < size - 1) for (const [place, tip] of tips.entries()) tips[place] = add(tip);
      add(...tips);
      break;
    }
    case "exchange": {
      // Two long branches that merge from each other now and then.
      const tips = [add(), add()];
      while (nodes.length < size) {
        for (const side of [0, 1]) for (let step = 0; step < 20; step++) tips[side] = add(tips[side]!);
        const side = random() < 0.5 ? 0 : 1;
        tips[side] = add(tips[side]!, tips[1 - side]!);
      }
      break;
    }
    case "random":
      for (let index = 0; index < size; index++) {
        const parents = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
          const reach = random() < 0.9 ? 4 : 40;
          return index - 1 - Math.floor(random() * Math.min(reach, index));
        });
        add(...(index === 0 ? [] : parents));
      }
  }
  return nodes;
}
