/** What tests of bad input share: things to be bad about, and what must hold when they were. */
import { databaseWrites } from "../support/databaseContents";
import { commit, defineType, type Data, type TestApi } from "../support/graphql";
import type { Requests } from "../support/requests";
import { THING, THING_STATE } from "./inputPlaces";

/** Defines the type "thing" and creates `THING`. */
export async function makeThings(api: TestApi): Promise<void> {
  await defineType(api, "thing");
  await commit(api, [{ create: { record: THING, type: "thing", value: THING_STATE } }]);
}

/** The error that an answer tells, whether as data of a mutation or as an error of the document. */
export function refusalOf(answer: Data): Data {
  const [error] = answer.errors ?? [];
  if (error !== undefined) return { message: error.message, ...error.extensions };
  const [result] = Object.values<Data>(answer.data ?? {});
  return typeof result?.code === "string" ? result : { accepted: answer };
}

/** Does something, and expects that nothing was written. */
export async function unchangedBy<T>(api: TestApi, action: () => Promise<T>): Promise<T> {
  const before = await contentsOf(api);
  const result = await action();
  expect(await contentsOf(api)).toEqual(before);
  return result;
}

/**
 * What the database holds, told by what was written to it. A commit is judged under the number that it would have: one that conflicts leaves a gap between
 * numbers, and no more.
 */
export async function contentsOf(api: TestApi): Promise<unknown> {
  return { ...(await databaseWrites(api.database)), commits_id_seq: null };
}

/** Expects that nothing went wrong that nobody expected, and that the server still writes and reads. */
export async function expectHealthy({ ask, unexpected }: Requests): Promise<void> {
  expect(unexpected.splice(0)).toEqual([]);
  const done = await ask(
    `mutation { commit(input: { operations: [{ create: { type: "thing", value: { health: "good" } } }] }) {
       ... on CommitPayload { created { id state } } ... on Error { message } } }`,
  );
  const [created] = done.data.commit.created;
  expect(created.state).toEqual({ health: "good" });
  const read = await ask(`query ($id: ID!) { node(id: $id) { ... on FrontierRecord { state } } }`, { id: created.id });
  expect(read).toEqual({ data: { node: { state: { health: "good" } } } });
}
