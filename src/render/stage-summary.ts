import type {StageProgress} from './progress-state.ts';

export type StageState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

/** How a stage is doing, from its steps. Between two steps, when others must come first, it waits. */
export function stateOfStage(stage: StageProgress): StageState {
  const states = new Set([...stage.steps.values()].map((step) => step.state));
  if (states.has('failed')) return 'failed';
  if (states.has('running')) return 'running';
  if (states.has('cancelled')) return 'stopped';
  return states.size > 0 && isComplete(stage) ? 'done' : 'waiting';
}

/**
 * True when the last step of the stage has ended. Not every step need have run: BuildKit leaves out
 * those that the result does not need.
 */
function isComplete(stage: StageProgress): boolean {
  const count = countOfStage(stage);
  const steps = [...stage.steps.values()];
  return steps.length >= count || steps.some((step) => (step.position ?? 0) >= count);
}

/**
 * Steps of the stage. BuildKit counts `FROM image` as one even where a named context takes its place
 * (as with `mirrors`), and then never runs it (dockerfile2llb/convert.go numbers the others only).
 */
export function countOfStage(stage: StageProgress): number {
  const steps = [...stage.steps.values()];
  if (stage.count === undefined) return steps.length;
  const replaced = stage.fromImage && !steps.some((step) => step.name.startsWith('FROM '));
  return Math.max(steps.length, stage.count - (replaced ? 1 : 0));
}

/** `2/5, 1 cached` on the way, `5 steps` when done, `cached` when all was; nothing before the first. */
export function countsOfStage(stage: StageProgress): string {
  const steps = [...stage.steps.values()];
  if (steps.length === 0) return '';
  const done = stateOfStage(stage) === 'done';
  const cached = steps.filter((step) => step.state === 'cached').length;
  if (done && cached === steps.length) return 'cached';
  const ended = steps.filter((step) => step.state !== 'running').length;
  const counts = done ? stepCount(ended) : `${String(ended)}/${String(countOfStage(stage))}`;
  return cached === 0 ? counts : `${counts}, ${String(cached)} cached`;
}

export function stepCount(count: number): string {
  return count === 1 ? '1 step' : `${String(count)} steps`;
}

/** Milliseconds from the start of its first step to the end of its last, or to now. */
export function timeOfStage(stage: StageProgress, now: number): number | undefined {
  const steps = [...stage.steps.values()].filter((step) => step.state !== 'cached');
  if (steps.length === 0) return undefined;
  const start = Math.min(...steps.map((step) => step.startedAt));
  const end = Math.max(
    ...steps.map((step) => (step.state === 'running' ? now : step.startedAt + step.durationMs)),
  );
  return end - start;
}
