import {dirname, join, resolve} from 'node:path';

import type {InvalidUsage} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Files, PathKind} from '../ports/files.ts';

export interface MatrixLocation {
  /** Where build-matrix works: state, relative paths and commands are relative to it. */
  readonly folder: string;
  /** The matrix file, relative to `folder` unless it was given as an absolute path. */
  readonly file: string;
}

const defaultNames = ['matrix.yml', 'matrix.yaml'] as const;

/**
 * Finds the matrix file. One that is named is used from where the command was started, as docker
 * does with `--file`. Otherwise it is looked for in `start` and above it, up to the root of the
 * checkout, as git looks for its repository; the command then works as if started beside it.
 */
export async function findMatrix(
  files: Files,
  start: string,
  named: string | undefined,
): Promise<Result<MatrixLocation, InvalidUsage>> {
  if (named !== undefined) {
    const kind = await files.kind(resolve(start, named));
    if (isThere(kind)) return ok({folder: start, file: named});
    return kind === 'folder'
      ? refused(`${named} is a folder`, `name the file in it: --file ${join(named, 'matrix.yml')}`)
      : refused(`there is no ${named}`, 'check --file, or BUILD_MATRIX_FILE in the environment');
  }
  for (let folder = start; ; folder = dirname(folder)) {
    for (const name of defaultNames) {
      if (isThere(await files.kind(join(folder, name)))) return ok({folder, file: name});
    }
    const isRoot =
      dirname(folder) === folder || (await files.kind(join(folder, '.git'))) !== 'missing';
    if (!isRoot) continue;
    const above = folder === start ? '' : `, nor above it up to ${folder}`;
    return refused(
      `there is no matrix.yml here${above}`,
      'name one with --file, or make one from a bake file with `build-matrix import bake`',
    );
  }
}

/** What cannot be read is found all the same: reading it tells why. */
function isThere(kind: PathKind): boolean {
  return kind !== 'missing' && kind !== 'folder';
}

function refused(message: string, remedy: string): Result<never, InvalidUsage> {
  return err({reason: 'invalid-usage', message, remedy});
}
