import {createAwsEcr} from '../adapters/aws-ecr.ts';
import type {RegistryUnusable} from '../events/failure.ts';
import {ok, type Result} from '../model/result.ts';
import {folderOf} from '../plan/paths.ts';
import {noLogins} from '../ports/logins.ts';
import {prepareRegistries, type PreparedRegistries} from '../registries/prepare-registries.ts';
import type {RunPorts} from '../run/run-ports.ts';
import type {Environment} from './options.ts';
import type {PreparedPlan} from './prepare-plan.ts';
import {openRegistryCheck} from './run-ports.ts';

/** Has every registry that the plan pushes to ready before anything is built. */
export async function preparePush(
  {plan, matrix, locate}: Pick<PreparedPlan, 'plan' | 'matrix' | 'locate'>,
  ports: RunPorts,
  environment: Environment,
  facts: {readonly buildx: string | null; readonly signal: AbortSignal},
): Promise<Result<PreparedRegistries, RegistryUnusable>> {
  const pushes = plan.targets.flatMap(({output}) => (output.kind === 'push' ? [output] : []));
  if (pushes.length === 0) return ok({logins: noLogins, notices: []});
  const tags = plan.publications.flatMap((one) => (one.kind === 'tags' ? one.references : []));
  return prepareRegistries({
    ...facts,
    references: [...pushes.flatMap(({repositories}) => repositories), ...tags],
    copiedTo: new Set(pushes.flatMap(({repositories: [, ...others]}) => others)),
    registries: matrix.registries,
    locate,
    folder: folderOf(plan.matrixFile),
    ports: {
      processes: ports.processes,
      files: ports.files,
      clock: ports.clock,
      images: ports.images.push,
      ecr: createAwsEcr(),
      check: openRegistryCheck(ports.processes, environment, matrix),
    },
  });
}
