import type {FileUnusable, InvalidUsage} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {Files} from '../ports/files.ts';
import type {Git} from '../ports/git.ts';
import type {Images} from '../ports/images.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {readRecordFile} from '../records/record-file.ts';
import type {RecordStore} from '../records/record-store.ts';
import {isRunId} from '../records/run-id.ts';
import {sizesInRegistry, type RegistrySizes} from './earlier-sizes-registry.ts';
import {isPrevious} from './is-previous.ts';
import type {EarlierSources} from './stored-image.ts';
import {readRecords} from './read-records.ts';
import {reportOf} from './report-of-record.ts';
import type {SizeReport} from './size-report.ts';

/** Earlier sizes and what they are called where they are shown: `v1.4.2`, `run 20261124-…`. */
export interface EarlierSizes {
  readonly report: SizeReport;
  readonly name: string;
}

export interface EarlierRequest {
  /**
   * What the user wrote after `--against`: `previous` (or `latest-but-one`), the id of a run, the path
   * of a record, an image (a full reference, a digest, or a tag that is looked up in the repository of
   * each target), or a git revision.
   */
  readonly against: string;
  /** The record whose sizes are to be compared. */
  readonly current: BuildRecord;
  readonly records: RecordStore;
  readonly files: Files;
  readonly git: Git;
  /** A folder in the checkout: that of matrix.yml. */
  readonly folder: string;
  /** Registries (`ImageSources.push`). */
  readonly images: Images;
  /** Tells unpacked sizes of layers in the registry. */
  readonly unpack: NonNullable<EarlierSources['unpack']>;
  readonly signal?: AbortSignal;
}

/**
 * The sizes that `--against` means. The first that fits is taken: the word `previous`, a run id, a
 * file, a full reference or a digest, a git revision of which there is a record, a tag. A registry
 * that lacks an image, or refuses to show it, is told in `unknown` of the report; what fits nothing
 * at all is a failure that names what was looked for.
 */
export async function earlierSizes(
  request: EarlierRequest,
): Promise<Result<EarlierSizes, InvalidUsage | FileUnusable>> {
  const {against, files, records} = request;
  if (isPrevious(against)) return previousRun(request);
  if (isRunId(against)) return named(await records.read(against), `run ${against}`);

  const isFile = (await files.kind(against)) === 'file';
  if (isFile || against.endsWith('.json')) {
    return named(await readRecordFile(files, against, 'there is no such file'), against);
  }
  if (against.includes('@sha256:') || against.startsWith('sha256:'))
    return inRegistry(request, null);
  const revision = await ofRevision(request);
  return revision.ok ? revision : inRegistry(request, revision.error);
}

function named<E>(record: Result<BuildRecord, E>, name: string): Result<EarlierSizes, E> {
  return record.ok ? ok({report: reportOf(record.value), name}) : record;
}

/** The run before the one that is compared, of those in which something was built. */
async function previousRun({
  current,
  records,
  against,
}: EarlierRequest): Promise<Result<EarlierSizes, InvalidUsage | FileUnusable>> {
  const read = await readRecords(records);
  if (!read.ok) return read;
  const wanted = [...new Set(current.targets.map(targetIdOf))];
  const earlier = read.value.records.findLast(
    ({runId, targets}) =>
      runId < current.runId &&
      targets.some((target) => wanted.includes(targetIdOf(target)) && target.platforms.length > 0),
  );
  if (earlier === undefined) {
    return usage(
      `--against ${against}: there is no earlier run with sizes of ${wanted.join(', ')}`,
      'build once more, or name an image or a record file',
    );
  }
  return ok({report: reportOf(earlier), name: `run ${earlier.runId}`});
}

/** A record of the commit that a revision means; or, as the error, what it is, if it is one. */
async function ofRevision(request: EarlierRequest): Promise<Result<EarlierSizes, string | null>> {
  const {against, current, git, folder, records} = request;
  const commit = await git.commitOf(folder, against);
  if (commit === null) return err(null);
  const read = await readRecords(records);
  const candidates = (read.ok ? read.value.records : []).filter(
    (record) =>
      record.runId !== current.runId &&
      record.git?.commit === commit &&
      record.targets.some(({platforms}) => platforms.length > 0),
  );
  // What was built of a changed checkout is not what the commit makes.
  const record =
    candidates.findLast((candidate) => candidate.git?.dirty === false) ?? candidates.at(-1);
  const short = commit.slice(0, 12);
  if (record === undefined) return err(`commit ${short}, of which no run is kept`);
  const report = reportOf(record);
  if (record.git?.dirty !== true) return ok({report, name: against});
  const unknown = [
    ...(report.unknown ?? []),
    `run ${record.runId} was built of ${short} with changes that were not committed`,
  ];
  return ok({report: {...report, unknown}, name: against});
}

async function inRegistry(
  request: EarlierRequest,
  revision: string | null,
): Promise<Result<EarlierSizes, InvalidUsage>> {
  const {against, current, images, unpack, git, signal} = request;
  const found = await sizesInRegistry({
    reference: against,
    current,
    report: reportOf(current),
    ...{images, unpack},
    // Paths of a record are relative to the working directory.
    fileAt: (commit, path) => git.fileAt('.', commit, path),
    ...(signal === undefined ? {} : {signal}),
  });
  if (found.kind !== 'nothing') return ok({report: found.report, name: against});
  return usage(`--against ${against}: ${notFound(found, revision)}`, remedy);
}

const remedy =
  'give `previous`, the id of a run, the path of a record, an image tag or reference, or a git revision that was built here';

function notFound(
  found: RegistrySizes & {readonly kind: 'nothing'},
  revision: string | null,
): string {
  const tried = revision === null ? [] : [`it is ${revision}`];
  return [...tried, ...found.reasons].join('; ');
}

function usage(message: string, remedy: string): Result<never, InvalidUsage> {
  return err({reason: 'invalid-usage', message, remedy});
}
