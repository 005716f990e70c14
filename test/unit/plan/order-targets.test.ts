import fc from 'fast-check';
import {expect, test} from 'vitest';

import {orderTargets} from '../../../src/plan/order-targets.ts';

const item = (id: string, ...dependsOn: string[]) => ({id, dependsOn});
const idsOf = (items: readonly {id: string}[]) => items.map(({id}) => id);

test('what is depended on comes first, everything else keeps its order', () => {
  const {order, cycles} = orderTargets([
    item('a', 'c'),
    item('b'),
    item('c', 'd'),
    item('d'),
    item('e', 'b'),
  ]);
  expect(idsOf(order)).toEqual(['d', 'c', 'a', 'b', 'e']);
  expect(cycles).toEqual([]);
});

test('a circle is named, and what leads into it is left out', () => {
  const {order, cycles} = orderTargets([item('x'), item('a', 'b'), item('b', 'c'), item('c', 'b')]);
  expect(idsOf(order)).toEqual(['x']);
  expect(cycles).toEqual([['b', 'c', 'b']]);
});

test('a target that depends on itself is a circle', () => {
  expect(orderTargets([item('a', 'a')])).toEqual({order: [], cycles: [['a', 'a']]});
});

test('a chain of ten thousand is no trouble', () => {
  const chain = Array.from({length: 10_000}, (_, index) => item(String(index), String(index + 1)));
  expect(orderTargets(chain).order).toHaveLength(10_000);
});

test('every graph without circles is ordered whole, and every circle is found', () => {
  const graph = fc.integer({min: 1, max: 12}).chain((size) =>
    fc.array(fc.uniqueArray(fc.nat(size - 1), {maxLength: 3}), {
      minLength: size,
      maxLength: size,
    }),
  );
  fc.assert(
    fc.property(graph, (edges) => {
      const items = edges.map((targets, index) => item(String(index), ...targets.map(String)));
      const {order, cycles} = orderTargets(items);
      expect(order.length === items.length).toBe(cycles.length === 0);
      const position = new Map(order.map(({id}, index) => [id, index]));
      for (const {id, dependsOn} of order) {
        for (const dependency of dependsOn) {
          expect(position.get(dependency)).toBeLessThan(position.get(id) ?? -1);
        }
      }
    }),
  );
});
