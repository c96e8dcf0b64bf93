// `npm run mutation`: mutants fall fastest to the tests of their own file, so each group of files meets those first;
// what survives them then meets all tests of the core. What was found is kept in reports/mutation between runs.
const { spawnSync } = require("node:child_process");

/** Files of src/core, and the tests of test/core that are mostly about them. */
const GROUPS = [
  ["admission limits", "admission"],
  ["judge predicates", "judge predicates"],
  ["operations/* operation", "operations/parse operations/laws operations/mergePatch operation"],
  ["replay fold canonicalOrder", "replay fold"],
  [
    "graph plainNodes chainNodes trunks memoryGraph commitGraph past meeting growing proposedGraph",
    "graph growing proposedGraph",
  ],
  ["positions heap antichain", "positions heap antichain"],
  ["consistency descent joining conflict compatible reads", "consistency compatible judge errors"],
  ["settlement", "settlement"],
  ["cuts coalesce", "cuts coalesce"],
  ["blame trace overlaps", "blame overlaps"],
  ["inverse", "inverse"],
  ["jsonSchema linearPattern", "jsonSchema linearPattern"],
  ["patchBetween jsonPatch difference", "patchBetween jsonPatch difference"],
  [
    "canonical equality order path value size text quote errors ids json",
    "canonical equality order path value size text quote errors",
  ],
];

const asked = process.argv.slice(2);
// Groups that are asked for are judged each: by the worst of them. In a full run they only prepare its last step.
const codes = [0];
for (const [index, [files, tests]] of GROUPS.entries()) {
  if (asked.length > 0 && !asked.includes(String(index))) continue;
  const mutated = files.split(" ").map((file) => `src/core/${file}.ts`);
  const code = stryker(tests, "--mutate", mutated.join(","));
  if (asked.length > 0) codes.push(code);
}
if (asked.length === 0 || asked.includes("all")) codes.push(stryker(""));
process.exitCode = Math.max(...codes);

/** @returns the exit code */
function stryker(tests, ...settings) {
  const env = {
    ...process.env,
    OMDB_PROPERTY_RUNS: process.env.OMDB_PROPERTY_RUNS ?? "20",
    OMDB_PROPERTY_SHRINK: "0",
    OMDB_MUTATION_TESTS: tests,
  };
  const { status } = spawnSync("npx", ["stryker", "run", ".stryker.config.json", ...settings], {
    env,
    stdio: "inherit",
  });
  return status ?? 1;
}
