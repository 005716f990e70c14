import {foreign} from './architecture.ts';
import {BUILDERS, DOCKER_DRIVER, PLATFORMS} from './builders.ts';
import {emulator} from './emulation.ts';
import {messageOf} from './errors.ts';
import {enginePaths} from './paths.ts';
import type {EnginePaths} from './paths.ts';
import {ecrApiAddress, motoAnswers} from './moto.ts';
import {REGISTRY_KINDS, registryAddress, registryAnswers} from './registries.ts';
import {attempt, lastLines} from './shell.ts';
import {missingStandIns} from './stand-in-images.ts';
import {STAND_INS} from './stand-ins.ts';
import {readState} from './state.ts';
import type {EngineState} from './state.ts';
import {engineVariables} from './variables.ts';

/** One thing that has to work. */
export interface Part {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Status {
  readonly ok: boolean;
  readonly kind: EngineState['kind'] | 'none';
  readonly parts: readonly Part[];
}

const UP = "run 'npm run engine -- up'";

/** Looks at every part of the engine; changes nothing. */
export async function status(root: string): Promise<Status> {
  const paths = enginePaths(root);
  const state = await readState(paths);
  if (state === undefined) {
    return {
      ok: false,
      kind: 'none',
      parts: [{name: 'engine', ok: false, detail: `none yet; ${UP}`}],
    };
  }
  const env = {...process.env, ...engineVariables(paths, state)};
  const found = await Promise.all([
    docker(env),
    builders(state, env),
    registries(state),
    ecrApi(state),
    emulation(state),
    standIns(paths, state),
  ]);
  const parts = found.flat();
  return {ok: parts.every(({ok}) => ok), kind: state.kind, parts};
}

async function docker(env: NodeJS.ProcessEnv): Promise<readonly Part[]> {
  const format = '{{.Client.Version}} {{.Server.Version}}';
  const [version, buildx] = await Promise.all([
    attempt('docker', ['version', '--format', format], {env, timeoutMs: 10_000}),
    attempt('docker', ['buildx', 'version'], {env, timeoutMs: 10_000}),
  ]);
  const [client, server] = version.stdout.trim().split(' ');
  return [
    {
      name: 'docker daemon',
      ok: version.code === 0,
      detail:
        version.code === 0
          ? `${server ?? '?'} (client ${client ?? '?'}) at ${env['DOCKER_HOST'] ?? ''}`
          : `${lastLines(version.stderr, 1)}; ${UP}`,
    },
    {
      name: 'buildx',
      ok: buildx.code === 0,
      detail:
        buildx.code === 0 ? (buildx.stdout.split(' ')[1] ?? '?') : lastLines(buildx.stderr, 1),
    },
  ];
}

interface BuilderLine {
  readonly Name: string;
  readonly Driver: string;
  readonly Nodes: readonly {
    readonly Status?: string;
    readonly Err?: string;
    readonly Version?: string;
    readonly Platforms?: readonly string[];
  }[];
}

async function builders(state: EngineState, env: NodeJS.ProcessEnv): Promise<readonly Part[]> {
  const listed = await attempt('docker', ['buildx', 'ls', '--format', 'json'], {
    env,
    timeoutMs: 30_000,
  });
  const lines = listed.stdout.split('\n').filter((line) => line.startsWith('{'));
  const known = lines.map((line) => JSON.parse(line) as BuilderLine);
  const wanted = [...BUILDERS.map(({name}) => name), DOCKER_DRIVER];
  return wanted.map((name) => {
    const builder = known.find((one) => one.Name === name);
    if (builder === undefined) {
      const why = state.buildkit
        ? UP
        : 'BuildKit was not built (no Go?); the docker driver serves alone';
      return {name: `builder ${name}`, ok: false, detail: `missing; ${why}`};
    }
    const platforms = new Set(builder.Nodes.flatMap(({Platforms}) => Platforms ?? []));
    const lacking = PLATFORMS.filter((platform) => !platforms.has(platform));
    const down = builder.Nodes.find(({Status: status}) => status !== 'running');
    const versions = [...new Set(builder.Nodes.map(({Version}) => Version ?? '?'))].join(', ');
    return {
      name: `builder ${name}`,
      ok: down === undefined && lacking.length === 0,
      detail:
        down !== undefined
          ? `node ${down.Status ?? 'unknown'}: ${down.Err ?? 'no answer'}; ${UP}`
          : lacking.length > 0
            ? `lacks ${lacking.join(', ')}; ${UP}`
            : `${builder.Driver} ${versions}, ${builder.Nodes.length} node(s): ${PLATFORMS.join(', ')}`,
    };
  });
}

async function registries(state: EngineState): Promise<readonly Part[]> {
  return Promise.all(
    REGISTRY_KINDS.map(async (kind) => {
      const ok = await registryAnswers(state, kind);
      const address = registryAddress(state, kind);
      return {name: `registry (${kind})`, ok, detail: ok ? address : `${address} is silent; ${UP}`};
    }),
  );
}

async function ecrApi(state: EngineState): Promise<readonly Part[]> {
  const ok = await motoAnswers(state);
  const address = ecrApiAddress(state);
  return [{name: 'ECR API', ok, detail: ok ? address : `${address} is silent; ${UP}`}];
}

async function emulation(state: EngineState): Promise<readonly Part[]> {
  if (state.kind === 'host') {
    // It lives in docker's kernel, which need not be this one; the builders' platforms tell.
    return [];
  }
  const entry = await emulator(foreign());
  const name = `emulation of ${foreign()}`;
  return [
    {
      name,
      ok: entry !== undefined,
      detail: entry === undefined ? `missing; ${UP}` : `binfmt_misc ${entry}`,
    },
  ];
}

async function standIns(paths: EnginePaths, state: EngineState): Promise<readonly Part[]> {
  let missing: readonly string[];
  try {
    missing = await missingStandIns(paths, state);
  } catch (error) {
    return [{name: 'stand-in images', ok: false, detail: messageOf(error)}];
  }
  return STAND_INS.map(({name, platforms}) => ({
    name: `image ${name}`,
    ok: !missing.includes(name),
    detail: missing.includes(name) ? `missing; ${UP}` : platforms.join(', '),
  }));
}
