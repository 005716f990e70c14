import {alignInstructions, isSameInstruction} from './compare-instructions.ts';
import type {InstructionReport, Measured, StageReport} from './size-report.ts';

/** An instruction that adds something else than before; at least one of the two is there. */
export interface InstructionChange {
  readonly now: InstructionReport | null;
  readonly before: InstructionReport | null;
  /** What it adds more than before, in bytes; null when not known. */
  readonly bytes: number | null;
  /** True when its text is what it was. */
  readonly isUnedited: boolean;
}

/** What changed between two lists of instructions. */
export function changesOf(
  now: readonly InstructionReport[],
  before: readonly InstructionReport[],
): readonly InstructionChange[] {
  return alignInstructions(now, before).flatMap((pair) => changeOf(pair.now, pair.before) ?? []);
}

/** What changed in stages of the same name that both sides ship, or both do not. */
export function stageChanges(
  now: readonly StageReport[],
  before: readonly StageReport[],
  shipped: boolean,
): readonly InstructionChange[] {
  const names = new Set(
    [...now, ...before].filter((stage) => stage.shipped === shipped).map(({name}) => name),
  );
  const of = (stages: readonly StageReport[], name: string): readonly InstructionReport[] =>
    stages.find((stage) => stage.name === name && stage.shipped === shipped)?.instructions ?? [];
  return [...names].flatMap((name) => changesOf(of(now, name), of(before, name)));
}

/** undefined when it adds what it added before, or when neither layer nor size tells. */
function changeOf(
  now: InstructionReport | null,
  before: InstructionReport | null,
): InstructionChange | undefined {
  const none = {compressed: 0, unpacked: 0};
  const bytes = difference(now?.size ?? none, before?.size ?? none);
  const sameLayer =
    now?.layer === undefined || before?.layer === undefined || now.layer === before.layer;
  if (sameLayer && (bytes === 0 || bytes === null)) return undefined;
  const isUnedited = now !== null && before !== null && isSameInstruction(now, before);
  return {now, before, bytes, isUnedited};
}

/**
 * Bytes more than before: of compressed sizes, which every registry tells; of unpacked ones where only
 * they are known.
 */
export function difference(now: Sizes, before: Sizes): number | null {
  if (now.compressed !== null && before.compressed !== null) {
    return now.compressed - before.compressed;
  }
  if (now.unpacked !== null && before.unpacked !== null) return now.unpacked - before.unpacked;
  return null;
}

type Sizes = Pick<Measured, 'compressed' | 'unpacked'>;
