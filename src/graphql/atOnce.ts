/**
 * Goes on with a value: at once where it is there. What consists of such values only is made without a promise, which is
 * how streams tell a long past.
 */
export const andThen = <T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> =>
  value instanceof Promise ? value.then(next) : next(value);
