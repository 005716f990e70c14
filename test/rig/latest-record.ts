import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import {parseRecord} from '../../src/records/record-codec.ts';
import type {BuildRecord} from '../../src/records/build-record.ts';
import {recordFileOf} from '../../src/records/state-folder.ts';

/** The record of the run that started last in `folder`, read as `build-matrix` reads it. */
export async function latestRecord(folder: string): Promise<BuildRecord> {
  const runId = (await readFile(join(folder, '.build-matrix/runs/latest'), 'utf8')).trim();
  const path = recordFileOf(runId);
  const parsed = parseRecord(path, await readFile(join(folder, path), 'utf8'));
  if (!parsed.ok) throw new Error(`${path}: ${parsed.error.message}`);
  return parsed.value;
}

/** The outcome of each target, by its name. */
export function outcomesOf(record: BuildRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(record.targets.map(({name, outcome}) => [name, outcome]));
}
