import type {Interrupted, ReleaseStopped} from '../events/failure.ts';
import type {ReleaseEvent} from '../events/release-event.ts';
import {err, ok, unreachable, type Result} from '../model/result.ts';
import type {Clock} from '../ports/clock.ts';
import type {Waiting} from '../ports/waiting.ts';
import type {RetryLimits} from '../publish/retry.ts';
import type {ReleasePlan, ReleaseStep} from './release-plan.ts';
import type {Observed, StepFailure, StepWork} from './release-step.ts';
import {settleStep} from './settle-step.ts';

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
  /** Aborts with an `Interrupted` as reason. */
  readonly signal: AbortSignal;
  readonly limits?: RetryLimits;
}

/**
 * Does what is missing, stage by stage. Each step is looked at again before it is done and afterwards; one
 * that fails for a passing reason is tried again. A failure ends the run after its stage, in which nothing
 * more is asked of a place that is ill.
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
    const ill = new Set<string>();
    for (const {step, work} of stage) {
      const place = placeOf(step);
      if (ill.has(place)) continue;
      if (isStopped(signal)) {
        finish('stopped');
        return err(signal.reason as Interrupted);
      }
      emit({type: 'release-step-started', at: clock.now(), step: step.id});
      const {end, detail} = await settleStep(work, {
        ...run,
        onRetry({because, delayMs}) {
          const at = clock.now();
          emit({type: 'release-step-retried', at, step: step.id, because, delayMs});
        },
      });
      const outcome = end.ok ? end.value : 'failed';
      emit({type: 'release-step-finished', at: clock.now(), step: step.id, outcome, detail});
      changed ||= end.ok && end.value === 'done';
      if (end.ok) done += 1;
      else {
        if (end.error.passing || place === gitHub) ill.add(place);
        problems.push({step: step.id, message: end.error.message, remedy: end.error.remedy});
      }
    }
    if (problems.length > 0) {
      finish('stopped');
      // What was ended in the middle of a step has failed for no other reason.
      if (isStopped(signal)) return err(signal.reason as Interrupted);
      return err({reason: 'release-stopped', version, problems, done, of: steps.length});
    }
  }
  finish(changed ? 'released' : 'unchanged');
  return ok(undefined);
}

const gitHub = 'GitHub';

/** Where a step works: the host of a registry, the git remote, or GitHub. */
function placeOf(step: ReleaseStep): string {
  switch (step.kind) {
    case 'exact-tags':
    case 'moving-tags':
      return (step.references[0] ?? '').split('/', 1)[0] ?? '';
    case 'git-tag':
      return step.remote;
    case 'github-draft':
    case 'github-asset':
    case 'github-publish':
      return gitHub;
    default:
      return unreachable(step);
  }
}

function stagesOf(steps: readonly WorkedStep[]): readonly (readonly WorkedStep[])[] {
  const stages: WorkedStep[][] = [];
  for (const one of steps) (stages[one.step.stage] ??= []).push(one);
  return stages.filter((stage) => stage.length > 0);
}

/** A function, since the compiler takes a property that was false once for false ever after. */
const isStopped = (signal: AbortSignal): boolean => signal.aborted;
