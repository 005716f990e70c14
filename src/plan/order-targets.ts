/** One item of a graph, and the items that come before it. */
export interface Linked {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

export interface Ordered<T> {
  /** Each after all that it depends on, otherwise in the order given; items of circles are left out. */
  readonly order: readonly T[];
  /** Ids along each circle that was found, the first one repeated at the end. */
  readonly cycles: readonly (readonly string[])[];
}

/** Orders items so that each comes after what it depends on; unknown ids are ignored. */
export function orderTargets<T extends Linked>(items: readonly T[]): Ordered<T> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const order: T[] = [];
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done' | 'broken'>();

  // A stack of its own: a chain of thousands of targets must not exhaust the call stack.
  for (const root of items) {
    const stack: {readonly item: T; next: number}[] = [];
    const enter = (item: T): void => {
      state.set(item.id, 'open');
      stack.push({item, next: 0});
    };
    if (!state.has(root.id)) enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const id = top.item.dependsOn[top.next];
      if (id === undefined) {
        stack.pop();
        const sound = top.item.dependsOn.every(
          (one) => !byId.has(one) || state.get(one) === 'done',
        );
        state.set(top.item.id, sound ? 'done' : 'broken');
        if (sound) order.push(top.item);
        continue;
      }
      top.next += 1;
      const item = byId.get(id);
      if (item !== undefined && !state.has(id)) enter(item);
      else if (state.get(id) === 'open') {
        const ids = stack.map((entry) => entry.item.id);
        cycles.push([...ids.slice(ids.indexOf(id)), id]);
      }
    }
  }
  return {order, cycles};
}
