import {createAwsEcr} from '../adapters/aws-ecr.ts';
import {systemClock} from '../adapters/system-clock.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import type {Locate} from '../plan/findings.ts';
import type {Publication} from '../plan/publication.ts';
import type {Logins} from '../ports/logins.ts';
import type {Processes} from '../ports/processes.ts';
import {createLogins} from '../registries/logins.ts';
import {placesOf} from '../registries/registry-places.ts';
import type {Environment} from './options.ts';
import {openRegistryCheck} from './run-ports.ts';

/** Logins to the registries in which these publications move tags. Nobody is asked before `ensure`. */
export function openLogins(
  publications: readonly Publication[],
  {
    matrix,
    locate,
    processes,
    environment,
  }: {
    readonly matrix: Pick<MatrixFile, 'registries'>;
    /** Where values stand in matrix.yml. */
    readonly locate: Locate;
    readonly processes: Processes;
    readonly environment: Environment;
  },
): Logins {
  const references = publications.flatMap((one) => (one.kind === 'tags' ? one.references : []));
  return createLogins(
    placesOf(references, matrix.registries ?? {}),
    {
      ecr: createAwsEcr(),
      check: openRegistryCheck(processes, environment, matrix),
      ...{processes, clock: systemClock},
    },
    locate,
  );
}
