import {formatBytes, signedBytes} from '../model/byte-size.ts';
import type {ImageSizes, InstructionReport, Measured, SizeReport} from '../sizes/size-report.ts';
import {shortBase} from './short-base.ts';

/** Compressed or unpacked. */
export type Measure = 'compressed' | 'unpacked';

/** A line of what an image is made of, as every view of sizes shows it. */
export interface SizeRow {
  /** `beside`: a stage that is not shipped; `gone`: a stage that was there before. */
  readonly kind: 'base' | 'shipped' | 'beside' | 'gone';
  /** Of the stage; of the base image without its registry and digest. */
  readonly name: string;
  /** What it starts from, as short; of the base image the whole reference. */
  readonly from: string;
  /** Line of its FROM, 1-based; null for the base image. */
  readonly line: number | null;
  readonly added: Measured;
  readonly total: Measured;
  /** What a missing `before` means: that it is new, or that nothing is known. */
  readonly isNew: boolean;
  readonly instructions: readonly InstructionReport[];
  readonly removed: readonly InstructionReport[];
}

/**
 * The base image, the stages that are shipped, those beside them, and those that are gone. A base
 * image is a stage's `from`; names of other targets, which have no tag, stay whole.
 */
export function sizeRows(image: ImageSizes): readonly SizeRow[] {
  const {base, stages, removed = []} = image;
  // Stages had no sizes before when none of them has any and none is gone.
  const isNew = image.size.before === null || removed.length > 0 || stages.some(wasThere);
  const row = (stage: ImageSizes['stages'][number], kind: SizeRow['kind']): SizeRow => ({
    kind,
    name: stage.name,
    from: shortFrom(stage.from),
    line: stage.line,
    added: stage.added,
    total: stage.total,
    isNew,
    instructions: stage.instructions,
    removed: stage.removed ?? [],
  });
  return [
    ...(base === null ? [] : [baseRow(base)]),
    ...stages.filter(({shipped}) => shipped).map((stage) => row(stage, 'shipped')),
    ...stages.filter(({shipped}) => !shipped).map((stage) => row(stage, 'beside')),
    ...removed.map((stage) => row(stage, 'gone')),
  ];
}

function baseRow({from, size}: NonNullable<ImageSizes['base']>): SizeRow {
  return {
    ...{kind: 'base', name: shortFrom(from), from, line: null, added: size, total: size},
    ...{isNew: false, instructions: [], removed: []},
  };
}

function wasThere({added}: ImageSizes['stages'][number]): boolean {
  return added.before !== undefined && added.before !== null;
}

/** The last part of an image reference; the name of a stage or of another target as it is. */
export function shortFrom(from: string): string {
  return /[:@]/.test(from) ? shortBase(from) : from;
}

/** How a size changed. */
export type Change =
  | {readonly kind: 'not-compared'}
  | {readonly kind: 'unknown'}
  | {readonly kind: 'new'}
  /** `share` is the change as part of what was before; null when that was nothing. */
  | {readonly kind: 'bytes'; readonly bytes: number; readonly share: number | null};

/** @param isNew says that a missing size before means that it was not there */
export function changeOf(size: Measured, measure: Measure, isNew: boolean): Change {
  const {before} = size;
  if (before === undefined) return {kind: 'not-compared'};
  const now = size[measure];
  if (before === null) return isNew && now !== null ? {kind: 'new'} : {kind: 'unknown'};
  const then = before[measure];
  if (now === null || then === null) return {kind: 'unknown'};
  return {kind: 'bytes', bytes: now - then, share: then === 0 ? null : (now - then) / then};
}

/** True for what is compared and stayed the same, but for less than a twentieth of a per cent. */
export function isSlight(change: Change): boolean {
  return change.kind === 'bytes' && Math.abs(change.share ?? change.bytes) < 0.0005;
}

/** `+1.2 MB (+1.8%)`, `same`, `new`, `?`; nothing when nothing is compared. */
export function changeText(change: Change, withShare = true): string {
  switch (change.kind) {
    case 'not-compared':
      return '';
    case 'unknown':
      return '?';
    case 'new':
      return 'new';
    case 'bytes': {
      if (change.bytes === 0) return 'same';
      const share = withShare ? shareText(change.share) : '';
      return signedBytes(change.bytes) + (share === '' ? '' : ` (${share})`);
    }
  }
}

/** `+1.8%`; nothing for what rounds to none. */
function shareText(share: number | null): string {
  if (share === null) return '';
  const percent = share * 100;
  const rounded = Math.abs(percent) < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
  return Number(rounded) === 0 ? '' : `${percent < 0 ? '' : '+'}${rounded}%`;
}

/** `+1.2 MB`; `?` for what is not known. */
export function addedText(bytes: number | null): string {
  return bytes === null ? '?' : signedBytes(bytes);
}

/** `1.2 MB`; `?` for what is not known. */
export function bytesText(bytes: number | null): string {
  return bytes === null ? '?' : formatBytes(bytes);
}

/** A sentence about images, and which they are. */
export interface SizeNote {
  readonly text: string;
  /** `face-service/cpu (linux/amd64)`; empty: about the whole report. */
  readonly images: readonly string[];
}

/** What is not known, each sentence once. */
export function unknownNotes({images, unknown = []}: SizeReport): readonly SizeNote[] {
  const told = notes(images.flatMap((image) => image.unknown.map((text) => ({text, image}))));
  return [...unknown.map((text) => ({text, images: []})), ...told];
}

/** Why sizes changed, each cause once. */
export function causeNotes({images}: SizeReport): readonly SizeNote[] {
  return notes(
    images.flatMap((image) => (image.cause === null ? [] : [{text: image.cause, image}])),
  );
}

/** What told the sizes, and those before, of images that no record tells of. */
export function sourceNotes({images, against}: SizeReport): readonly SizeNote[] {
  return notes(
    images.flatMap((image) => [
      ...(image.toldBy === undefined ? [] : [{text: `Stages told by ${image.toldBy}`, image}]),
      ...(image.beforeToldBy === undefined
        ? []
        : [{text: `Before (${against ?? ''}): told by ${image.beforeToldBy}`, image}]),
    ]),
  );
}

function notes(
  told: readonly {readonly text: string; readonly image: ImageSizes}[],
): readonly SizeNote[] {
  const places = new Map<string, string[]>();
  for (const {text, image} of told) {
    places.set(text, [...(places.get(text) ?? []), `${image.target} (${image.platform})`]);
  }
  return [...places].map(([text, images]) => ({text, images}));
}

/** Instructions worth a line: what added, changed or removed something, or is not known. */
export function weightyInstructions(row: {
  readonly instructions: readonly InstructionReport[];
  readonly removed?: readonly InstructionReport[];
}): readonly InstructionReport[] {
  return [...row.instructions, ...(row.removed ?? [])]
    .filter(({size}) => {
      const {compressed, before} = size;
      return compressed !== 0 || (before !== undefined && (before?.compressed ?? 0) !== 0);
    })
    .toSorted((a, b) => a.line - b.line);
}

/** An instruction with the stage that it belongs to; '' where only the image's history is known. */
export interface ListedInstruction extends InstructionReport {
  readonly stage: string;
  /** What a missing `before` means, as in `SizeRow`. */
  readonly isNew: boolean;
}

/** The instructions of an image that are worth a line, stage by stage. */
export function listedInstructions(image: ImageSizes): readonly ListedInstruction[] {
  const history = {name: '', isNew: true, instructions: image.instructions ?? [], removed: []};
  return [...sizeRows(image), history].flatMap((row) =>
    weightyInstructions(row).map((each) => ({...each, stage: row.name, isNew: row.isNew})),
  );
}
