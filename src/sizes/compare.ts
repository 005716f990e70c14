import {causeOf} from './compare-cause.ts';
import {alignInstructions} from './compare-instructions.ts';
import type {
  BaseSize,
  ImageSizes,
  InstructionReport,
  Measured,
  SizeReport,
  StageReport,
} from './size-report.ts';

type Before = NonNullable<Measured['before']>;

/**
 * The report with what each size was in `earlier`, which is called `name` where it is shown: images
 * are found by target and platform, stages by name, and instructions by their text (see
 * `alignInstructions`). Every size gets a `before`, which is null for what was not there or is not
 * known; what is gone stands in `removed`. Each image gets the most probable cause of its change.
 */
export function compare(report: SizeReport, earlier: SizeReport, name: string): SizeReport {
  const removed = earlier.images
    .filter((image) => findImage(report, image) === undefined && !isUnknown(report, image))
    .map(({target, platform}) => `${target} (${platform})`);
  const unknown = [...(report.unknown ?? []), ...(earlier.unknown ?? []).map(told(name))];
  return {
    ...report,
    against: name,
    images: report.images.map((image) => compareImage(image, findImage(earlier, image), name)),
    ...(unknown.length === 0 ? {} : {unknown}),
    ...(removed.length === 0 ? {} : {removed}),
  };
}

/** Whether the report says why it has nothing of a target, or of a part of it: then nothing is gone. */
function isUnknown({unknown = []}: SizeReport, {target}: ImageSizes): boolean {
  return unknown.some((one) =>
    [':', '@'].some((end) => one.startsWith(`Sizes of ${target}${end}`)),
  );
}

/** The image of the same target and platform. */
export function findImage(
  {images}: SizeReport,
  {target, platform}: {readonly target: string; readonly platform: string},
): ImageSizes | undefined {
  return images.find((image) => image.target === target && image.platform === platform);
}

const told =
  (name: string) =>
  (sentence: string): string =>
    `Before (${name}): ${sentence}`;

function compareImage(
  image: ImageSizes,
  earlier: ImageSizes | undefined,
  name: string,
): ImageSizes {
  if (earlier === undefined) {
    return {
      ...image,
      size: withBefore(image.size, null),
      base: compareBase(image.base, null),
      stages: image.stages.map((stage) => compareStage(stage, undefined, [])),
      unknown: [...image.unknown, `Before (${name}): there is no such image`],
    };
  }
  const stages = compareStages(image, earlier);
  const removed = removedStages(image, earlier);
  const compared: ImageSizes = {
    ...image,
    size: withBefore(image.size, earlier.size),
    base: compareBase(image.base, earlier.base?.size ?? null),
    stages,
    ...(earlier.toldBy === undefined ? {} : {beforeToldBy: earlier.toldBy}),
    unknown: [...image.unknown, ...earlier.unknown.map(told(name))],
    ...(removed.length === 0 ? {} : {removed}),
  };
  return {...compared, cause: causeOf(compared, earlier)};
}

function compareStages(image: ImageSizes, earlier: ImageSizes): readonly StageReport[] {
  if (earlier.stages.length > 0) {
    return image.stages.map((stage) => {
      const before = earlier.stages.find((one) => one.name === stage.name);
      return compareStage(stage, before, before?.instructions ?? []);
    });
  }
  // Only the history of the image is known: its instructions belong to no stage.
  const shipped = image.stages
    .filter((stage) => stage.shipped)
    .flatMap((stage) => stage.instructions.filter(makesLayer));
  const aligned = new Map(
    alignInstructions(shipped, earlier.instructions ?? []).map(({now, before}) => [now, before]),
  );
  return image.stages.map((stage) => ({
    ...compareStage(stage, undefined, []),
    instructions: stage.instructions.map((instruction) =>
      compareInstruction(instruction, aligned.get(instruction) ?? null),
    ),
  }));
}

function removedStages(image: ImageSizes, earlier: ImageSizes): readonly StageReport[] {
  if (image.stages.length === 0) return [];
  return earlier.stages
    .filter(({name}) => !image.stages.some((stage) => stage.name === name))
    .map((stage) => ({
      ...stage,
      added: goneSize(stage.added),
      total: goneSize(stage.total),
      instructions: stage.instructions.map(gone),
    }));
}

function compareStage(
  stage: StageReport,
  before: StageReport | undefined,
  instructions: readonly InstructionReport[],
): StageReport {
  // Of a stage that is not in the image nothing is told: then no instruction is new.
  if (before?.added.compressed === null && instructions.length === 0) {
    const size = {compressed: null, unpacked: null};
    return {
      ...stage,
      added: withBefore(stage.added, before.added),
      total: withBefore(stage.total, before.total),
      instructions: stage.instructions.map((one) => compareInstruction(one, {...one, size})),
    };
  }
  const aligned = alignInstructions(stage.instructions, instructions);
  const removed = aligned.flatMap(({now, before: was}) =>
    now === null && was !== null ? [gone(was)] : [],
  );
  return {
    ...stage,
    added: withBefore(stage.added, before?.added ?? null),
    total: withBefore(stage.total, before?.total ?? null),
    instructions: aligned.flatMap(({now, before: was}) =>
      now === null ? [] : [compareInstruction(now, was)],
    ),
    ...(removed.length === 0 ? {} : {removed}),
  };
}

function compareInstruction(
  instruction: InstructionReport,
  before: InstructionReport | null,
): InstructionReport {
  return {...instruction, size: withBefore(instruction.size, before?.size ?? null)};
}

function compareBase(base: BaseSize | null, before: Measured | null): BaseSize | null {
  return base === null ? null : {...base, size: withBefore(base.size, before)};
}

/** False for what is known to make none, such as ENV. */
function makesLayer({size, layer}: InstructionReport): boolean {
  return layer !== undefined || (size.compressed ?? 0) > 0;
}

function gone({line, text, size}: InstructionReport): InstructionReport {
  return {line, text, size: goneSize(size)};
}

function goneSize(size: Measured): Measured {
  return {compressed: 0, unpacked: 0, before: sizesOf(size)};
}

function withBefore({compressed, unpacked}: Measured, before: Measured | null): Measured {
  return {compressed, unpacked, before: before === null ? null : sizesOf(before)};
}

function sizesOf({compressed, unpacked}: Measured): Before {
  return {compressed, unpacked};
}
