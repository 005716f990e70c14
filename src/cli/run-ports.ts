import {createBuildRecordImages} from '../adapters/build-record-images.ts';
import {createRegistryImages, type RegistryAccess} from '../adapters/http-images.ts';
import {createRegistryCheck} from '../adapters/http-registry-check.ts';
import {createRegistryProbe} from '../adapters/http-registry-probe.ts';
import {createTagWriter} from '../adapters/http-tag-writer.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {nodeHost} from '../adapters/node-host.ts';
import {createLayoutImages} from '../adapters/oci-layout-images.ts';
import {systemClock} from '../adapters/system-clock.ts';
import {systemWaiting} from '../adapters/system-waiting.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import type {Images} from '../ports/images.ts';
import type {TagDigests} from '../ports/tag-digests.ts';
import {plainHttpHost} from '../plan/registry-prefixes.ts';
import {noLogins} from '../ports/logins.ts';
import type {Processes} from '../ports/processes.ts';
import type {PullLimit, RegistryCheck} from '../ports/registry-check.ts';
import type {RunPorts} from '../run/run-ports.ts';
import {dockerConfigFolder} from './docker-config-folder.ts';
import type {Environment} from './options.ts';

/** A registry that is busy for a while is not given up. */
const patience = [300, 1500, 4000, 8000];

export interface OpenedPorts extends RunPorts {
  /** Images that may be there already: a registry that cannot be reached is not waited for. */
  readonly lookups: Images;
  /** What tags of base images mean now. */
  readonly tags: TagDigests;
  /** Ends the connections to builders, for which the process would wait. */
  readonly close: () => void;
}

/** The ports of a run on the real thing. */
export function openRunPorts(
  processes: Processes,
  environment: Environment,
  matrix: Pick<MatrixFile, 'registries'>,
  onPulls?: (pulls: PullLimit) => void,
): OpenedPorts {
  const registries = registryAccess(processes, environment, matrix);
  const patient = {
    ...{...registries, retryAfterMs: patience},
    ...(onPulls === undefined ? {} : {onPulls}),
  };
  const load = createBuildRecordImages(processes);
  return {
    processes,
    close: () => {
      load.close();
    },
    files: nodeFiles,
    clock: systemClock,
    host: nodeHost,
    logins: noLogins,
    images: {
      push: createRegistryImages(patient),
      load,
      oci: createLayoutImages(nodeFiles),
    },
    lookups: createRegistryImages({...patient, unreachableAfterMs: [300]}),
    probe: createRegistryProbe(registries),
    writer: createTagWriter(registries),
    waiting: systemWaiting,
    // Without an answer the target is built, which needs the registry more.
    tags: createRegistryImages({...registries, retryAfterMs: [300]}),
  };
}

/** Asks registries with the logins of the user's docker. */
export function openRegistryCheck(
  processes: Processes,
  environment: Environment,
  matrix: Pick<MatrixFile, 'registries'>,
): RegistryCheck {
  return createRegistryCheck(registryAccess(processes, environment, matrix));
}

/** How registries are reached: as the user's own docker does, and without TLS where the file says so. */
export function registryAccess(
  processes: Processes,
  environment: Environment,
  matrix: Pick<MatrixFile, 'registries'>,
): RegistryAccess {
  return {
    processes,
    files: nodeFiles,
    dockerConfig: dockerConfigFolder(environment),
    dockerAuthConfig: environment['DOCKER_AUTH_CONFIG'],
    insecureHosts: insecureHosts(matrix),
  };
}

/** Registries of which the file says that they have no TLS. */
function insecureHosts({registries}: Pick<MatrixFile, 'registries'>): readonly string[] {
  return Object.values(registries ?? {}).flatMap((registry) => plainHttpHost(registry) ?? []);
}
