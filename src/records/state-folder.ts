import {stateFolder} from '../plan/paths.ts';

/** Sizes of every image that was built here, one JSON object a line; outlives the runs. */
export const sizeLogFile = `${stateFolder}/sizes.jsonl`;

/** Unpacked sizes of layers, by their digests. */
export const layerSizesFile = `${stateFolder}/layers.json`;

/** A folder for each run, by its id. */
export const runsFolder = `${stateFolder}/runs`;

/** Holds the id of the run that started last. */
export const latestFile = `${runsFolder}/latest`;

/** Everything of one run. */
export function runFolderOf(runId: string): string {
  return `${runsFolder}/${runId}`;
}

/** Record of a run. */
export function recordFileOf(runId: string): string {
  return `${runFolderOf(runId)}/record.json`;
}

/** Whole log of one target (`image/name`) of a run. */
export function logFileOf(runId: string, targetId: string): string {
  return `${runFolderOf(runId)}/logs/${targetId}.log`;
}

/** Lock that a run holds while it may build the target (`image/name`). */
export function lockFileOf(targetId: string): string {
  return `${stateFolder}/work/${targetId}.lock`;
}

/** Lock of whoever releases in this checkout. No target has a name without a slash. */
export const releaseLockFile = `${stateFolder}/work/release.lock`;
