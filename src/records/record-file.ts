import type {FileUnusable} from '../events/failure.ts';
import {err, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {BuildRecord} from './build-record.ts';
import {attemptFile, fileUnusable} from './file-attempt.ts';
import {parseRecord} from './record-codec.ts';

/**
 * The record in the file at `path`. Failures call it `shown`; `missing` is what they say of a file that
 * is not there.
 */
export async function readRecordFile(
  files: Files,
  path: string,
  missing: string,
  shown = path,
): Promise<Result<BuildRecord, FileUnusable>> {
  const text = await attemptFile(shown, () => files.readText(path));
  if (!text.ok) return text;
  return text.value === undefined
    ? err(fileUnusable(shown, missing))
    : parseRecord(shown, text.value);
}
