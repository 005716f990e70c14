import type {FileUnusable} from '../events/failure.ts';
import {ok, type Result} from '../model/result.ts';
import type {BuildRecord} from '../records/build-record.ts';
import type {RecordStore} from '../records/record-store.ts';

export interface ReadRecords {
  /** Oldest first. */
  readonly records: readonly BuildRecord[];
  /** Records that cannot be read: cut short, edited by hand, of a newer version. */
  readonly unusable: readonly FileUnusable[];
}

/** Every record that is kept. One that cannot be read hides no other. */
export async function readRecords(store: RecordStore): Promise<Result<ReadRecords, FileUnusable>> {
  const runs = await store.list();
  if (!runs.ok) return runs;
  const records: BuildRecord[] = [];
  const unusable: FileUnusable[] = [];
  // One after another: fifty records of large matrices need not be in memory as text at once.
  for (const run of runs.value) {
    const record = await store.read(run);
    if (record.ok) records.push(record.value);
    else unusable.push(record.error);
  }
  return ok({records, unusable});
}
