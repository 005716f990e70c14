import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {foreign} from './architecture.ts';
import {registryToml} from './buildkit-nodes.ts';
import {BUILDERS, ensureBuilders} from './builders.ts';
import type {NodeDriver} from './builders.ts';
import type {Reporter} from './console.ts';
import {hostDocker} from './detect.ts';
import {writeDockerConfig} from './docker-config.ts';
import {EngineError} from './errors.ts';
import {writeAtomic} from './files.ts';
import {MOTO_DAEMON, motoAnswers} from './moto.ts';
import type {EnginePaths} from './paths.ts';
import {HOST_IMAGES} from './pins.ts';
import {until} from './alive.ts';
import {ensurePassword, REGISTRY_KINDS, registryAnswers} from './registries.ts';
import {attempt, run} from './shell.ts';
import {ensureStandIns} from './stand-in-images.ts';
import {AUTH_USER, writeState} from './state.ts';
import type {EngineState} from './state.ts';
import {engineVariables} from './variables.ts';

/** A program that listens on 127.0.0.1, in a container on the machine's own docker. */
interface Service {
  /** Carries the clone's id, so that clones do not meet. */
  readonly container: string;
  readonly port: number;
  readonly innerPort: number;
  readonly image: string;
  /** For `docker run`. */
  readonly options: readonly string[];
  answers(): Promise<boolean>;
}

function services(paths: EnginePaths, state: EngineState): readonly Service[] {
  return [
    ...REGISTRY_KINDS.map((kind) => ({
      container: `bm-${paths.id}-registry-${kind}`,
      port: state.ports[kind],
      innerPort: 5000,
      image: HOST_IMAGES.registry,
      options: [
        ...['--env', 'REGISTRY_STORAGE_DELETE_ENABLED=true'],
        ...(kind === 'auth' ? authOptions(paths) : []),
      ],
      answers: () => registryAnswers(state, kind),
    })),
    {
      container: `bm-${paths.id}-${MOTO_DAEMON}`,
      port: state.ports.ecr,
      innerPort: 5000,
      image: HOST_IMAGES.moto,
      options: [],
      answers: () => motoAnswers(state),
    },
  ];
}

/** buildx refuses two nodes with one address, so the second goes by a second name of the daemon. */
const SECOND_CONTEXT = 'bm-second';

/** BuildKit in containers that buildx keeps; the node's name becomes the container's. */
function containerDriver(paths: EnginePaths, configuration: string): NodeDriver {
  return {
    driver: 'docker-container',
    options: [
      ...['--driver-opt', `image=${HOST_IMAGES.buildkit}`],
      // The registries listen on the host's 127.0.0.1.
      ...['--driver-opt', 'network=host'],
      ...['--buildkitd-config', configuration],
      ...['--buildkitd-flags', '--allow-insecure-entitlement network.host'],
    ],
    endpoint: (node) => (node === 1 ? undefined : SECOND_CONTEXT),
    nodeName: (builder, node) => `bm-${paths.id}-${builder}-${node}`,
  };
}

/** Uses the docker that the machine has: registries and BuildKit nodes become containers of it. */
export async function upHost(
  paths: EnginePaths,
  given: EngineState,
  report: Reporter,
): Promise<EngineState> {
  const found = await hostDocker();
  if (typeof found === 'string') {
    throw new EngineError("this machine's docker does not serve", {
      reason: found,
      remedy:
        "start docker, or run 'down --purge' and 'up --kind private' for an engine of our own",
    });
  }
  const state: EngineState = {...given, dockerHost: found.host, buildkit: true, network: 'bridge'};
  await writeState(paths, state);
  await writeDockerConfig(paths, found.plugins);
  const env = {...process.env, ...engineVariables(paths, state)};

  await ensurePassword(paths);
  for (const service of services(paths, state)) {
    await ensureService(service, env);
  }
  const configuration = join(paths.engine, 'buildkitd.toml');
  await writeAtomic(configuration, registryToml(state));
  await ensureEmulation(env, report);
  const known = await attempt('docker', ['context', 'inspect', SECOND_CONTEXT], {env});
  if (known.code !== 0) {
    await run('docker', ['context', 'create', SECOND_CONTEXT, '--docker', `host=${found.host}`], {
      env,
    });
  }
  const driver = containerDriver(paths, configuration);
  await ensureBuilders(paths, driver, 'docker', env);
  for (const {name} of BUILDERS) {
    await run('docker', ['buildx', 'inspect', '--bootstrap', name], {env});
  }
  await ensureStandIns({
    ...{paths, state, report, docker: 'docker', env},
    tools: undefined,
    rootfs: () => Promise.reject(new Error('the real images are the base here')),
  });
  return state;
}

async function ensureService(service: Service, env: NodeJS.ProcessEnv): Promise<void> {
  const {container} = service;
  if (await service.answers()) {
    return;
  }
  const started = await attempt('docker', ['start', container], {env});
  if (started.code !== 0 || !(await until(() => service.answers(), 5_000))) {
    const address = `127.0.0.1:${service.port}:${service.innerPort}`;
    await attempt('docker', ['rm', '--force', container], {env});
    await run(
      'docker',
      [
        ...['run', '--detach', '--name', container, '--publish', address],
        ...service.options,
        service.image,
      ],
      {env},
    );
  }
  if (!(await until(() => service.answers(), 20_000))) {
    throw new EngineError(`the container ${container} does not answer`, {
      reason: (await attempt('docker', ['logs', '--tail', '5', container], {env})).stderr,
      remedy: `see 'docker logs ${container}'`,
    });
  }
}

function authOptions(paths: EnginePaths): readonly string[] {
  return [
    ...['--volume', `${paths.auth.htpasswd}:/auth/htpasswd:ro`],
    ...['--env', 'REGISTRY_AUTH=htpasswd', '--env', 'REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd'],
    ...['--env', `REGISTRY_AUTH_HTPASSWD_REALM=${AUTH_USER} engine`],
  ];
}

/** Registered in the kernel of the docker host; lasts until it reboots, as docker's own set-up does. */
async function ensureEmulation(env: NodeJS.ProcessEnv, report: Reporter): Promise<void> {
  const architecture = foreign();
  const inspected = await attempt('docker', ['buildx', 'inspect', 'default'], {env});
  if (inspected.stdout.includes(`linux/${architecture}`)) {
    return;
  }
  await report.step(`emulation of ${architecture} (${HOST_IMAGES.binfmt})`, () =>
    run('docker', ['run', '--rm', '--privileged', HOST_IMAGES.binfmt, '--install', architecture], {
      env,
    }),
  );
}

/** Removes the containers, volumes and builders of this clone; the machine's docker runs on. */
export async function downHost(paths: EnginePaths, state: EngineState): Promise<void> {
  const env = {...process.env, ...engineVariables(paths, state)};
  for (const {name} of BUILDERS) {
    await attempt('docker', ['buildx', 'rm', '--keep-state', name], {env});
  }
  for (const {container} of services(paths, state)) {
    await attempt('docker', ['stop', '--time', '2', container], {env});
  }
}

/** What `down` keeps for a quick next `up`. */
export async function purgeHost(paths: EnginePaths, state: EngineState): Promise<void> {
  const env = {...process.env, ...engineVariables(paths, state)};
  for (const {container} of services(paths, state)) {
    await attempt('docker', ['rm', '--force', '--volumes', container], {env});
  }
  const listed = await attempt(
    'docker',
    ['volume', 'ls', '--quiet', '--filter', `name=buildx_buildkit_bm-${paths.id}-`],
    {env},
  );
  for (const volume of listed.stdout.split('\n').filter((name) => name !== '')) {
    await attempt('docker', ['volume', 'rm', volume], {env});
  }
  await rm(paths.buildxConfig, {recursive: true, force: true});
}
