import type {StageProgress} from './progress-state.ts';

export type StageState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

/** How a stage is doing, from its steps. */
export function stateOfStage(stage: StageProgress): StageState {
  const states = new Set([...stage.steps.values()].map((step) => step.state));
  if (states.size === 0) return 'waiting';
  if (states.has('failed')) return 'failed';
  if (states.has('running')) return 'running';
  if (states.has('cancelled')) return 'stopped';
  return isComplete(stage) ? 'done' : 'running';
}

/**
 * True when the last step of the stage has ended. Not every step need have run: BuildKit leaves out
 * those that the result does not need.
 */
function isComplete(stage: StageProgress): boolean {
  if (stage.count === undefined) return true;
  if (stage.steps.size >= stage.count) return true;
  return [...stage.steps.values()].some((step) => step.position === stage.count);
}

/** `3/5, 2 cached`, `cached` when all was, or nothing when it has not begun. */
export function countsOfStage(stage: StageProgress): string {
  const steps = [...stage.steps.values()];
  if (steps.length === 0) return '';
  const cached = steps.filter((step) => step.state === 'cached').length;
  const ended = steps.filter((step) => step.state !== 'running').length;
  const total = Math.max(stage.count ?? 0, steps.length);
  if (cached === steps.length && stateOfStage(stage) === 'done') return 'cached';
  const counts = stateOfStage(stage) === 'done' ? stepCount(ended) : `${String(ended)}/${String(total)}`;
  return cached === 0 ? counts : `${counts}, ${String(cached)} cached`;
}

function stepCount(count: number): string {
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
