import {hasImage} from '../../events/has-image.ts';
import type {Failure, MeasureFailed} from '../../events/failure.ts';
import type {ImageReadFailure} from '../../ports/images.ts';
import {targetIdOf} from '../../model/target-id.ts';
import type {BuildRecord, TargetRecord} from '../../records/build-record.ts';
import type {ImageSources} from '../../run/run-ports.ts';
import type {ImageContents, WhyReport} from '../../sizes/why-report.ts';
import {readContents} from '../../sizes/why-read.ts';
import type {CommandContext} from '../context.ts';
import {openByteMeter} from '../byte-meter.ts';
import {placeOf} from '../image-place.ts';
import {buildAgain, pushAgain, readRemedies} from '../read-remedies.ts';
import {stageLayersOf} from '../stage-layers.ts';
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
  /** False for images of a registry that no record tells of. */
  readonly isRecorded: boolean;
  readonly images: ImageSources;
  /** How many folders and files to name by stage. */
  readonly top: number;
  readonly stopping: AbortSignal;
}): Promise<ReadWhy> {
  const {context, record, isRecorded, images, top, stopping} = request;
  const contents: ImageContents[] = [];
  const failures: Failure[] = [];
  for (const target of record.targets) {
    if (target.platforms.length === 0) {
      failures.push(unreadable(target, nothingToRead(target), 'Build it, and ask again.'));
      continue;
    }
    const place = await placeOf(target);
    if (!place.ok) {
      failures.push(unreadable(target, place.error, buildAgain));
      continue;
    }
    for (const platform of target.platforms) {
      if (isStopped(stopping)) break;
      const name = `${targetIdOf(target)} ${platform.platform}`;
      const meter = openByteMeter(context.err, `Reading ${name}`, platform.compressedBytes);
      const read = await readContents({
        images: images[target.output.kind],
        stageLayers: () => stageLayersOf(target.id, platform, images.load, stopping),
        repository: place.value,
        target: targetIdOf(target),
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
        const message = `${platform.platform}: ${read.error.message}`;
        failures.push(unread(target.id, {...read.error, message}, isRecorded));
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

function unread(
  target: string,
  {kind, message}: ImageReadFailure,
  isRecorded: boolean,
): MeasureFailed {
  const isGone = kind === 'not-found' || kind === 'invalid';
  const remedy = isGone ? (isRecorded ? buildAgain : pushAgain) : readRemedies[kind];
  return {reason: 'measure-failed', target, message, remedy};
}

function unreadable({id}: TargetRecord, message: string, remedy: string): MeasureFailed {
  return {reason: 'measure-failed', target: id, message, remedy};
}
