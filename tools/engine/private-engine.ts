import {chmod, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {native, foreign} from './architecture.ts';
import {NODE_NUMBERS, nodeName, nodeSpec} from './buildkit-nodes.ts';
import {ensureBuilders, remoteDriver, removeBuilders} from './builders.ts';
import type {Reporter} from './console.ts';
import {ensureDaemon, stopDaemon} from './daemons.ts';
import {writeDockerConfig} from './docker-config.ts';
import {DOCKERD, dockerdSpec} from './dockerd.ts';
import {registerEmulator, unregisterEmulator} from './emulation.ts';
import {EngineError} from './errors.ts';
import {link} from './files.ts';
import {claimMachine, releaseMachine, withMachine} from './machine.ts';
import {ecrApiAddress, MOTO_DAEMON, motoSpec, provisionMoto} from './moto.ts';
import {ensureBridge, removeBridge} from './network.ts';
import type {EnginePaths} from './paths.ts';
import {provisionBuildkitd} from './provision-buildkitd.ts';
import {provisionRootfs} from './provision-rootfs.ts';
import {provisionCompose, provisionTools, toolsIn} from './provision-tools.ts';
import type {Tools} from './provision-tools.ts';
import {ensurePassword, REGISTRY_KINDS, registryName, registrySpec} from './registries.ts';
import {attempt, onPath} from './shell.ts';
import {ensureStandIns} from './stand-in-images.ts';
import {STAND_INS} from './stand-ins.ts';
import {writeState} from './state.ts';
import type {EngineState} from './state.ts';
import {cgroupParent, clearCgroup, killMarked, marker, unmountBelow} from './sweep.ts';
import {engineVariables} from './variables.ts';

/**
 * Brings up an engine of this clone's own: everything that runs is unpacked or built into the cache,
 * nothing is installed. Each step looks first and does only what is missing.
 */
export async function upPrivate(
  paths: EnginePaths,
  given: EngineState,
  report: Reporter,
): Promise<EngineState> {
  await checkMachine();
  const tools = await provisionTools(paths, report);
  await claimMachine(paths, given.runtime, tools, report);
  // The longest part first, beside everything that does not need it.
  const buildkitd = provisionBuildkitd(paths, report);
  buildkitd.catch(() => undefined);

  await mkdir(given.runtime, {recursive: true, mode: 0o700});
  await chmod(given.runtime, 0o700);
  const bridge = await withMachine(report, () => ensureBridge(paths.id, tools, report));
  let state: EngineState = {...given, network: bridge === undefined ? 'host' : 'bridge'};
  await link(join(paths.bin, 'docker'), tools.docker);
  await writeDockerConfig(paths, {
    buildx: join(tools.pluginFolder, 'docker-buildx'),
    compose: await provisionCompose(paths, report),
  });
  await withMachine(report, () => registerEmulator(tools));
  await ensurePassword(paths);
  await startDaemons(paths, tools, state, bridge, report);
  const moto = provisionMoto(paths, report);
  moto.catch(() => undefined);

  // Emulated, it takes long and uses one core; the build of BuildKit uses the other.
  const foreignRootfs = STAND_INS.some(({recipe}) => recipe === 'python')
    ? provisionRootfs(paths, tools, foreign(), report)
    : Promise.resolve('');
  foreignRootfs.catch(() => undefined);

  const binary = await buildkitd;
  state = {...state, buildkit: binary !== undefined};
  await writeState(paths, state);
  const env = {...process.env, ...engineVariables(paths, state)};
  if (binary === undefined) {
    await removeBuilders(paths);
  } else {
    for (const number of NODE_NUMBERS) {
      const spec = await nodeSpec(paths, tools, state, binary, number);
      await started(report, `BuildKit node ${number}`, () => ensureDaemon(paths, state, spec));
    }
    await ensureBuilders(paths, remoteDriver(state), tools.docker, env);
  }

  const ecr = motoSpec(state, await moto);
  await started(report, `ECR API on ${ecrApiAddress(state)}`, () =>
    ensureDaemon(paths, state, ecr),
  );

  await ensureStandIns({
    ...{paths, state, report, docker: tools.docker, env, tools},
    rootfs: (architecture) =>
      architecture === native()
        ? provisionRootfs(paths, tools, architecture, report)
        : foreignRootfs,
  });
  return state;
}

async function startDaemons(
  paths: EnginePaths,
  tools: Tools,
  state: EngineState,
  bridge: Awaited<ReturnType<typeof ensureBridge>>,
  report: Reporter,
): Promise<void> {
  const docker = await dockerdSpec(paths, tools, state, bridge);
  await started(report, 'docker daemon', () => ensureDaemon(paths, state, docker));
  for (const kind of REGISTRY_KINDS) {
    const spec = await registrySpec(paths, tools, state, kind);
    await started(report, `registry (${kind}) on 127.0.0.1:${state.ports[kind]}`, () =>
      ensureDaemon(paths, state, spec),
    );
  }
}

/** Says so only when something was started: `up` on a running engine is silent. */
async function started(
  report: Reporter,
  title: string,
  ensure: () => Promise<boolean>,
): Promise<void> {
  const began = performance.now();
  if (await ensure()) {
    report.note(`${title} started (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
  }
}

async function checkMachine(): Promise<void> {
  if (process.platform !== 'linux') {
    throw new EngineError('a private engine runs on Linux only', {
      remedy: 'install Docker Desktop (or another docker with buildx 0.22 or newer) and start it',
    });
  }
  if (process.getuid?.() !== 0) {
    throw new EngineError('a private engine needs root', {
      reason: 'it mounts file systems and runs containers',
      remedy: "start docker on this machine, or run 'npm run engine -- up' as root",
    });
  }
  for (const program of ['apt-get', 'dpkg-deb', 'ip', 'mount', 'tar']) {
    if (!(await onPath(program))) {
      throw new EngineError(`a private engine needs the program ${program}`, {
        remedy: `install it (Debian: apt-get install ${program === 'ip' ? 'iproute2' : program})`,
      });
    }
  }
}

/**
 * Ends everything of this clone, also what an earlier crash left: daemons, containers, mounts,
 * network, emulation. The order matters: containers before the daemon that would restart them.
 */
export async function downPrivate(
  paths: EnginePaths,
  state: EngineState,
  report: Reporter,
): Promise<void> {
  const tools = toolsIn(paths);
  const env = {...process.env, ...engineVariables(paths, state)};
  const listed = await attempt(tools.docker, ['ps', '--quiet'], {env, timeoutMs: 5_000});
  const containers = listed.stdout.split('\n').filter((id) => id !== '');
  if (listed.code === 0 && containers.length > 0) {
    await attempt(tools.docker, ['kill', ...containers], {env, timeoutMs: 10_000});
  }
  await Promise.all(
    [...NODE_NUMBERS.map(nodeName), ...REGISTRY_KINDS.map(registryName), MOTO_DAEMON, DOCKERD].map(
      (name) => stopDaemon(paths, state, name),
    ),
  );
  await killMarked(marker(paths.id, ''));
  await clearCgroup(cgroupParent(paths.id));
  await unmountBelow([paths.engine, state.runtime]);
  await removeBridge(paths.id, tools);
  await releaseMachine(paths, report, unregisterEmulator);
  await rm(state.runtime, {recursive: true, force: true});
}
