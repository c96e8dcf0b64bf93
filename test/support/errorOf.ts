/** The error of a class that an action throws; fails where it throws none, or another. */
export function errorOf<E extends Error>(kind: abstract new (...args: never[]) => E, action: () => unknown): E {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(kind);
  return thrown as E;
}
