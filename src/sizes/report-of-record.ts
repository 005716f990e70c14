import {targetIdOf} from '../model/target-id.ts';
import {unpackedBytesOf, type StageSize} from '../docker/stage-sizes.ts';
import type {BuildRecord, PlatformRecord, TargetRecord} from '../records/build-record.ts';
import {addKnown} from './measured.ts';
import type {BaseSize, ImageSizes, Measured, SizeReport, StageReport} from './size-report.ts';

/**
 * The sizes that a record holds, compared with nothing: one image for each platform of each target
 * that was built. What is null there stays unknown, with the reason that the record gives.
 */
export function reportOf(record: BuildRecord): SizeReport {
  const unknown = record.targets.flatMap(withoutSizes);
  return {
    schema: 1,
    at: record.finishedAt ?? record.startedAt,
    version: record.version,
    commit: record.git?.commit ?? null,
    against: null,
    images: record.targets.flatMap((target) =>
      target.platforms.map((platform) => imageOf(targetIdOf(target), platform)),
    ),
    ...(unknown.length === 0 ? {} : {unknown}),
  };
}

/** Why a target has no image in the report. */
function withoutSizes(target: TargetRecord): readonly string[] {
  const {id, outcome, platforms, sizesUnknownBecause} = target;
  if (sizesUnknownBecause !== undefined) return [`Sizes of ${id}: ${sizesUnknownBecause}`];
  if (platforms.length > 0) return [];
  return [`Sizes of ${id}: ${outcomeReasons[outcome]}`];
}

const outcomeReasons: Readonly<Record<TargetRecord['outcome'], string>> = {
  succeeded: 'the record holds none',
  unchanged: 'the record holds none',
  failed: 'its build failed',
  aborted: 'its build was stopped',
  unstarted: 'it was not built',
  running: 'its build had not ended when the record was written',
};

/** One platform of the target `target` (`image/name`). */
export function imageOf(target: string, recorded: PlatformRecord): ImageSizes {
  const platform = isWhole(recorded)
    ? recorded
    : {...recorded, stages: null, stagesUnknownBecause: changedByHand};
  const stages = platform.stages ?? [];
  return {
    target,
    platform: platform.platform,
    digest: platform.digest,
    size: {compressed: platform.compressedBytes, unpacked: platform.unpackedBytes},
    base: baseOf(platform),
    stages: stages.map(stageOf),
    unknown: [
      ...sentence('Sizes of stages', platform.stagesUnknownBecause),
      ...sentence('Unpacked sizes', platform.unpackedUnknownBecause),
      ...stages.flatMap(({name, unknownBecause, unpackedUnknownBecause = null}) => [
        ...sentence(`Stage ${name}`, unknownBecause),
        ...sentence(`Stage ${name}, unpacked`, unpackedUnknownBecause),
      ]),
    ],
    cause: null,
  };
}

const changedByHand =
  'those in the record do not add up to its image: it was changed since it was written';

/**
 * Whether the shipped stages, each on top of the one before, end with the whole image, and their
 * instructions add what they add.
 */
function isWhole({stages, compressedBytes}: PlatformRecord): boolean {
  const shipped = (stages ?? []).filter((stage) => stage.shipped);
  const [first] = shipped;
  if (first === undefined) return stages === null;
  const base = minus(first.totalBytes, first.addedBytes);
  const whole = shipped.reduce((sum, {addedBytes}) => addKnown(sum, addedBytes), base);
  const isMade = ({instructions, addedBytes}: StageSize): boolean =>
    instructions.length === 0 ||
    instructions.reduce<number | null>((sum, one) => addKnown(sum, one.addedBytes), 0) ===
      addedBytes;
  return (
    whole === compressedBytes &&
    shipped.at(-1)?.totalBytes === compressedBytes &&
    shipped.every(isMade)
  );
}

function sentence(what: string, reason: string | null): readonly string[] {
  return reason === null ? [] : [`${what}: ${reason}`];
}

/** What the first shipped stage starts from: the layers that none of the shipped stages made. */
function baseOf({stages, layers}: PlatformRecord): BaseSize | null {
  const shipped = (stages ?? []).filter((stage) => stage.shipped);
  const [first] = shipped;
  if (first === undefined) return null;
  const compressed = minus(first.totalBytes, first.addedBytes);
  if (compressed === null) return null;
  const made = shipped.reduce<number | null>((sum, stage) => addKnown(sum, stage.layers), 0);
  const own = made === null ? null : layers.slice(0, layers.length - made);
  const unpacked =
    own === null ? minus(first.totalUnpackedBytes, first.addedUnpackedBytes) : unpackedBytesOf(own);
  return {
    from: first.from,
    size: {compressed, unpacked},
    ...(own === null ? {} : {layers: own.map(({digest}) => digest)}),
  };
}

function stageOf(stage: StageSize): StageReport {
  return {
    name: stage.name,
    line: stage.line,
    from: stage.from,
    shipped: stage.shipped,
    added: measured(stage.addedBytes, stage.addedUnpackedBytes),
    total: measured(stage.totalBytes, stage.totalUnpackedBytes),
    instructions: stage.instructions.map(({line, text, addedBytes, unpackedBytes, layer}) => ({
      line,
      text,
      size: measured(addedBytes, unpackedBytes),
      ...(layer === null ? {} : {layer}),
    })),
  };
}

function measured(compressed: number | null, unpacked: number | null): Measured {
  return {compressed, unpacked};
}

function minus(whole: number | null, part: number | null): number | null {
  return whole === null || part === null ? null : whole - part;
}
