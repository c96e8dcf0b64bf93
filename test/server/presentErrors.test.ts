import { GraphQLError } from "graphql";
import { DatabaseBusy } from "../../src/store/databaseBusy";
import { presentError } from "../../src/server/presentErrors";

test("a database that is busy: clients are told to try again, and nothing of the inside; it is logged", () => {
  const logged: unknown[] = [];
  const error = new GraphQLError("secret", { originalError: new DatabaseBusy("secret"), path: ["commit"] });
  expect(presentError(error, (what) => logged.push(what)).toJSON()).toEqual({
    message: "The database is busy, and nothing was changed. Try again later.",
    path: ["commit"],
    extensions: { code: "SERVICE_UNAVAILABLE" },
  });
  expect(logged).toEqual([error]);
});
