import pg from "pg";

const { query } = pg.Client.prototype;

/** Counts the statements that any connection of this process sends while some work is done. */
export async function countStatements(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const spy = jest.spyOn(pg.Client.prototype, "query").mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    count += 1;
    return query.apply(this, args as never);
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return count;
}
