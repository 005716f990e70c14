import type {Interrupted, ReleaseStopped} from '../events/failure.ts';
import type {ReleaseEvent} from '../events/release-event.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Clock} from '../ports/clock.ts';
import type {Waiting} from '../ports/waiting.ts';
import {withRetries, type RetryLimits} from '../publish/retry.ts';
import type {ReleasePlan, ReleaseStep} from './release-plan.ts';
import type {Observed, StepFailure, StepWork} from './release-step.ts';

/** A step of the plan with what does it. */
export interface WorkedStep {
  readonly step: ReleaseStep;
  readonly work: StepWork;
}

/** What was found of one step, or why it could not be looked at. */
export interface Inspection {
  readonly step: ReleaseStep;
  readonly found: Result<Observed, StepFailure>;
}

/** Looks at every step and changes nothing. */
export async function inspectSteps(steps: readonly WorkedStep[]): Promise<readonly Inspection[]> {
  const inspections: Inspection[] = [];
  // In order: later steps need what earlier ones have seen.
  for (const {step, work} of steps) inspections.push({step, found: await work.observe()});
  return inspections;
}

/** A problem of each step that can not be done as things are. */
export function problemsOf(
  inspections: readonly Inspection[],
): readonly {readonly message: string; readonly remedy: string}[] {
  return inspections.flatMap(({found}) => {
    if (!found.ok) return [{message: found.error.message, remedy: found.error.remedy}];
    if (found.value.state !== 'conflict') return [];
    return [{message: found.value.message, remedy: found.value.remedy}];
  });
}

export interface StepsRun {
  readonly plan: ReleasePlan;
  readonly steps: readonly WorkedStep[];
  readonly emit: (event: ReleaseEvent) => void;
  readonly clock: Clock;
  readonly waiting: Waiting;
  /** Aborts with an `Interrupted` as reason. No step is left half-done by it. */
  readonly signal: AbortSignal;
  readonly limits?: RetryLimits;
}

type StepEnd = Result<'done' | 'unchanged', StepFailure>;

/**
 * Does what is missing, stage by stage. Each step is looked at again before it is done and afterwards; one
 * that fails for a passing reason is tried again. A failure ends the run after its stage.
 */
export async function runSteps(run: StepsRun): Promise<Result<void, ReleaseStopped | Interrupted>> {
  const {plan, steps, emit, clock, signal} = run;
  const ids = steps.map(({step}) => step.id);
  const {version, commit} = plan;
  emit({type: 'release-started', at: clock.now(), version, commit, steps: ids});
  let changed = false;
  let done = 0;
  const finish = (outcome: 'released' | 'unchanged' | 'stopped'): void => {
    emit({type: 'release-finished', at: clock.now(), version, outcome});
  };
  for (const stage of stagesOf(steps)) {
    const problems: ReleaseStopped['problems'][number][] = [];
    for (const {step, work} of stage) {
      if (isStopped(signal)) {
        finish('stopped');
        return err(signal.reason as Interrupted);
      }
      emit({type: 'release-step-started', at: clock.now(), step: step.id});
      const {end, detail} = await runStep(step, work, run);
      const outcome = end.ok ? end.value : 'failed';
      emit({type: 'release-step-finished', at: clock.now(), step: step.id, outcome, detail});
      changed ||= end.ok && end.value === 'done';
      if (end.ok) done += 1;
      else problems.push({step: step.id, message: end.error.message, remedy: end.error.remedy});
    }
    if (problems.length > 0) {
      finish('stopped');
      return err({reason: 'release-stopped', version, problems, done, of: steps.length});
    }
  }
  finish(changed ? 'released' : 'unchanged');
  return ok(undefined);
}

function stagesOf(steps: readonly WorkedStep[]): readonly (readonly WorkedStep[])[] {
  const stages: WorkedStep[][] = [];
  for (const one of steps) (stages[one.step.stage] ??= []).push(one);
  return stages.filter((stage) => stage.length > 0);
}

/** A function, since the compiler takes a property that was false once for false ever after. */
const isStopped = (signal: AbortSignal): boolean => signal.aborted;

async function runStep(
  step: ReleaseStep,
  work: StepWork,
  {emit, clock, waiting, signal, limits}: StepsRun,
): Promise<{readonly end: StepEnd; readonly detail: string}> {
  let detail = '';
  const end = await withRetries({
    attempt: async () => {
      const attempt = await doOnce(work);
      if (attempt.will !== '') detail = attempt.will;
      return attempt.end.ok
        ? attempt.end
        : err({...attempt.end.error, kind: 'step', because: attempt.end.error.message});
    },
    onRetry: ({because, delayMs}) => {
      emit({type: 'release-step-retried', at: clock.now(), step: step.id, because, delayMs});
    },
    ...{waiting, signal},
    ...(limits === undefined ? {} : {limits}),
  });
  if (!end.ok) return {end, detail: end.error.message};
  // What a lost answer had done already was done by this run all the same.
  return detail === '' ? {end, detail} : {end: ok('done'), detail};
}

/** Looks, does what is missing, and looks again: what was reported as failed may have been done. */
async function doOnce(work: StepWork): Promise<{readonly end: StepEnd; readonly will: string}> {
  const before = await look(work);
  if (!before.ok) return {end: before, will: ''};
  if (before.value.state === 'right') return {end: ok('unchanged'), will: ''};
  const {will} = before.value;
  const performed = await work.perform();
  const after = await look(work);
  if (after.ok && after.value.state === 'right') return {end: ok('done'), will};
  if (!performed.ok) return {end: performed, will};
  if (!after.ok) return {end: after, will};
  const message = `it was done, and is not to be seen yet: ${will}`;
  const remedy = 'run the same command again: it goes on from here';
  return {end: err({message, remedy, passing: true}), will};
}

async function look(
  work: StepWork,
): Promise<Result<Exclude<Observed, {state: 'conflict'}>, StepFailure>> {
  const found = await work.observe();
  if (!found.ok) return found;
  if (found.value.state !== 'conflict') return ok(found.value);
  const {message, remedy} = found.value;
  return err({message, remedy, passing: false});
}
