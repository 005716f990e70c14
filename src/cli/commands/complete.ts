import {resolve} from 'node:path';

import type {Command} from 'commander';

import {nodeFiles} from '../../adapters/node-files.ts';
import {createShortProcesses} from '../../adapters/short-processes.ts';
import {largestFile} from '../../config/decode-text.ts';
import {loadMatrix} from '../../config/load-matrix.ts';
import type {MatrixFile} from '../../config/matrix-file.ts';
import {builderNames, listBuilders} from '../../docker/builder-names.ts';
import type {Failure} from '../../events/failure.ts';
import {createFindings} from '../../plan/findings.ts';
import {namesOf} from '../../plan/name-matcher.ts';
import {resolveTargets} from '../../plan/resolve-targets.ts';
import {settingStarts} from '../../plan/set-overrides.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {goToBuilds} from '../recorded-run.ts';
import {completions} from '../completions.ts';
import type {CommandContext} from '../context.ts';
import {findMatrix} from '../matrix-location.ts';
import {workingFolder} from '../working-folder.ts';

/** Nobody waits longer for a completion; docker asks every builder how it is. */
const dockerTimeMs = 2000;

/** `build-matrix __complete`: prints what the last word can become, one a line. */
export async function complete(
  context: CommandContext,
  program: Command,
  words: readonly string[],
): Promise<readonly Failure[]> {
  const sources = {targets, registries, settings, builders, runs};
  const found = await completions(program, words, sources);
  if (found.length > 0) context.out.print(found.join('\n'));
  return [];
}

/** Groups, images and targets of the file. Dockerfiles are not looked at. */
async function targets(file: string | undefined): Promise<readonly string[]> {
  const matrix = await readMatrix(file);
  return [...new Set([...Object.keys(matrix?.groups ?? {}), ...targetNames(matrix)])];
}

async function registries(file: string | undefined): Promise<readonly string[]> {
  return Object.keys((await readMatrix(file))?.registries ?? {});
}

/** First the names, then the keys of the one that is written: there may be thousands of both. */
async function settings(file: string | undefined, start: string): Promise<readonly string[]> {
  const matrix = await readMatrix(file);
  const names = [...new Set(targetNames(matrix))];
  const written = names.filter((name) => start.startsWith(`${name}.`));
  const vars = Object.keys(matrix?.vars ?? {}).map((name) => `vars.${name}=`);
  return [
    ...names.map((name) => `${name}.`).filter((name) => name !== start),
    ...written.flatMap((name) => settingStarts.map((setting) => `${name}.${setting}`)),
    ...vars,
  ];
}

async function runs(file: string | undefined): Promise<readonly string[]> {
  const folder = await goToBuilds(file === undefined ? {} : {file});
  if (!folder.ok) return [];
  const listed = await createRecordStore(nodeFiles).list();
  return listed.ok ? listed.value.toReversed() : [];
}

async function builders(): Promise<readonly string[]> {
  const request = {command: 'docker', args: listBuilders, timeoutMs: dockerTimeMs};
  const listed = await createShortProcesses().run(request);
  return listed.ok ? builderNames(listed.value.stdout) : [];
}

const targetNames = (matrix: MatrixFile | null): readonly string[] => {
  if (matrix === null) return [];
  const facts = {version: 'dev', git: null, vars: new Map(), overrides: []};
  const findings = createFindings(() => undefined);
  return resolveTargets(matrix, facts, findings).targets.flatMap(namesOf);
};

/** Null when the file cannot be read: a shell that completes is no place for errors. */
async function readMatrix(file: string | undefined): Promise<MatrixFile | null> {
  const start = workingFolder();
  if (!start.ok) return null;
  const location = await findMatrix(nodeFiles, start.value, file);
  if (!location.ok) return null;
  const path = resolve(location.value.folder, location.value.file);
  const bytes = await nodeFiles.readBytes(path, largestFile + 1).catch(() => undefined);
  const loaded = bytes === undefined ? undefined : loadMatrix(path, bytes);
  return loaded?.ok === true ? loaded.value.matrix : null;
}
