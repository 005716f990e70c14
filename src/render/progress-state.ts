import type {
  BuildEvent,
  RunStarted,
  StepFinished,
  StepProgress,
  StepStarted,
  TargetFinished,
  TargetOutcome,
  TargetRetried,
} from '../events/event.ts';
import {isMissingCache} from './missing-cache.ts';

/**
 * What a live display knows of a run: the events so far, arranged as target -> platform -> stage ->
 * step. Changed in place by `applyEvent`, since thousands of events a second may come; only this file
 * changes it. Times are milliseconds since the Unix epoch.
 */
export interface RunProgress {
  startedAt: number;
  readonly targets: Map<string, TargetProgress>;
  /** What is being made public just now: target ids and indexes. */
  readonly publishing: Set<string>;
}

export interface TargetProgress {
  readonly id: string;
  readonly dependsOn: readonly string[];
  state: 'waiting' | 'running' | TargetOutcome;
  startedAt: number;
  /** While it waits for another try: why, and when that comes. */
  retry: TargetRetried | undefined;
  /** Set when it has ended. */
  end: TargetFinished | undefined;
  /** One for each platform, in the order of the plan. */
  readonly platforms: Map<string, PlatformProgress>;
  /** Steps that belong to no stage: the context, metadata, exporting. */
  readonly others: Map<string, StepProgressState>;
}

export interface PlatformProgress {
  readonly platform: string;
  readonly stages: Map<string, StageProgress>;
}

export interface StageProgress extends StageFacts {
  /** On the way to the shipped stage, so that it is sure to be built. */
  readonly shipped: boolean;
  /** Steps of the stage, when BuildKit has told: see `countOfStage`. */
  count: number | undefined;
  /** In the order in which they started. */
  readonly steps: Map<string, StepProgressState>;
}

export interface StepProgressState {
  readonly name: string;
  readonly position: number | undefined;
  startedAt: number;
  state: 'running' | 'done' | 'cached' | 'failed' | 'cancelled';
  durationMs: number;
  /** Bytes by item. */
  readonly items: Map<string, {current: number; total: number | undefined}>;
}

export function emptyProgress(): RunProgress {
  return {startedAt: 0, targets: new Map(), publishing: new Set()};
}

/** What the plan knows of a named stage, and events do not tell. */
export interface StageFacts {
  readonly name: string;
  /** Its FROM names an image, not another stage or `scratch`. */
  readonly fromImage: boolean;
}

/** Named stages of each target's Dockerfile in its order, by target id. */
export type KnownStages = ReadonlyMap<string, readonly StageFacts[]>;

/** Takes one event into `progress`; events of unknown targets are ignored. */
export function applyEvent(progress: RunProgress, event: BuildEvent, known: KnownStages): void {
  switch (event.type) {
    case 'run-started':
      startRun(progress, event, known);
      return;
    case 'target-started': {
      const target = progress.targets.get(event.target);
      if (target === undefined) return;
      target.state = 'running';
      target.startedAt = event.at;
      return;
    }
    case 'step-started':
      startStep(progress, event);
      return;
    case 'step-progress':
      moveStep(progress, event);
      return;
    case 'step-finished':
      finishStep(progress, event);
      return;
    case 'target-retried': {
      const target = progress.targets.get(event.target);
      if (target !== undefined) target.retry = event;
      return;
    }
    case 'target-finished': {
      const target = progress.targets.get(event.target);
      if (target === undefined) return;
      target.state = event.outcome;
      target.end = event;
      return;
    }
    case 'publication-started':
      progress.publishing.add(event.of);
      return;
    case 'publication-finished':
      progress.publishing.delete(event.of);
      return;
    case 'notice':
    case 'step-log':
    case 'target-warning':
    case 'run-finished':
      return;
  }
}

function startRun(progress: RunProgress, event: RunStarted, known: KnownStages): void {
  progress.startedAt = event.at;
  for (const target of event.targets) {
    const facts = known.get(target.id) ?? target.stages.map((name) => ({name, fromImage: false}));
    const newStages = (): [string, StageProgress][] =>
      facts.map((fact) => [fact.name, newStage(fact, target.stages.includes(fact.name))]);
    progress.targets.set(target.id, {
      id: target.id,
      dependsOn: target.dependsOn,
      state: 'waiting',
      startedAt: event.at,
      retry: undefined,
      end: undefined,
      platforms: new Map(
        target.platforms.map((platform) => [platform, {platform, stages: new Map(newStages())}]),
      ),
      others: new Map(),
    });
  }
}

function newStage({name, fromImage}: StageFacts, shipped: boolean): StageProgress {
  return {name, fromImage, shipped, count: undefined, steps: new Map()};
}

function startStep(progress: RunProgress, event: StepStarted): void {
  const place = placeOf(progress, event);
  const target = progress.targets.get(event.target);
  if (place === undefined || target === undefined) return;
  target.retry = undefined;
  if (place.stage !== undefined && event.count !== undefined) place.stage.count = event.count;
  const known = place.steps.get(event.step);
  if (known !== undefined) {
    // BuildKit may start a vertex more than once; it is one step to a reader.
    known.state = 'running';
    return;
  }
  place.steps.set(event.step, newStep(event.name, event.at, event.position));
}

function newStep(name: string, at: number, position: number | undefined): StepProgressState {
  return {name, position, startedAt: at, state: 'running', durationMs: 0, items: new Map()};
}

function moveStep(progress: RunProgress, event: StepProgress): void {
  const step = placeOf(progress, event)?.steps.get(event.step);
  step?.items.set(event.item, {current: event.current, total: event.total});
}

function finishStep(progress: RunProgress, event: StepFinished): void {
  const place = placeOf(progress, event);
  if (place === undefined) return;
  let step = place.steps.get(event.step);
  if (step === undefined) {
    step = newStep(event.name, event.at - event.durationMs, undefined);
    place.steps.set(event.step, step);
  }
  step.durationMs = event.durationMs;
  step.state = endOf(event);
}

function endOf(event: StepFinished): StepProgressState['state'] {
  if (event.error === 'cancelled') return 'cancelled';
  if (isMissingCache(event)) return 'done';
  if (event.error !== undefined) return 'failed';
  return event.cached ? 'cached' : 'done';
}

interface Place {
  readonly steps: Map<string, StepProgressState>;
  readonly stage: StageProgress | undefined;
}

/** Where the step is kept. A stage that was not announced (a nameless one, say) is added. */
function placeOf(
  progress: RunProgress,
  event: StepStarted | StepProgress | StepFinished,
): Place | undefined {
  const target = progress.targets.get(event.target);
  if (target === undefined) return undefined;
  const platform = event.platform === undefined ? undefined : target.platforms.get(event.platform);
  if (platform === undefined || event.stage === undefined) {
    return {steps: target.others, stage: undefined};
  }
  let stage = platform.stages.get(event.stage);
  if (stage === undefined) {
    stage = newStage({name: event.stage, fromImage: false}, false);
    platform.stages.set(event.stage, stage);
  }
  return {steps: stage.steps, stage};
}
