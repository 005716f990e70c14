/**
 * The outcome of something that can fail in an expected way. Exceptions are kept for bugs: whoever
 * receives a `Result` must look at `ok` before the value can be reached.
 */
export type Result<T, E> =
  {readonly ok: true; readonly value: T} | {readonly ok: false; readonly error: E};

/** A successful result holding `value`. */
export const ok = <T>(value: T): {readonly ok: true; readonly value: T} => ({ok: true, value});

/** A failed result holding `error`. */
export const err = <E>(error: E): {readonly ok: false; readonly error: E} => ({ok: false, error});

/** Makes a switch over a closed union exhaustive: a new member is a compile error at the call. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
