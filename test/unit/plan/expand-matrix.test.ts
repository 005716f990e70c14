import fc from 'fast-check';
import {expect, test} from 'vitest';

import type {MatrixAxes} from '../../../src/config/matrix-file.ts';
import {expandMatrix} from '../../../src/plan/expand-matrix.ts';
import {createFindings} from '../../../src/plan/findings.ts';

/** Axes are taken as plain objects: the file's type cannot be written as a literal. */
function expand(axes: object | undefined) {
  const matrix = axes as MatrixAxes | undefined;
  const findings = createFindings(() => undefined);
  const cells = expandMatrix(matrix, ['matrix'], findings).map((cell) => Object.fromEntries(cell));
  return {cells, findings: findings.diagnostics().map(({code}) => code)};
}

test('without axes there is one combination without values', () => {
  expect(expand(undefined).cells).toEqual([{}]);
});

// docs.github.com, "Running variations of jobs in a workflow", expanding or adding configurations.
test('include follows GitHub’s documented example', () => {
  const {cells} = expand({
    fruit: ['apple', 'pear'],
    animal: ['cat', 'dog'],
    include: [
      {color: 'green'},
      {color: 'pink', animal: 'cat'},
      {fruit: 'apple', shape: 'circle'},
      {fruit: 'banana'},
      {fruit: 'banana', animal: 'cat'},
    ],
  });
  expect(cells).toEqual([
    {fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle'},
    {fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle'},
    {fruit: 'pear', animal: 'cat', color: 'pink'},
    {fruit: 'pear', animal: 'dog', color: 'green'},
    {fruit: 'banana'},
    {fruit: 'banana', animal: 'cat'},
  ]);
});

// The same page, excluding matrix configurations.
test('exclude follows GitHub’s documented example', () => {
  const {cells, findings} = expand({
    os: ['macos-latest', 'windows-latest'],
    version: [12, 14, 16],
    environment: ['staging', 'production'],
    exclude: [
      {os: 'macos-latest', version: 12, environment: 'production'},
      {os: 'windows-latest', version: 16},
    ],
  });
  expect(cells).toHaveLength(9);
  expect(cells).not.toContainEqual({os: 'macos-latest', version: 12, environment: 'production'});
  expect(cells.filter(({os, version}) => os === 'windows-latest' && version === 16)).toEqual([]);
  expect(findings).toEqual([]);
});

test('entries of include alone are one combination each', () => {
  expect(expand({include: [{a: 1}, {a: 2, b: 3}]}).cells).toEqual([{a: 1}, {a: 2, b: 3}]);
});

test('include may bring back what exclude dropped', () => {
  expect(expand({a: [1, 2], exclude: [{a: 2}], include: [{a: 2, b: 'x'}]}).cells).toEqual([
    {a: 1},
    {a: 2, b: 'x'},
  ]);
});

test('values are compared as text', () => {
  expect(expand({a: ['12', 14], exclude: [{a: 12}, {a: '14'}]}).cells).toEqual([]);
});

test.each([
  [{a: [1], exclude: [{b: 1}]}, ['unknown-axis', 'unused-exclude']],
  [{a: [1], exclude: [{a: 2}]}, ['unused-exclude']],
  [{a: []}, ['empty-axis']],
  [{a: Array(101).fill(1), b: Array(100).fill(1)}, ['matrix-too-large']],
] as const)('%j is reported', (matrix, codes) => {
  expect(expand(matrix).findings).toEqual(codes);
});

const name = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom(1, 2, 3, 'x');
const entry = fc.dictionary(name, value, {minKeys: 1, maxKeys: 3, noNullPrototype: true});
const axes = fc.dictionary(name, fc.uniqueArray(value, {minLength: 1}), {noNullPrototype: true});

test('the product has every pair of values once, in order, and exclude only takes away', () => {
  fc.assert(
    fc.property(axes, fc.array(entry, {maxLength: 3}), (product, exclude) => {
      const all = expand(product).cells;
      const size = Object.values(product).reduce((count, values) => count * values.length, 1);
      expect(new Set(all.map((cell) => JSON.stringify(cell))).size).toBe(
        Object.keys(product).length === 0 ? 0 : size,
      );
      const kept = expand({...product, exclude}).cells;
      expect(
        all.filter((cell) => kept.some((one) => JSON.stringify(one) === JSON.stringify(cell))),
      ).toEqual(kept);
    }),
  );
});

test('include never changes a value of an axis and never loses a combination', () => {
  fc.assert(
    fc.property(axes, fc.array(entry, {maxLength: 4}), (product, include) => {
      const before = expand(product).cells;
      const after = expand({...product, include}).cells;
      expect(after.length).toBeGreaterThanOrEqual(before.length);
      before.forEach((cell, index) => {
        expect(after[index]).toMatchObject(cell);
      });
      for (const one of include) {
        expect(after.some((cell) => Object.keys(one).every((key) => key in cell))).toBe(true);
      }
    }),
  );
});

test('a matrix that makes no combination is an error, once', () => {
  expect(expand({})).toEqual({cells: [], findings: ['empty-matrix']});
  const excluded = {os: ['a', 'b'], exclude: [{os: 'a'}, {os: 'b'}]};
  expect(expand(excluded)).toEqual({cells: [], findings: ['empty-matrix']});
  expect(expand({os: []})).toEqual({cells: [], findings: ['empty-axis']});
});
