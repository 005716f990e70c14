/**
 * Writes states one after another, and of those that come while one is being written only the last.
 * The promise of every call resolves when its state, or a later one, has been written.
 */
export function createLatestWriter<State, Written>(
  write: (state: State) => Promise<Written>,
): (state: State) => Promise<Written> {
  let last: Promise<unknown> = Promise.resolve();
  let next: {state: State; readonly written: Promise<Written>} | undefined;

  return (state) => {
    if (next !== undefined) {
      next.state = state;
      return next.written;
    }
    const writeNext = (): Promise<Written> => {
      const newest = next?.state ?? state;
      next = undefined;
      return write(newest);
    };
    // A failed write says so to its own callers and does not keep later states from the disk.
    next = {state, written: last.then(writeNext, writeNext)};
    last = next.written;
    return next.written;
  };
}
