import type {FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {Files} from '../ports/files.ts';
import {attemptFile} from '../records/file-attempt.ts';

export interface EarlierResults {
  /**
   * Puts the images of the earlier build back in their place, for a build that made none. A layout
   * folder that was not there before goes again: buildx makes it before it builds anything.
   */
  restore(): Promise<void>;
}

/**
 * Takes away what an earlier build of the target left, so that it can never be mistaken for the
 * result of this one: the metadata file, and the index of each layout folder, to which BuildKit would
 * add. The blobs stay until the build has succeeded: they are named by their content, and most will be
 * needed again.
 */
export async function setEarlierResultsAside(
  files: Files,
  target: PlannedTarget,
): Promise<Result<EarlierResults, FileUnusable>> {
  const indexes = new Map<string, string>();
  const newFolders: string[] = [];
  for (const folder of target.layouts) {
    if ((await files.kind(folder)) === 'missing') newFolders.push(folder);
  }
  for (const path of target.layouts.map((folder) => `${folder}/index.json`)) {
    const index = await attemptFile(path, () => files.readText(path));
    if (!index.ok) return index;
    if (index.value !== undefined) indexes.set(path, index.value);
  }
  for (const path of [target.metadataFile, ...indexes.keys()]) {
    const removed = await attemptFile(path, () => files.remove(path));
    if (!removed.ok) return err(removed.error);
  }
  return ok({
    async restore() {
      // What cannot be put back is no failure of this build, which has one of its own.
      for (const folder of newFolders) await attemptFile(folder, () => files.remove(folder));
      for (const [path, text] of indexes) {
        await attemptFile(path, () => files.writeAtomic(path, text));
      }
    },
  });
}
