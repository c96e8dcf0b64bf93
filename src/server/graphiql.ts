/** GraphiQL, served from here: nothing is loaded from elsewhere. */
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import type { GraphiQLOptions } from "graphql-yoga";

const DEFAULT_QUERY = `# omdb keeps records under version control. Run one operation after the other with the play button.

# 1. A type of records.
mutation DefineType {
  defineRecordType(input: { name: "note" }) {
    ... on DefineRecordTypePayload {
      recordType {
        name
      }
    }
    ... on Error {
      message
    }
  }
}

# 2. Every commit on main from now on. Leave it running in a second tab.
subscription Follow {
  newCommits(frontier: "main") {
    cursor
    commit {
      number
      author
      message
    }
  }
}

# 3. A commit with one operation.
mutation Commit {
  commit(
    input: {
      author: "you"
      message: "a first note"
      operations: [{ create: { type: "note", value: { text: "hello" } } }]
    }
  ) {
    ... on CommitPayload {
      commit {
        number
      }
      created {
        state
        record {
          uuid
        }
      }
    }
    ... on Error {
      message
      code
    }
  }
}

# 4. What main holds now.
query Notes {
  frontier(name: "main") {
    sequence
    cursor
    records(type: "note") {
      nodes {
        state
        record {
          uuid
        }
      }
    }
  }
}
`;

export const GRAPHIQL_OPTIONS: GraphiQLOptions = {
  title: "omdb",
  defaultQuery: DEFAULT_QUERY,
  subscriptionsProtocol: "WS",
};

let page: string | undefined;

/** The page; nine megabytes, made once. */
export const graphiqlPage = (options: GraphiQLOptions): string => (page ??= renderGraphiQL(options));
