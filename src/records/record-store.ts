import type {FileUnusable} from '../events/failure.ts';
import {ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {BuildRecord} from './build-record.ts';
import {attemptFile} from './file-attempt.ts';
import {createLatestWriter} from './latest-writer.ts';
import {formatRecord} from './record-codec.ts';
import {readRecordFile} from './record-file.ts';
import {isRunId} from './run-id.ts';
import {formatSizePoints, parseSizeLog, sizePointsOf, type SizeLog} from './size-log.ts';
import {latestFile, recordFileOf, runFolderOf, runsFolder, sizeLogFile} from './state-folder.ts';

/** Runs whose records and logs are kept; the oldest beyond these are removed by the next run. */
export const keptRuns = 50;

/** Records of this and earlier runs, one JSON document each, in the working directory. */
export interface RecordStore {
  /** Writes the first state of a run's record, names the run in `runs/latest`, removes old runs. */
  begin(record: BuildRecord): Promise<Result<void, FileUnusable>>;
  /**
   * Replaces the record by a newer state. Resolves when this state, or a later one, is on disk:
   * of the states that come while one is being written only the last is.
   */
  save(record: BuildRecord): Promise<Result<void, FileUnusable>>;
  /** Appends the images of a run that has ended to the log of sizes, which outlives the records. */
  remember(record: BuildRecord): Promise<Result<void, FileUnusable>>;
  /** The log of sizes; empty before a first build. */
  sizeLog(): Promise<Result<SizeLog, FileUnusable>>;
  /** The record of one run; a failure when there is none or it cannot be read. */
  read(runId: string): Promise<Result<BuildRecord, FileUnusable>>;
  /** Id of the run that started last; null before a first run. */
  latest(): Promise<Result<string | null, FileUnusable>>;
  /** Ids of the runs that are kept, oldest first. */
  list(): Promise<Result<readonly string[], FileUnusable>>;
}

/** The record store in `.build-matrix/runs` of the working directory that `files` sees. */
export function createRecordStore(files: Files): RecordStore {
  const save = createLatestWriter((record: BuildRecord) => {
    const path = recordFileOf(record.runId);
    return attemptFile(path, () => files.writeAtomic(path, formatRecord(record)));
  });

  const list = (): Promise<Result<readonly string[], FileUnusable>> =>
    attemptFile(runsFolder, async () => (await files.list(runsFolder)).filter(isRunId).toSorted());

  const removeOldRuns = async (): Promise<Result<void, FileUnusable>> => {
    const runs = await list();
    if (!runs.ok) return runs;
    for (const folder of runs.value.slice(0, -keptRuns).map(runFolderOf)) {
      const removed = await attemptFile(folder, () => files.remove(folder));
      if (!removed.ok) return removed;
    }
    return ok(undefined);
  };

  return {
    async begin(record) {
      const saved = await save(record);
      if (!saved.ok) return saved;
      const named = await attemptFile(latestFile, () =>
        files.writeAtomic(latestFile, `${record.runId}\n`),
      );
      return named.ok ? removeOldRuns() : named;
    },
    save,
    async remember(record) {
      const text = formatSizePoints(sizePointsOf(record));
      if (text === '') return ok(undefined);
      return attemptFile(sizeLogFile, () => files.append(sizeLogFile, text));
    },
    async sizeLog() {
      const text = await attemptFile(sizeLogFile, () => files.readText(sizeLogFile));
      return text.ok ? ok(parseSizeLog(text.value ?? '')) : text;
    },
    read: (runId) => readRecordFile(files, recordFileOf(runId), 'there is no record of this run'),
    async latest() {
      const text = await attemptFile(latestFile, () => files.readText(latestFile));
      if (!text.ok) return text;
      const runId = text.value?.trim() ?? '';
      return ok(isRunId(runId) ? runId : null);
    },
    list,
  };
}
