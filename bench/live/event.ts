/** What subscribers ask for, and what the baselines send them. */
export const SELECTION = `cursor commit { number message parents { number } operations { nodes {
  operation path parameters record { uuid type { name } } } } }`;

export const SCHEMA = `
  scalar JSON
  type Query { a: Int }
  type Subscription { newCommits: NewCommit! }
  type NewCommit { cursor: String! commit: Commit! }
  type Commit { number: String! message: String parents: [Commit!]! operations: Operations! }
  type Operations { nodes: [Operation!]! }
  type Operation { operation: String! path: JSON! parameters: JSON! record: Record! }
  type Record { uuid: String! type: RecordType! }
  type RecordType { name: String! }`;

export const READY_MADE = {
  cursor: "WyJtYWluIiwxLDEyMzQ1LDBd",
  commit: {
    number: "12345",
    message: "note 12345",
    parents: [{ number: "12344" }],
    operations: {
      nodes: [
        {
          operation: "create",
          path: [],
          parameters: { value: { text: "note 12345" } },
          record: { uuid: "0190ffff-0000-7000-8000-000000012345", type: { name: "note" } },
        },
      ],
    },
  },
};
