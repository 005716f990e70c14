import {randomBytes} from 'node:crypto';

import {nodeFiles} from '../../adapters/node-files.ts';
import {systemClock} from '../../adapters/system-clock.ts';
import type {Failure} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import type {Locate} from '../../plan/findings.ts';
import {joinRecords, type JoinedRun, type ShardRecord} from '../../publish/join-records.ts';
import {matrixSince} from '../../publish/matrix-since.ts';
import {publish, type PublishResult} from '../../publish/publish.ts';
import type {BuildRecord} from '../../records/build-record.ts';
import {readRecordFile} from '../../records/record-file.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {isoTime, newRunId} from '../../records/run-id.ts';
import {recordFileOf} from '../../records/state-folder.ts';
import {publicationLine} from '../../render/publication-text.ts';
import {formatPublished} from '../../render/result-table.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {printWarnings} from '../print-warnings.ts';
import {copyRecord} from '../record-copy.ts';
import {goToBuilds, loadedMatrixOf, pathFrom, type BuildFolder} from '../recorded-run.ts';
import {openLogins} from '../open-logins.ts';
import {openProcesses} from '../open-processes.ts';
import {openRunPorts} from '../run-ports.ts';
import {isStopped, watchSignals} from '../signals.ts';

/** `build-matrix publish`: makes public what several machines have built. */
export async function publishRecords(
  context: CommandContext,
  files: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const folder = await goToBuilds(flags);
  if (!folder.ok) return [folder.error];
  const read = await readRecords(folder.value, files);
  if (!read.ok) return read.error;
  const joined = joinRecords(read.value, flags.builder ?? null);
  if (!joined.ok) return joined.error;

  const processes = openProcesses(context.environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const loaded = await loadedMatrixOf(folder.value);
  const {environment} = context;
  const matrix = loaded?.matrix ?? {};
  const locate: Locate = (path) => loaded?.source.locate(path);
  const {matrixFile} = folder.value;
  const since = matrixFile === undefined ? null : loaded?.matrix;
  const warnings = matrixSince(read.value, matrixFile ?? '', since);
  if (flags.quiet !== true) printWarnings(context, warnings);
  const {publications} = joined.value;
  const logins = openLogins(publications, {matrix, locate, processes, environment});
  const refused = await logins.ensure(stopping);
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (refused !== null) return [refused];
  const ports = openRunPorts(processes, environment, matrix);
  const startedAt = systemClock.now();
  const published = await publish({
    publications,
    digests: joined.value.digests,
    ports: {...ports, logins, registry: ports.images.push},
    emit(event) {
      if (flags.quiet === true || event.type !== 'publication-finished') return;
      const line = publicationLine(event, context.err.style);
      if (line !== '') context.err.print(line);
    },
    signal: stopping,
  });

  const finishedAt = systemClock.now();
  const record = recordOf(read.value, joined.value, published, startedAt, finishedAt);
  const records = createRecordStore(nodeFiles);
  const saved = await records.begin(record);
  const copied = await copyRecord(record, flags, folder.value.start);
  if (flags.json === true) context.out.print(JSON.stringify(record, null, 2));
  else if (flags.quiet !== true) {
    const run = {durationMs: finishedAt - startedAt, recordFile: recordFileOf(record.runId)};
    context.out.print(formatPublished(record, run, context.out.style));
  }
  return [
    ...published.failures,
    ...(saved.ok ? [] : [saved.error]),
    ...(copied.ok ? [] : [copied.error]),
    ...(stopping.aborted ? [stopping.reason as Failure] : []),
  ];
}

/** Every record, or why some cannot be read. */
async function readRecords(
  folder: BuildFolder,
  files: readonly string[],
): Promise<Result<readonly ShardRecord[], readonly Failure[]>> {
  const read = await Promise.all(
    files.map(async (file) => ({
      file,
      record: await readRecordFile(
        nodeFiles,
        pathFrom(folder, file),
        'there is no such file',
        file,
      ),
    })),
  );
  const failures = read.flatMap(({record}) => (record.ok ? [] : [record.error]));
  if (failures.length > 0) return err(failures);
  return ok(read.flatMap(({file, record}) => (record.ok ? [{file, record: record.value}] : [])));
}

/** The record of the whole, as if one machine had built it. */
function recordOf(
  records: readonly ShardRecord[],
  {targets}: JoinedRun,
  published: PublishResult,
  startedAt: number,
  finishedAt: number,
): BuildRecord {
  const [first] = records;
  if (first === undefined) throw new Error('publish needs a record');
  const {schema, tool, matrixFile, planFingerprint, git, version, engine} = first.record;
  return {
    ...{schema, tool, matrixFile, planFingerprint, git, version, engine},
    runId: newRunId(startedAt, randomBytes(3).toString('hex')),
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(finishedAt),
    outcome: published.failures.length === 0 ? 'succeeded' : 'failed',
    targets,
    publications: published.records,
  };
}
