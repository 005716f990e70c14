import type {FileUnusable, ReleaseRefused} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {Host} from '../ports/host.ts';
import {attemptFile} from '../records/file-attempt.ts';
import {takeLockFile} from '../records/lock-file.ts';
import {releaseLockFile} from '../records/state-folder.ts';

/**
 * Sees to it that one release at a time is made, or taken back, in this checkout; what is returned gives
 * the lock back. One that was killed holds no lock. Other checkouts are told apart by what they have made
 * public (`movingTagsWork`).
 */
export async function takeReleaseLock(
  version: string,
  {files, host}: {readonly files: Files; readonly host: Host},
): Promise<Result<() => Promise<void>, ReleaseRefused | FileUnusable>> {
  const path = releaseLockFile;
  const holder = await takeLockFile({files, host, path, runId: `release-${version}`});
  if (!holder.ok) return holder;
  if (holder.value === null) {
    return ok(async () => {
      await attemptFile(path, () => files.remove(path));
    });
  }
  const message = `a release is under way in this checkout, by ${holder.value}`;
  const remedy = `wait until it has ended; if no such process is left, delete ${path}`;
  return err({reason: 'release-refused', version, problems: [{message, remedy}]});
}
