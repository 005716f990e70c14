import type {MatrixFile, Scalar} from '../config/matrix-file.ts';
import type {Findings, Locate, MatrixPath} from './findings.ts';

/**
 * Warns of numbers that YAML changes: `3.10` is the number 3.1. Looks where numbers become text: axes,
 * variables and the maps of targets.
 */
export function warnOfChangedNumbers(matrix: MatrixFile, locate: Locate, findings: Findings): void {
  const check = (value: Scalar | null, path: MatrixPath): void => {
    if (typeof value !== 'number') return;
    const range = locate(path);
    const written = range?.text.slice(range.column - 1, range.column - 1 + range.length);
    if (written === undefined || written === String(value) || !/^[\d.]+$/.test(written)) return;
    findings.warning('changed-number', {
      path,
      message: `\`${written}\` is read as the number ${String(value)}`,
      suggestion: `write it in quotes: "${written}"`,
    });
  };
  const checkMap = (
    map: Readonly<Record<string, Scalar | null>> | undefined,
    path: MatrixPath,
  ): void => {
    for (const [key, value] of Object.entries(map ?? {})) check(value, [...path, key]);
  };
  checkMap(matrix.vars, ['vars']);
  checkMap(matrix.defaults?.args, ['defaults', 'args']);
  for (const [name, template] of Object.entries(matrix.templates ?? {})) {
    checkMap(template.args, ['templates', name, 'args']);
  }
  for (const [image, {targets}] of Object.entries(matrix.images)) {
    for (const [key, target] of Object.entries(targets)) {
      const path = ['images', image, 'targets', key];
      checkMap(target.args, [...path, 'args']);
      for (const [axis, values] of Object.entries(target.matrix ?? {})) {
        (values as readonly (Scalar | Readonly<Record<string, Scalar>>)[]).forEach(
          (value, index) => {
            const at = [...path, 'matrix', axis, index];
            if (typeof value === 'object') checkMap(value, at);
            else check(value, at);
          },
        );
      }
    }
  }
}
