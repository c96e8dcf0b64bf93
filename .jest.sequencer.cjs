const { default: Sequencer } = require("@jest/test-sequencer");

// Where jest ran before it starts those first that took longest. Where it never did, as on a fresh clone, these come first:
// a long file that starts last leaves one worker without work.
const LONGEST = [
  "conformance/countries",
  "server/staleWriters",
  "faults/longResume",
  "faults/moments",
  "store/cuts/readPaths",
  "graphql/connections",
  "store/embeddedPostgres",
  "cli/importGit",
  "store/verify",
  "graphql/fuzz",
  "cli/exportCommand",
  "graphql/badInputScalars",
  "store/model",
  "cli/serve",
  "faults/listener",
  "store/import/importHistory",
  "faults/postgres",
  "cli/importGitAgain",
  "graphql/fieldCounts",
  "store/inherit",
  "faults/pgbouncer",
];

module.exports = class extends Sequencer {
  static longest = LONGEST;

  sort(tests) {
    const sorted = super.sort(tests);
    const place = ({ path, duration }) =>
      duration === undefined ? LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`)) : -1;
    const long = sorted.filter((test) => place(test) !== -1).sort((a, b) => place(a) - place(b));
    return [...long, ...sorted.filter((test) => place(test) === -1)];
  }
};
