import {dirname, relative, resolve} from 'node:path';

import {nodeFiles} from '../adapters/node-files.ts';
import type {LoadedMatrix} from '../config/load-matrix.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import type {Failure, FileUnusable, InvalidMatrix} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {fileUnusable} from '../records/file-attempt.ts';
import {readRecordFile} from '../records/record-file.ts';
import {createRecordStore} from '../records/record-store.ts';
import {isRunId} from '../records/run-id.ts';
import {runsFolder} from '../records/state-folder.ts';
import type {Flags} from './flags.ts';
import {findMatrix} from './matrix-location.ts';
import {namedFile} from './options.ts';
import {workingFolder} from './working-folder.ts';

/** A folder in which builds were made. */
export interface BuildFolder {
  /** Where the command was started: paths that it names are relative to it. */
  readonly start: string;
  /** matrix.yml, relative to the working directory; undefined when there is none, which records do not need. */
  readonly matrixFile: string | undefined;
}

/** Goes to the folder of matrix.yml, where records and layouts are, or stays without one. */
export async function goToBuilds(flags: Flags): Promise<Result<BuildFolder, Failure>> {
  const start = workingFolder();
  if (!start.ok) return start;
  const location = await findMatrix(nodeFiles, start.value, namedFile(flags));
  if (!location.ok) {
    if (namedFile(flags) !== undefined) return location;
    return ok({start: start.value, matrixFile: undefined});
  }
  const {folder, file} = location.value;
  if (folder !== start.value) process.chdir(folder);
  return ok({start: start.value, matrixFile: file});
}

/** A path that the command line names, relative to the working directory. */
export function pathFrom({start}: BuildFolder, path: string): string {
  return relative('.', resolve(start, path)) || '.';
}

/** Folder of matrix.yml, relative to the working directory. */
export function matrixFolder({matrixFile}: BuildFolder): string {
  return dirname(matrixFile ?? '.');
}

/** The record with this run id or in this file, or that of the latest run. */
export async function readRecord(
  folder: BuildFolder,
  named: string | undefined,
): Promise<Result<BuildRecord, Failure>> {
  const store = createRecordStore(nodeFiles);
  if (named !== undefined && !isRunId(named)) {
    const missing = 'there is no such file, and no run is called that';
    if ((await nodeFiles.kind(pathFrom(folder, named))) === 'missing') {
      const remedy = 'give the file of a record, or the id of a run: .build-matrix/runs holds them';
      return err({reason: 'invalid-usage', message: `--record ${named}: ${missing}`, remedy});
    }
    return readRecordFile(nodeFiles, pathFrom(folder, named), missing, named);
  }
  const latest = named === undefined ? await store.latest() : ok(named);
  if (!latest.ok) return latest;
  if (latest.value !== null) return store.read(latest.value);
  return err(fileUnusable(runsFolder, 'no run is recorded yet: run `build-matrix build` first'));
}

/** matrix.yml as far as it is read here; nothing when it cannot be, which records do not need. */
export async function matrixOf(
  folder: BuildFolder,
): Promise<Pick<MatrixFile, 'registries' | 'groups'>> {
  return (await loadedMatrixOf(folder))?.matrix ?? {};
}

/** matrix.yml and where its values stand; undefined when it cannot be read. */
export async function loadedMatrixOf({matrixFile}: BuildFolder): Promise<LoadedMatrix | undefined> {
  if (matrixFile === undefined) return undefined;
  const loaded = await loadMatrixFile(matrixFile);
  return loaded.ok ? loaded.value : undefined;
}

/** matrix.yml itself, without what it names. */
export async function loadMatrixFile(
  matrixFile: string,
): Promise<Result<LoadedMatrix, FileUnusable | InvalidMatrix>> {
  const [{loadMatrix}, {largestFile}] = await Promise.all([
    import('../config/load-matrix.ts'),
    import('../config/decode-text.ts'),
  ]);
  const bytes = await nodeFiles.readBytes(matrixFile, largestFile + 1).catch(() => undefined);
  if (bytes === undefined) return err(fileUnusable(matrixFile, 'it cannot be read'));
  const loaded = loadMatrix(matrixFile, bytes);
  if (loaded.ok) return loaded;
  return err({reason: 'invalid-matrix', diagnostics: loaded.error.diagnostics});
}
