import {hasImage} from '../events/has-image.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import type {BudgetExceeded} from '../events/failure.ts';
import {formatBytes} from '../model/byte-size.ts';
import {unreachable} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {BudgetLimit} from '../plan/budget-limits.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {compare, findImage} from './compare.ts';
import {placeOf} from './compare-words.ts';
import {reportOf} from './report-of-record.ts';
import type {EarlierSizes} from './earlier-sizes.ts';
import type {
  BudgetReport,
  ImageSizes,
  InstructionReport,
  Measured,
  StageReport,
} from './size-report.ts';

export interface HeldBudgets {
  /** Every limit with what the image has, in the order of the targets. */
  readonly budgets: readonly BudgetReport[];
  readonly exceeded: readonly BudgetExceeded[];
  /** Limits that could not be held against anything, each with the reason. */
  readonly unchecked: readonly Diagnostic[];
}

/** A target whose sizes have limits. */
export interface Budgeted {
  /** `image/name`. */
  readonly target: string;
  readonly budget: readonly BudgetLimit[];
}

/** What has limits in a plan, each target once: its parts on several builders have the same. */
export function budgetedIn(
  planned: readonly (Parameters<typeof targetIdOf>[0] & Pick<Budgeted, 'budget'>)[],
): readonly Budgeted[] {
  const budgets = new Map(planned.map((target) => [targetIdOf(target), target.budget]));
  return [...budgets]
    .filter(([, budget]) => budget.length > 0)
    .map(([target, budget]) => ({target, budget}));
}

/**
 * Holds the sizes of a run against the budgets of its targets: every limit on every platform, whichever
 * builder it was built by. Growth is held against `earlier`, which tells for each image what it was, or
 * why that is not known. What cannot be checked is told, never taken for good.
 */
export function holdBudgets(
  targets: readonly Budgeted[],
  record: BuildRecord,
  earlier: (image: Pick<ImageSizes, 'target' | 'platform'>) => EarlierSizes | string,
): HeldBudgets {
  const budgets: BudgetReport[] = [];
  const exceeded: BudgetExceeded[] = [];
  const unchecked: Diagnostic[] = [];
  const built = record.targets.filter(({outcome}) => hasImage(outcome));
  const {images, ...report} = reportOf({...record, targets: built});
  for (const {target, budget} of targets) {
    const builds = built.filter((one) => targetIdOf(one) === target);
    if (builds.some(({platforms}) => platforms.length === 0)) {
      unchecked.push(
        ...budget.map((limit) => notChecked(target, limit, 'its sizes are not known')),
      );
    }
    for (const measured of images.filter((image) => image.target === target)) {
      const before = earlier(measured);
      const [image = measured] =
        typeof before === 'string'
          ? [measured]
          : compare({...report, images: [measured]}, before.report, before.name).images;
      const was = typeof before === 'string' ? undefined : findImage(before.report, image);
      for (const limit of budget) {
        const held = hold(limit, image, before);
        budgets.push(budgetReport(limit, image, held));
        if (typeof held === 'string') {
          unchecked.push(notChecked(`${target} (${image.platform})`, limit, held));
        } else if (held.actual > held.limit) {
          exceeded.push(exceededBy(limit, image, held, was, before));
        }
      }
    }
  }
  return {budgets, exceeded, unchecked};
}

function notChecked(what: string, {stage, limit, range}: BudgetLimit, reason: string): Diagnostic {
  const place = stage === null ? '' : `, stage ${stage}`;
  return {
    severity: 'warning',
    code: 'budget-not-checked',
    message: `budget not checked: ${limit.of} of ${what}${place}: ${reason}`,
    ...(range === undefined ? {} : {range}),
  };
}

/** What a limit comes to, in bytes. */
interface Held {
  readonly stage: StageReport | undefined;
  readonly limit: number;
  readonly actual: number;
}

/** What an image has of what is limited; a sentence when that cannot be told. */
function hold(
  {stage: name, limit}: BudgetLimit,
  image: ImageSizes,
  earlier: EarlierSizes | string,
): Held | string {
  const stage = name === null ? undefined : stageNamed(image, name);
  if (name !== null && stage === undefined) {
    return whyUnknown(image, 'Sizes of stages: ') ?? 'the image has no such stage';
  }
  const size = stage?.added ?? image.size;
  switch (limit.of) {
    case 'compressed':
    case 'unpacked': {
      const actual = size[limit.of];
      if (actual !== null) return {stage, limit: limit.bytes, actual};
      return whyNotKnown(image, stage, limit.of);
    }
    case 'growth': {
      if (typeof earlier === 'string') return earlier;
      const before = size.before?.compressed ?? null;
      if (size.compressed === null) return whyNotKnown(image, stage, 'compressed');
      if (before === null) return `its size in ${earlier.name} is not known`;
      const most =
        limit.most.kind === 'bytes' ? limit.most.bytes : Math.floor(limit.most.share * before);
      return {stage, limit: most, actual: size.compressed - before};
    }
    default:
      return unreachable(limit);
  }
}

function budgetReport(
  {stage, limit, written}: BudgetLimit,
  {target, platform}: ImageSizes,
  held: Held | string,
): BudgetReport {
  const known = typeof held === 'string' ? null : held;
  return {
    ...{target, platform, stage: known?.stage?.name ?? stage, measure: limit.of, written},
    limit: known?.limit ?? null,
    actual: known?.actual ?? null,
    unknownBecause: typeof held === 'string' ? held : null,
  };
}

function exceededBy(
  {limit, written, range}: BudgetLimit,
  image: ImageSizes,
  held: Held,
  was: ImageSizes | undefined,
  earlier: EarlierSizes | string,
): BudgetExceeded {
  const {stage, limit: most, actual} = held;
  const because = reasonOf(image, stage, was !== undefined);
  return {
    reason: 'budget-exceeded',
    target: image.target,
    platform: image.platform,
    ...(stage === undefined ? {} : {stage: stage.name}),
    measure: limit.of,
    ...{written, limit: most, actual},
    ...(typeof earlier === 'string' || was === undefined ? {} : {against: earlier.name}),
    ...(because === null ? {} : {because}),
    ...(range === undefined ? {} : {range}),
  };
}

function whyNotKnown(
  image: ImageSizes,
  stage: StageReport | undefined,
  of: 'compressed' | 'unpacked',
): string {
  return (
    (stage === undefined ? null : whyUnknown(image, `Stage ${stage.name}: `)) ??
    (of === 'unpacked' ? whyUnknown(image, 'Unpacked sizes: ') : null) ??
    `the ${of} size is not known`
  );
}

/** The rest of the sentence that begins so. */
function whyUnknown({unknown}: ImageSizes, beginning: string): string | null {
  const sentence = unknown.find((one) => one.startsWith(beginning));
  return sentence === undefined ? null : sentence.slice(beginning.length);
}

function stageNamed({stages}: ImageSizes, name: string): StageReport | undefined {
  // As in BuildKit: letters of either case, and the last of several.
  return stages.findLast((stage) => stage.name.toLowerCase() === name.toLowerCase());
}

/** What grew most since then; when that is not known, or nothing did, what is largest. */
function reasonOf(
  image: ImageSizes,
  stage: StageReport | undefined,
  isCompared: boolean,
): string | null {
  if (isCompared && stage === undefined && image.cause !== null) {
    return image.cause.charAt(0).toLowerCase() + image.cause.slice(1);
  }
  const parts =
    stage?.instructions ??
    image.stages.filter(({shipped}) => shipped).flatMap(({instructions}) => instructions);
  const grown = isCompared ? largest(parts, growthOf) : null;
  if (grown !== null) {
    return `${placeOf(grown.part)} has grown by ${formatBytes(grown.bytes)}`;
  }
  const part = largest(parts, ({compressed}) => compressed);
  const base = stage === undefined ? (image.base?.size.compressed ?? 0) : 0;
  if (image.base !== null && base > (part?.bytes ?? 0)) {
    return `its largest part is the base image ${image.base.from}, ${formatBytes(base)} compressed`;
  }
  if (part === null) return null;
  return `its largest part is ${placeOf(part.part)}, ${formatBytes(part.bytes)} compressed`;
}

function growthOf({compressed, before}: Measured): number | null {
  if (compressed === null || before === undefined) return null;
  // What was not there before has grown by all that it is.
  if (before === null) return compressed;
  return before.compressed === null ? null : compressed - before.compressed;
}

function largest(
  parts: readonly InstructionReport[],
  bytesOf: (size: Measured) => number | null,
): {readonly part: InstructionReport; readonly bytes: number} | null {
  let best: {part: InstructionReport; bytes: number} | null = null;
  for (const part of parts) {
    const bytes = bytesOf(part.size) ?? 0;
    if (bytes > (best?.bytes ?? 0)) best = {part, bytes};
  }
  return best;
}
