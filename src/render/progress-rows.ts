import {progressLine, type LinePart} from './progress-line.ts';
import type {
  PlatformProgress,
  RunProgress,
  StageProgress,
  StepProgressState,
  TargetProgress,
} from './progress-state.ts';
import {countsOfStage, stateOfStage, timeOfStage} from './stage-summary.ts';
import {stepText} from './step-text.ts';
import {stoppingText} from './stopping-text.ts';
import {targetPart} from './target-row.ts';
import type {TextStyle} from './text-style.ts';
import {textWidth} from './text-width.ts';

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

/** The rows of a run at one moment. Pure: the same view gives the same rows. */
export function progressRows(view: RowsView): ProgressRows {
  const rows = new Map<RowKey, string>();
  const names = [...view.progress.targets.keys()].map(textWidth);
  const nameWidth = Math.min(32, Math.max(0, ...names));
  const stagesShown = details.indexOf(view.detail) <= details.indexOf('stages');
  for (const target of view.progress.targets.values()) {
    if (view.detail === 'busy-targets' && !isBusy(target)) continue;
    const part = targetPart(target, view.progress, view.now, stagesShown);
    put(rows, view, target, 0, {...part, nameWidth});
    if (target.state === 'failed' || (target.state === 'running' && stagesShown)) {
      addPlatforms(rows, view, target);
    }
  }
  const isPublishing = view.progress.publishing.size > 0;
  if (view.detail === 'busy-targets' || view.stopping || isPublishing) {
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
    // Whether a stage beside the shipped ones is needed is known once it begins.
    const stages = [...platform.stages.values()].filter(
      (stage) => stage.shipped || stage.steps.size > 0,
    );
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

function summaryPart(view: RowsView): LinePart {
  if (view.stopping) return {state: 'stopped', name: stoppingText, emphasis: true};
  const {publishing} = view.progress;
  if (publishing.size > 0) {
    return {state: 'running', name: 'publishing', detail: [...publishing].join(', ')};
  }
  const states = [...view.progress.targets.values()].map((target) => target.state);
  const count = (state: TargetProgress['state']): number =>
    states.filter((each) => each === state).length;
  const counts = [
    [count('succeeded'), 'done'],
    [count('unchanged'), 'unchanged'],
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
