import {retryText} from '../events/retry-text.ts';
import {hasImage} from '../events/has-image.ts';
import type {LinePart} from './progress-line.ts';
import type {
  RunProgress,
  StageProgress,
  StepProgressState,
  TargetProgress,
} from './progress-state.ts';
import {shortCause} from './short-cause.ts';
import {countOfStage, stepCount} from './stage-summary.ts';
import {stepText} from './step-text.ts';

/** What the row of a target says. `stagesShown`: what runs has rows of its own below. */
export function targetPart(
  target: TargetProgress,
  progress: RunProgress,
  now: number,
  stagesShown: boolean,
): LinePart {
  const name = target.id;
  switch (target.state) {
    case 'waiting': {
      const missing = target.dependsOn.filter(
        (id) => !hasImage(progress.targets.get(id)?.state ?? 'waiting'),
      );
      const detail = missing.length === 0 ? '' : `waits for ${missing.join(', ')}`;
      return {state: 'waiting', name, detail};
    }
    case 'running':
      return {
        state: 'running',
        name,
        emphasis: true,
        detail: activity(target, stagesShown),
        durationMs: now - target.startedAt,
      };
    case 'succeeded':
      return {state: 'done', name, detail: outcomeDetail(target), durationMs: durationOf(target)};
    case 'unchanged':
      return {state: 'done', name, detail: `${shortDigest(target) ?? ''}  unchanged`.trim()};
    case 'failed':
      return {state: 'failed', name, detail: failureDetail(target), durationMs: durationOf(target)};
    case 'aborted':
      return {state: 'stopped', name, detail: 'stopped', durationMs: durationOf(target)};
    case 'unstarted':
      return {state: 'stopped', name, detail: `not started${causeOfEnd(target)}`};
  }
}

function durationOf(target: TargetProgress): number {
  return target.end?.durationMs ?? 0;
}

const shortDigest = ({end}: TargetProgress): string | undefined =>
  end?.digest?.replace(/^(sha256:[0-9a-f]{12}).*$/, '$1');

function outcomeDetail(target: TargetProgress): string {
  const end = target.end;
  if (end === undefined) return '';
  const digest = shortDigest(target);
  const cached = end.steps.cached === 0 ? '' : `${String(end.steps.cached)} cached`;
  return [digest, stepCount(end.steps.total) + (cached === '' ? '' : `, ${cached}`)]
    .filter((part) => part !== undefined)
    .join('  ');
}

function failureDetail(target: TargetProgress): string {
  const failure = target.end?.failure;
  return failure === undefined || !('message' in failure) ? 'failed' : shortCause(failure.message);
}

function causeOfEnd(target: TargetProgress): string {
  const failure = target.end?.failure;
  if (failure === undefined) return '';
  return 'target' in failure ? `: ${failure.target} failed` : '';
}

/** What a running target does just now, in a few words. */
function activity(target: TargetProgress, stagesShown: boolean): string {
  if (target.retry !== undefined) return retryText(target.retry);
  const other = [...target.others.values()].findLast((step) => step.state === 'running');
  const steps = runningStages(target);
  if (stagesShown || steps.length === 0) {
    if (other !== undefined) return stepText(other);
    return target.platforms.size === 1 ? [...target.platforms.keys()].join('') : '';
  }
  const [only] = steps;
  const withName = steps.length === 1 && only !== undefined ? `  ${stepText(only.step)}` : '';
  return steps.map(({label}) => label).join(', ') + withName;
}

function runningStages(
  target: TargetProgress,
): readonly {readonly label: string; readonly step: StepProgressState}[] {
  return [...target.platforms.values()].flatMap((platform) =>
    [...platform.stages.values()].flatMap((stage) => {
      const step = [...stage.steps.values()].findLast(({state}) => state === 'running');
      if (step === undefined) return [];
      const place = `${stage.name} ${positionOf(step, stage)}`.trim();
      return [{label: target.platforms.size > 1 ? `${platform.platform} ${place}` : place, step}];
    }),
  );
}

function positionOf(step: StepProgressState, stage: StageProgress): string {
  if (step.position === undefined || stage.count === undefined) return '';
  return `${String(step.position)}/${String(countOfStage(stage))}`;
}
