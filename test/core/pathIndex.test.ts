import fc from "fast-check";
import { isPrefix, pathsOverlap, type Path } from "../../src/core/path";
import { isAny, PathIndex } from "../../src/core/pathIndex";
import { check } from "../support/arbitraries";

const path: fc.Arbitrary<Path> = fc.array(fc.constantFrom<string | number>("a", "b", "__proto__", 0, "0"), {
  maxLength: 4,
});

it("finds what overlaps a path, and what is on the way to it", () => {
  check(
    fc.property(fc.array(path, { maxLength: 12 }), path, (paths, wanted) => {
      const index = new PathIndex<number>();
      for (const [place, one] of paths.entries()) index.add(one, place);
      const places = (matches: (one: Path) => boolean) => [...paths.keys()].filter((place) => matches(paths[place]!));
      const overlapping = places((one) => pathsOverlap(one, wanted));
      expect([...index.overlapping(wanted)].sort((a, b) => a - b)).toEqual(overlapping);
      expect(isAny(index.overlapping(wanted))).toBe(overlapping.length > 0);
      const onTheWay = places((one) => isPrefix(one, wanted));
      expect([...index.onTheWay(wanted)].sort((a, b) => a - b)).toEqual(onTheWay);
      const lengths = [...index.onTheWay(wanted)].map((place) => paths[place]!.length);
      expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    }),
    2,
  );
});

it("takes paths of any length", () => {
  const index = new PathIndex<string>();
  index.add(
    Array.from({ length: 100_000 }, () => "x"),
    "deep",
  );
  expect([...index.overlapping([])]).toEqual(["deep"]);
});
