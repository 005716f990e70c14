import {err, ok, type Result} from '../model/result.ts';
import type {Waiting} from '../ports/waiting.ts';
import {withRetries, type Retry, type RetryLimits} from '../publish/retry.ts';
import type {Observed, StepFailure, StepWork} from './release-step.ts';

export interface Settling {
  readonly waiting: Waiting;
  /** Ends the waiting, and no try is made afterwards. */
  readonly signal: AbortSignal;
  readonly onRetry: (retry: Retry) => void;
  readonly limits?: RetryLimits;
}

/** `detail`: what was done, or why it failed; '' when there was nothing to do. */
export interface SettledStep {
  readonly end: Result<'done' | 'unchanged', StepFailure>;
  readonly detail: string;
}

/**
 * Looks at a step, does what is missing, and looks again. What fails for a passing reason is tried again,
 * and what fails for a login that has expired once more with a new one.
 */
export async function settleStep(work: StepWork, settling: Settling): Promise<SettledStep> {
  let detail = '';
  let tries = 0;
  const end = await withRetries({
    ...settling,
    async attempt(number) {
      tries = number;
      const {end: once, will} = await doOnce(work);
      if (will !== '') detail = will;
      if (once.ok) return once;
      const {registry, message} = once.error;
      return err({...once.error, kind: 'step', because: message, ...registry});
    },
    repair: (failure) => work.repair?.(failure) ?? Promise.resolve(false),
  });
  if (!end.ok) {
    const {message, remedy, passing} = end.error;
    const tried = tries === 1 ? message : `${message} (tried ${tries} times)`;
    return {end: err({message: tried, remedy, passing}), detail: tried};
  }
  // What a lost answer had done already was done by this run all the same.
  return detail === '' ? {end, detail} : {end: ok('done'), detail};
}

/** What was reported as failed may have been done: the look afterwards tells. */
async function doOnce(
  work: StepWork,
): Promise<{readonly end: SettledStep['end']; readonly will: string}> {
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
