// The tests of src/core alone, as package.json has them; what only checks the random inputs kills no mutant.
const core = require("./package.json").jest.projects.find((project) => project.displayName === "core");

module.exports = {
  ...core,
  rootDir: __dirname,
  testPathIgnorePatterns: ["/node_modules/", "/test/core/arbitraries"],
  testSequencer: "<rootDir>/.stryker.sequencer.cjs",
};
