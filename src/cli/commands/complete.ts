import {resolve} from 'node:path';

import type {Command} from 'commander';

import {nodeFiles} from '../../adapters/node-files.ts';
import {largestFile} from '../../config/decode-text.ts';
import {loadMatrix} from '../../config/load-matrix.ts';
import type {Failure} from '../../events/failure.ts';
import {createFindings} from '../../plan/findings.ts';
import {namesOf} from '../../plan/name-matcher.ts';
import {resolveTargets} from '../../plan/resolve-targets.ts';
import {completions} from '../completions.ts';
import type {CommandContext} from '../context.ts';
import {findMatrix} from '../matrix-location.ts';
import {workingFolder} from '../working-folder.ts';

/** `build-matrix __complete`: prints what the last word can become, one a line. */
export async function complete(
  context: CommandContext,
  program: Command,
  words: readonly string[],
): Promise<readonly Failure[]> {
  const found = await completions(program, words, targetNames);
  if (found.length > 0) context.out.print(found.join('\n'));
  return [];
}

/**
 * Groups, images and targets of the file; none when it cannot be read, since a shell that completes
 * is no place for errors. Dockerfiles are not looked at.
 */
async function targetNames(file: string | undefined): Promise<readonly string[]> {
  const start = workingFolder();
  if (!start.ok) return [];
  const location = await findMatrix(nodeFiles, start.value, file);
  if (!location.ok) return [];
  const path = resolve(location.value.folder, location.value.file);
  const bytes = await nodeFiles.readBytes(path, largestFile + 1).catch(() => undefined);
  if (bytes === undefined) return [];
  const loaded = loadMatrix(path, bytes);
  if (!loaded.ok) return [];
  const {matrix} = loaded.value;
  const facts = {version: 'dev', git: null, vars: new Map(), overrides: []};
  const {targets} = resolveTargets(
    matrix,
    facts,
    createFindings(() => undefined),
  );
  return [...new Set([...Object.keys(matrix.groups ?? {}), ...targets.flatMap(namesOf)])];
}
