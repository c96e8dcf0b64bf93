import { builder } from "../builder";

export const ChangeCauseEnum = builder.enumType("ChangeCause", {
  description: "What makes a change of a frontier.",
  values: {
    CREATE: { description: "It was made." },
    COMMIT: { description: "Operations were committed on it." },
    MERGE: { description: "Another version was joined into it." },
    MOVE: { description: "It was pointed at another version." },
    REVERT: { description: "Commits were undone." },
    CHERRY_PICK: { description: "Operations of other commits were proposed again." },
    IMPORT: { description: "History was imported." },
    LOCK: { description: "It was locked." },
    UNLOCK: { description: "It was unlocked." },
    DELETE: { description: "It was deleted." },
  } as const,
});
