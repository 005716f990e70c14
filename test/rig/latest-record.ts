import {parseRecord} from '../../src/records/record-codec.ts';
import type {BuildRecord} from '../../src/records/build-record.ts';
import {recordFileOf} from '../../src/records/state-folder.ts';
import type {CommandRig} from './command-rig.ts';

/** The record of the run that started last, read as `build-matrix` reads it. */
export async function latestRecord(rig: CommandRig): Promise<BuildRecord> {
  const runId = (await rig.read('.build-matrix/runs/latest'))?.trim() ?? '';
  const path = recordFileOf(runId);
  const parsed = parseRecord(path, (await rig.read(path)) ?? '');
  if (!parsed.ok) throw new Error(`${path}: ${parsed.error.message}`);
  return parsed.value;
}

/** The outcome of each target, by its name. */
export function outcomesOf(record: BuildRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(record.targets.map(({name, outcome}) => [name, outcome]));
}
