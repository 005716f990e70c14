import type {MatrixAxes, Scalar} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Findings, MatrixPath} from './findings.ts';

/** One cell of a matrix: the value of each axis, in axis order. */
export type Combination = ReadonlyMap<string, Scalar>;

/** Most targets that one matrix may make; far above what GitHub allows (256 jobs). */
export const combinationLimit = 10_000;

/** The single combination of a target without axes. */
const noAxes: readonly Combination[] = [new Map()];

/**
 * Expands axes into combinations by the rules of GitHub Actions ("Running variations of jobs in a
 * workflow"): the product of the axes, the last one varying fastest; less those that an `exclude`
 * entry matches in all of its keys; then each `include` entry in turn is added to every combination
 * of the product whose own values it does not change (values that another entry added may be
 * overwritten), and becomes a combination of its own when there is none. Values are compared as text.
 * A matrix without a combination is an error, as there ("Matrix must define at least one vector").
 */
export function expandMatrix(
  matrix: MatrixAxes | undefined,
  path: MatrixPath,
  findings: Findings,
): readonly Combination[] {
  if (matrix === undefined) return noAxes;
  const {include = [], exclude = [], ...rest} = matrix;
  const axes = Object.entries(rest as Record<string, readonly Scalar[]>);
  checkAxes(axes, exclude, path, findings);

  const size = axes.reduce((product, [, values]) => product * values.length, 1) + include.length;
  if (size > combinationLimit) {
    const message = `the matrix makes ${size.toLocaleString('en-US')} targets, more than ${combinationLimit.toLocaleString('en-US')}`;
    findings.error('matrix-too-large', {
      path,
      message,
      suggestion: 'split the target or drop an axis',
    });
    return [];
  }
  const product = axes.length === 0 ? [] : productOf(axes);
  const kept = product.filter((cell) => !exclude.some((entry) => matches(cell, entry)));
  exclude.forEach((entry, index) => {
    if (axes.length > 0 && !product.some((cell) => matches(cell, entry))) {
      const message = 'this `exclude` entry matches no combination';
      findings.warning('unused-exclude', {path: [...path, 'exclude', index], message});
    }
  });
  const cells = withIncluded(kept, include);
  if (cells.length === 0 && axes.every(([, values]) => values.length > 0)) {
    const message =
      axes.length === 0
        ? 'the matrix has no axis and no `include` entry, so that nothing would be built'
        : 'every combination of the matrix is excluded, so that nothing would be built';
    const suggestion = 'remove `matrix` to have a single target';
    findings.error('empty-matrix', {path, message, suggestion});
  }
  return cells;
}

function checkAxes(
  axes: readonly (readonly [string, readonly Scalar[]])[],
  exclude: readonly Readonly<Record<string, Scalar>>[],
  path: MatrixPath,
  findings: Findings,
): void {
  const names = axes.map(([name]) => name);
  for (const [name, values] of axes) {
    if (values.length > 0) continue;
    const message = `axis \`${name}\` has no values, so that nothing would be built`;
    findings.error('empty-axis', {path: [...path, name], message});
  }
  exclude.forEach((entry, index) => {
    for (const name of Object.keys(entry)) {
      if (names.includes(name)) continue;
      findings.error('unknown-axis', {
        path: [...path, 'exclude', index, name],
        message: `\`exclude\` names \`${name}\`, which is no axis of this matrix`,
        suggestion: didYouMean(name, names) ?? `its axes are ${names.join(', ') || 'none'}`,
      });
    }
  });
}

function productOf(axes: readonly (readonly [string, readonly Scalar[]])[]): Combination[] {
  let cells: Combination[] = [new Map()];
  for (const [name, values] of axes) {
    cells = cells.flatMap((cell) => values.map((value) => new Map(cell).set(name, value)));
  }
  return cells;
}

const sameValue = (a: Scalar | undefined, b: Scalar): boolean =>
  a !== undefined && String(a) === String(b);

function matches(cell: Combination, entry: Readonly<Record<string, Scalar>>): boolean {
  return Object.entries(entry).every(([name, value]) => sameValue(cell.get(name), value));
}

function withIncluded(
  product: readonly Combination[],
  include: readonly Readonly<Record<string, Scalar>>[],
): Combination[] {
  const extended = product.map((cell) => new Map(cell));
  const added: Combination[] = [];
  for (const entry of include) {
    const pairs = Object.entries(entry);
    const changes = (cell: Combination): boolean =>
      pairs.some(([name, value]) => cell.has(name) && !sameValue(cell.get(name), value));
    const fitting = extended.filter((_, index) => {
      const original = product[index];
      return original !== undefined && !changes(original);
    });
    for (const cell of fitting) for (const [name, value] of pairs) cell.set(name, value);
    if (fitting.length === 0) added.push(new Map(pairs));
  }
  return [...extended, ...added];
}
