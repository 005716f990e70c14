import {homedir} from 'node:os';
import {join} from 'node:path';

import {createBuildRecordImages} from '../adapters/build-record-images.ts';
import {createRegistryImages} from '../adapters/http-images.ts';
import {createRegistryProbe} from '../adapters/http-registry-probe.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {nodeHost} from '../adapters/node-host.ts';
import {createLayoutImages} from '../adapters/oci-layout-images.ts';
import {systemClock} from '../adapters/system-clock.ts';
import {systemWaiting} from '../adapters/system-waiting.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import type {TagDigests} from '../ports/tag-digests.ts';
import type {Processes} from '../ports/processes.ts';
import type {RunPorts} from '../run/run-ports.ts';
import type {Environment} from './options.ts';

export interface OpenedPorts extends RunPorts {
  /** What tags of base images mean now. */
  readonly tags: TagDigests;
}

/** The ports of a run on the real thing. */
export function openRunPorts(
  processes: Processes,
  environment: Environment,
  matrix: Pick<MatrixFile, 'registries'>,
): OpenedPorts {
  const registries = {
    processes,
    files: nodeFiles,
    dockerConfig: environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
    dockerAuthConfig: environment['DOCKER_AUTH_CONFIG'],
    insecureHosts: insecureHosts(matrix),
  };
  return {
    processes,
    files: nodeFiles,
    clock: systemClock,
    host: nodeHost,
    images: {
      push: createRegistryImages(registries),
      load: createBuildRecordImages(processes),
      oci: createLayoutImages(nodeFiles),
    },
    probe: createRegistryProbe(registries),
    waiting: systemWaiting,
    // Without an answer the target is built, which needs the registry more.
    tags: createRegistryImages({...registries, retryAfterMs: [300]}),
  };
}

/** Registries whose url says that they have no TLS. */
function insecureHosts(matrix: Pick<MatrixFile, 'registries'>): readonly string[] {
  return Object.values(matrix.registries ?? {}).flatMap((registry) =>
    registry.type === 'oci' && registry.url.startsWith('http://')
      ? // Not by `URL`, which drops a port that is the scheme's own and would change the host's name.
        [registry.url.slice('http://'.length).replace(/\/.*$/u, '')]
      : [],
  );
}
