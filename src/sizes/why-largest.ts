/** Keeps the `count` largest of what it is shown. */
export interface Largest<T> {
  /** Makes the item only if it is kept. */
  add(bytes: number, item: () => T): void;
  /** The largest first; of equals the one that came first. */
  list(): readonly {readonly bytes: number; readonly item: T}[];
}

export function createLargest<T>(count: number): Largest<T> {
  const kept: {readonly bytes: number; readonly item: T}[] = [];
  return {
    add(bytes, item) {
      const last = kept.at(-1);
      if (count === 0 || (kept.length === count && last !== undefined && bytes <= last.bytes)) {
        return;
      }
      const position = kept.findIndex((each) => each.bytes < bytes);
      kept.splice(position < 0 ? kept.length : position, 0, {bytes, item: item()});
      if (kept.length > count) kept.pop();
    },
    list: () => kept,
  };
}
