import {nodeFiles} from '../adapters/node-files.ts';
import type {InvalidMatrix} from '../events/failure.ts';
import type {PlanInputs} from '../inputs/judge-plan.ts';
import {targetIdOf} from '../model/target-id.ts';
import {missingSecrets} from '../plan/missing-secrets.ts';
import {folderOf} from '../plan/paths.ts';
import type {Environment} from './options.ts';
import type {PreparedPlan} from './prepare-plan.ts';

/** What the targets that will be built lack of their secrets; null when nothing. */
export async function checkSecrets(
  {plan, secrets, locate}: PreparedPlan,
  inputs: PlanInputs,
  variables: Environment,
): Promise<InvalidMatrix | null> {
  const places = {files: nodeFiles, variables, root: folderOf(plan.matrixFile)};
  const built = new Set(plan.targets.map(targetIdOf));
  const chosen = [...secrets].filter(([target]) => built.has(target));
  const missing = await missingSecrets(
    chosen.flatMap(([, own]) => own),
    places,
    locate,
  );
  if (missing === null) return null;
  // Only now are registries asked, which most runs need not wait for here.
  const decided = await Promise.all(
    chosen.map(async ([target, own]) =>
      (await inputs.decide(target)).kind === 'build' ? own : [],
    ),
  );
  return missingSecrets(decided.flat(), places, locate);
}
