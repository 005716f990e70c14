/** A queue with one reader that waits for what is not there yet, and that ends. */
export interface GrowingList<T> {
  push(item: T): void;
  /** Nothing more will come. */
  end(): void;
  /** The next item, in order; undefined once the list has ended and all was read. */
  next(): Promise<T | undefined>;
}

export function growingList<T>(): GrowingList<T> {
  const items: T[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const stir = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    push(item) {
      items.push(item);
      stir();
    },
    end() {
      ended = true;
      stir();
    },
    async next() {
      while (items.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return items.shift();
    },
  };
}
