import type {Failure} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {BuildPlan} from '../plan/build-plan.ts';
import type {EarlierRequest} from '../sizes/earlier-sizes.ts';
import {isPrevious} from '../sizes/is-previous.ts';
import {readEarlier} from './read-earlier.ts';
import {recordToCome} from './record-to-come.ts';

/**
 * Looks for what `build --against` names before anything is built: a name that means nothing is a
 * mistake of the command line. That there is no run before this one is none, and a registry that
 * cannot be asked now may be asked later.
 */
export async function checkAgainst(
  request: Omit<EarlierRequest, 'files' | 'git' | 'unpack' | 'current'> & {
    readonly plan: BuildPlan;
    readonly runId: string;
  },
): Promise<Result<void, Failure>> {
  const {against, plan, runId} = request;
  if (isPrevious(against)) return ok(undefined);
  const earlier = await readEarlier({
    ...request,
    current: recordToCome(plan, runId),
    readsFar: false,
  });
  if (earlier.ok) return ok(undefined);
  if (earlier.error.reason !== 'file-unusable') return earlier;
  const {path, message} = earlier.error;
  return err({
    reason: 'invalid-usage',
    message: `--against ${against}: ${path}: ${message}`,
    remedy: 'name a record that can be read, an image, or a git revision',
  });
}
