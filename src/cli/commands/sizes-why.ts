import {untrustedRemedy} from '../../docker/registry-remedies.ts';
import {hasImage} from '../../events/has-image.ts';
import type {Failure, MeasureFailed} from '../../events/failure.ts';
import type {ImageReadFailure} from '../../ports/images.ts';
import type {BuildRecord, TargetRecord} from '../../records/build-record.ts';
import type {ImageSources} from '../../run/run-ports.ts';
import type {ImageContents, WhyReport} from '../../sizes/why-report.ts';
import {readContents} from '../../sizes/why-read.ts';
import type {CommandContext} from '../context.ts';
import {openByteMeter} from '../byte-meter.ts';
import {placeOf} from '../image-place.ts';
import {isStopped} from '../signals.ts';

/** What was read, and what could not be. */
export interface ReadWhy {
  readonly report: WhyReport;
  readonly failures: readonly Failure[];
}

/**
 * Reads the layers of every platform in a record from where its image is, with progress on standard
 * error. An image that cannot be read is a failure, and leaves the others alone.
 */
export async function readWhy(request: {
  readonly context: CommandContext;
  readonly record: BuildRecord;
  readonly images: ImageSources;
  /** How many folders and files to name by stage. */
  readonly top: number;
  readonly stopping: AbortSignal;
}): Promise<ReadWhy> {
  const {context, record, images, top, stopping} = request;
  const contents: ImageContents[] = [];
  const failures: Failure[] = [];
  for (const target of record.targets) {
    if (target.platforms.length === 0) {
      failures.push(unread(target, nothingToRead(target), 'Build it, and ask again.'));
      continue;
    }
    const place = await placeOf(target);
    if (!place.ok) {
      failures.push(unread(target, place.error, buildAgain));
      continue;
    }
    for (const platform of target.platforms) {
      if (isStopped(stopping)) break;
      const name = `${target.id} ${platform.platform}`;
      const meter = openByteMeter(context.err, `Reading ${name}`, platform.compressedBytes);
      const read = await readContents({
        images: images[target.output.kind],
        repository: place.value,
        target: target.id,
        platform,
        top,
        onBytes: (bytes) => {
          meter.add(bytes);
        },
        signal: stopping,
      });
      meter.close();
      if (read.ok) contents.push(read.value);
      else {
        const {kind, message} = read.error;
        failures.push(unread(target, `${platform.platform}: ${message}`, remedies[kind]));
      }
    }
  }
  return {
    report: {schema: 1, runId: record.runId, images: contents},
    failures: isStopped(stopping) ? [stopping.reason as Failure] : failures,
  };
}

function nothingToRead({outcome, sizesUnknownBecause}: TargetRecord): string {
  if (sizesUnknownBecause !== undefined) return sizesUnknownBecause;
  return hasImage(outcome) ? 'the record names no image' : 'the run did not finish it';
}

const buildAgain =
  'Build it again, which the cache makes quick, or name another run with --record.';

const remedies: Readonly<Record<ImageReadFailure['kind'], string>> = {
  'not-found': buildAgain,
  unauthorized: 'Log in with an account that may read: docker login HOST.',
  unreachable: 'Check the network and the registry, and ask again.',
  'plain-http':
    'Name the registry in matrix.yml with its scheme, `registries: {NAME: {type: oci, url: "http://HOST"}}`.',
  untrusted: untrustedRemedy,
  invalid: buildAgain,
};

function unread({id}: TargetRecord, message: string, remedy: string): MeasureFailed {
  return {reason: 'measure-failed', target: id, message, remedy};
}
