// The tests of src/core alone, as package.json has them, or those that OMDB_MUTATION_TESTS names; what only checks the
// random inputs kills no mutant.
const core = require("./package.json").jest.projects.find((project) => project.displayName === "core");
const tests = (process.env.OMDB_MUTATION_TESTS ?? "").split(" ").filter((name) => name !== "");

module.exports = {
  ...core,
  ...(tests.length === 0 ? {} : { testMatch: tests.map((name) => `<rootDir>/test/core/${name}.test.ts`) }),
  rootDir: __dirname,
  testPathIgnorePatterns: ["/node_modules/", "/test/core/arbitraries"],
  testSequencer: "<rootDir>/.stryker.sequencer.cjs",
};
