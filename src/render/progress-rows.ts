import {formatBytes} from '../model/byte-size.ts';
import {progressLine, type LinePart} from './progress-line.ts';
import type {
  PlatformProgress,
  RunProgress,
  StageProgress,
  StepProgressState,
  TargetProgress,
} from './progress-state.ts';
import {countsOfStage, stateOfStage, timeOfStage} from './stage-summary.ts';
import {stepLabel} from './step-label.ts';
import type {TextStyle} from './text-style.ts';
import {cleanLine, textWidth} from './text-width.ts';

/**
 * How much is shown, from the most to the least: every step of the stages at work, only the steps
 * that run, a row for each stage, a row for each target, a row for each target at work.
 */
export const details = ['steps', 'running-steps', 'stages', 'targets', 'busy-targets'] as const;
export type Detail = (typeof details)[number];

/** The node of the progress tree that a row stands for; that of the run stands below all targets. */
export type RowKey =
  RunProgress | TargetProgress | PlatformProgress | StageProgress | StepProgressState;

/** What each node shows, without indentation; a node that is not in the map shows nothing. */
export type ProgressRows = ReadonlyMap<RowKey, string>;

export interface RowsView {
  readonly progress: RunProgress;
  readonly detail: Detail;
  /** True once the user has asked for an end. */
  readonly stopping: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Counts up with each drawing; turns the spinners. */
  readonly frame: number;
  readonly style: TextStyle;
}

/** What is shown from the first Ctrl-C on. */
export const stoppingText = 'stopping (Ctrl-C again to kill)';

/** The rows of a run at one moment. Pure: the same view gives the same rows. */
export function progressRows(view: RowsView): ProgressRows {
  const rows = new Map<RowKey, string>();
  const names = [...view.progress.targets.keys()].map(textWidth);
  const nameWidth = Math.min(32, Math.max(0, ...names));
  for (const target of view.progress.targets.values()) {
    if (view.detail === 'busy-targets' && !isBusy(target)) continue;
    put(rows, view, target, 0, {...targetPart(target, view), nameWidth});
    const showsBelow =
      target.state === 'failed' ||
      (target.state === 'running' && details.indexOf(view.detail) <= details.indexOf('stages'));
    if (showsBelow) addPlatforms(rows, view, target);
  }
  if (view.detail === 'busy-targets' || view.stopping) {
    put(rows, view, view.progress, 0, summaryPart(view));
  }
  return rows;
}

function isBusy(target: TargetProgress): boolean {
  return target.state === 'running' || target.state === 'failed' || target.state === 'aborted';
}

function addPlatforms(rows: Map<RowKey, string>, view: RowsView, target: TargetProgress): void {
  const several = target.platforms.size > 1;
  for (const platform of target.platforms.values()) {
    const stages = [...platform.stages.values()];
    const failed = stages.filter((stage) => stateOfStage(stage) === 'failed');
    // Once a target has failed, only the way to what failed is worth its rows.
    const shown = target.state === 'failed' ? failed : stages;
    if (shown.length === 0) continue;
    if (several) {
      const state = target.state === 'failed' ? 'failed' : stateOfPlatform(stages);
      put(rows, view, platform, 1, {state, name: platform.platform});
    }
    const level = several ? 2 : 1;
    const nameWidth = Math.max(...shown.map((stage) => Math.min(20, textWidth(stage.name))));
    for (const stage of shown) {
      put(rows, view, stage, level, {...stagePart(stage, view), nameWidth});
      for (const step of stepsToShow(stage, target, view)) {
        put(rows, view, step, level + 1, stepPart(step, view));
      }
    }
  }
}

function stateOfPlatform(stages: readonly StageProgress[]): LinePart['state'] {
  const states = stages.map(stateOfStage);
  if (states.every((state) => state === 'done')) return 'done';
  return states.every((state) => state === 'waiting') ? 'waiting' : 'running';
}

function stepsToShow(
  stage: StageProgress,
  target: TargetProgress,
  view: RowsView,
): readonly StepProgressState[] {
  const steps = [...stage.steps.values()];
  if (target.state === 'failed') return steps.filter((step) => step.state === 'failed');
  if (stateOfStage(stage) === 'done') return [];
  if (view.detail === 'steps') return steps;
  if (view.detail !== 'running-steps') return [];
  return steps.filter((step) => step.state === 'running' || step.state === 'failed');
}

function targetPart(target: TargetProgress, view: RowsView): LinePart {
  const name = target.id;
  switch (target.state) {
    case 'waiting': {
      const missing = target.dependsOn.filter(
        (id) => view.progress.targets.get(id)?.state !== 'succeeded',
      );
      const detail = missing.length === 0 ? '' : `waits for ${missing.join(', ')}`;
      return {state: 'waiting', name, detail};
    }
    case 'running':
      return {
        state: 'running',
        name,
        emphasis: true,
        detail: activity(target, view),
        durationMs: view.now - target.startedAt,
      };
    case 'succeeded':
      return {state: 'done', name, detail: outcomeDetail(target), durationMs: durationOf(target)};
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

function outcomeDetail(target: TargetProgress): string {
  const end = target.end;
  if (end === undefined) return '';
  const digest = end.digest?.replace(/^(sha256:[0-9a-f]{12}).*$/, '$1');
  const cached = end.steps.cached === 0 ? '' : `${String(end.steps.cached)} cached`;
  const steps = `${String(end.steps.total)} ${end.steps.total === 1 ? 'step' : 'steps'}`;
  return [digest, steps + (cached === '' ? '' : `, ${cached}`)]
    .filter((part) => part !== undefined)
    .join('  ');
}

function failureDetail(target: TargetProgress): string {
  const failure = target.end?.failure;
  return failure === undefined || !('message' in failure) ? 'failed' : cleanLine(failure.message);
}

function causeOfEnd(target: TargetProgress): string {
  const failure = target.end?.failure;
  if (failure === undefined) return '';
  return 'target' in failure ? `: ${failure.target} failed` : '';
}

/** What a running target does just now, in a few words. */
function activity(target: TargetProgress, view: RowsView): string {
  const other = [...target.others.values()].findLast((step) => step.state === 'running');
  const steps = runningStages(target);
  const stagesAreShown = details.indexOf(view.detail) <= details.indexOf('stages');
  if (stagesAreShown || steps.length === 0) {
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
  return `${String(step.position)}/${String(stage.count)}`;
}

function stagePart(stage: StageProgress, view: RowsView): LinePart {
  const state = stateOfStage(stage);
  const running = [...stage.steps.values()].findLast((step) => step.state === 'running');
  const inline = view.detail === 'stages' && running !== undefined ? stepText(running) : '';
  const counts = countsOfStage(stage);
  return {
    state,
    name: stage.name,
    detail: [counts, inline].filter((part) => part !== '').join('  '),
    durationMs: timeOfStage(stage, view.now),
  };
}

function stepPart(step: StepProgressState, view: RowsView): LinePart {
  const isRunning = step.state === 'running';
  return {
    state: stepStates[step.state],
    name: stepText(step),
    quiet: !isRunning && step.state !== 'failed',
    ...(step.state === 'cached'
      ? {end: 'cached'}
      : {durationMs: isRunning ? view.now - step.startedAt : step.durationMs}),
  };
}

const stepStates = {
  running: 'running',
  done: 'done',
  cached: 'done',
  failed: 'failed',
  cancelled: 'stopped',
} as const satisfies Record<StepProgressState['state'], LinePart['state']>;

/** `RUN pip install …`, and while bytes move how many of how many. */
function stepText(step: StepProgressState): string {
  const name = stepLabel(step.name);
  if (step.state !== 'running' || step.items.size === 0) return name;
  let current = 0;
  let total: number | undefined = 0;
  for (const item of step.items.values()) {
    current += item.current;
    total = total === undefined || item.total === undefined ? undefined : total + item.total;
  }
  if (current === 0) return name;
  const known = total !== undefined && total >= current;
  return `${name}  ${formatBytes(current)}${known ? ` of ${formatBytes(total ?? 0)}` : ''}`;
}

function summaryPart(view: RowsView): LinePart {
  if (view.stopping) return {state: 'stopped', name: stoppingText, emphasis: true};
  const states = [...view.progress.targets.values()].map((target) => target.state);
  const count = (state: TargetProgress['state']): number =>
    states.filter((each) => each === state).length;
  const counts = [
    [count('succeeded'), 'done'],
    [count('failed'), 'failed'],
    [count('running'), 'running'],
    [count('waiting'), 'waiting'],
    [count('aborted') + count('unstarted'), 'not done'],
  ] as const;
  return {
    state: 'running',
    name: `${String(states.length)} targets`,
    detail: counts
      .filter(([number]) => number > 0)
      .map(([number, word]) => `${String(number)} ${word}`)
      .join(', '),
    durationMs: view.now - view.progress.startedAt,
  };
}

function put(
  rows: Map<RowKey, string>,
  view: RowsView,
  key: RowKey,
  level: number,
  part: LinePart,
): void {
  rows.set(key, progressLine(part, level, view.frame, view.style));
}
