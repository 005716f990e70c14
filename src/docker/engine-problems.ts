import type {EngineUnusable} from '../events/failure.ts';

/** Sentences for what can be wrong with docker, buildx or a builder, each with what to do. */

export function dockerMissing(): EngineUnusable {
  return unusable(
    'docker-missing',
    'docker was not found on PATH',
    'install Docker with the buildx plugin: https://docs.docker.com/engine/install/',
  );
}

export function buildxMissing(): EngineUnusable {
  return unusable(
    'buildx-missing',
    'docker has no buildx plugin',
    'install it (the package is docker-buildx-plugin or docker-buildx), or see https://github.com/docker/buildx#installing',
  );
}

/** `because` is what it lacks, as the end of a sentence. */
export function buildxTooOld(version: string, least: string, because: string): EngineUnusable {
  return unusable(
    'buildx-too-old',
    `buildx ${version} is too old: ${because}`,
    `update buildx to ${least} or newer`,
  );
}

/**
 * `isCurrent`: nobody asked for it by name. The current builder can only be missing when BUILDX_BUILDER
 * names it: of one that was chosen with `docker buildx use` buildx makes sure that it exists.
 */
export function builderMissing(name: string, isCurrent: boolean): EngineUnusable {
  return unusable(
    'builder-missing',
    `there is no builder ${name}${isCurrent ? ', which BUILDX_BUILDER names' : ''}`,
    `make it with \`docker buildx create --name ${name}\`, or choose one of \`docker buildx ls\``,
  );
}

/** `cause` is what docker or buildx said. */
export function daemonUnreachable(cause: string): EngineUnusable {
  return unusable(
    'daemon-unreachable',
    cause,
    /permission denied/iu.test(cause)
      ? 'join the group that may use docker (`sudo usermod -aG docker $USER`, then log in again)'
      : 'start Docker, or check DOCKER_HOST and `docker context ls`',
  );
}

export function builderUnreachable(name: string, cause: string): EngineUnusable {
  return unusable(
    'builder-unreachable',
    `builder ${name} cannot be reached: ${cause}`,
    `look at \`docker buildx inspect ${name} --bootstrap\``,
  );
}

/** A builder that is made by the run, at `endpoint`. */
export function endpointUnusable(endpoint: string, cause: string): EngineUnusable {
  const host = /^ssh:\/\/([^/:@]+)\/?$/u.exec(endpoint)?.[1];
  // With a user or a port ssh takes the whole of it.
  const ssh = host ?? (endpoint.startsWith('ssh://') ? endpoint : undefined);
  return unusable(
    'builder-unreachable',
    `the builder at ${endpoint} cannot be used: ${cause}`,
    ssh === undefined
      ? 'check that it runs, and the `endpoint`, `driver` and `options` (certificates with their whole paths) of its entry under `builders`'
      : `check \`ssh ${ssh} docker version\`, and the \`endpoint\` under \`builders\``,
  );
}

export function builderLacksPlatform(
  name: string,
  missing: readonly string[],
  held: readonly string[],
  targets: readonly string[],
): EngineUnusable {
  const architectures = missing.map((platform) => platform.split('/')[1] ?? platform);
  return unusable(
    'builder-lacks-platform',
    `builder ${name} cannot build ${missing.join(', ')} (for ${targets.join(', ')}); it builds ${held.join(', ')}`,
    `add emulation with \`docker run --privileged --rm tonistiigi/binfmt --install ${[...new Set(architectures)].join(',')}\`, or a native node with \`docker buildx create --append --name ${name} ssh://HOST\``,
  );
}

/** `what` is what the docker driver cannot do without the containerd image store. */
export function needsContainerdStore(
  problem: 'builder-lacks-platform' | 'builder-lacks-output',
  name: string,
  what: string,
): EngineUnusable {
  return unusable(
    problem,
    `builder ${name} uses the docker driver without the containerd image store, which cannot ${what}`,
    'turn the store on (`{"features": {"containerd-snapshotter": true}}` in daemon.json), or make another builder with `docker buildx create --use`',
  );
}

function unusable(
  problem: EngineUnusable['problem'],
  message: string,
  remedy: string,
): EngineUnusable {
  return {reason: 'engine-unusable', problem, message, remedy};
}
