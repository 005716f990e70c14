import {resolve} from 'node:path';

import {nodeFiles} from '../adapters/node-files.ts';
import type {FileUnusable} from '../events/failure.ts';
import {ok, type Result} from '../model/result.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {attemptFile} from '../records/file-attempt.ts';
import {formatRecord} from '../records/record-codec.ts';
import type {Flags} from './flags.ts';

/** Writes the record once more where `--record-file` says, as seen from where the command was started. */
export async function copyRecord(
  record: BuildRecord,
  {recordFile}: Flags,
  start: string,
): Promise<Result<void, FileUnusable>> {
  if (recordFile === undefined) return ok(undefined);
  const path = resolve(start, recordFile);
  return attemptFile(path, () => nodeFiles.writeAtomic(path, formatRecord(record)));
}
