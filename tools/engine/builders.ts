import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {nodeSocket} from './buildkit-nodes.ts';
import type {NodeNumber} from './buildkit-nodes.ts';
import {readIfAny} from './files.ts';
import type {EnginePaths} from './paths.ts';
import {run} from './shell.ts';
import type {EngineState} from './state.ts';

export interface BuilderNode {
  readonly node: NodeNumber;
  readonly platforms: readonly string[];
}

export interface Builder {
  readonly name: string;
  readonly nodes: readonly BuilderNode[];
}

export const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const;

export const BUILDERS: readonly Builder[] = [
  {name: 'bm-one', nodes: [{node: 1, platforms: PLATFORMS}]},
  {name: 'bm-two', nodes: [{node: 2, platforms: PLATFORMS}]},
  {
    name: 'bm-nodes',
    nodes: [
      {node: 1, platforms: ['linux/amd64']},
      {node: 2, platforms: ['linux/arm64']},
    ],
  },
];

/** The docker driver, by the name buildx gives the daemon behind DOCKER_HOST. */
export const DOCKER_DRIVER = 'default';

/** How buildx is told to reach a node: by a socket, or by a container it keeps itself. */
export interface NodeDriver {
  readonly driver: 'remote' | 'docker-container';
  readonly options: readonly string[];
  /** The positional argument of `buildx create`; none for the daemon behind DOCKER_HOST. */
  endpoint(node: NodeNumber): string | undefined;
  nodeName(builder: string, node: NodeNumber): string;
}

export function remoteDriver(state: EngineState): NodeDriver {
  return {
    driver: 'remote',
    options: [],
    endpoint: (node) => `unix://${nodeSocket(state, node)}`,
    nodeName: (builder, node) => `${builder}-${node}`,
  };
}

/**
 * Creates the builders that are missing or different and makes the first one current.
 * @throws EngineError when buildx refuses
 */
export async function ensureBuilders(
  paths: EnginePaths,
  driver: NodeDriver,
  docker: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const buildx = (args: readonly string[]): Promise<string> =>
    run(docker, ['buildx', ...args], {env});
  for (const builder of BUILDERS) {
    if (await isAsWanted(paths, builder, driver)) {
      continue;
    }
    // Only the entry: 'buildx rm' would ask a node that may not be there any more.
    await rm(join(paths.buildxConfig, 'instances', builder.name), {force: true});
    for (const [index, {node, platforms}] of builder.nodes.entries()) {
      const endpoint = driver.endpoint(node);
      await buildx([
        'create',
        ...(index === 0 ? [] : ['--append']),
        ...['--name', builder.name, '--node', driver.nodeName(builder.name, node)],
        ...['--driver', driver.driver, '--platform', platforms.join(',')],
        ...driver.options,
        ...(endpoint === undefined ? [] : [endpoint]),
      ]);
    }
  }
  const current = (await readIfAny(join(paths.buildxConfig, 'current'))) ?? '';
  const first = BUILDERS[0]?.name ?? DOCKER_DRIVER;
  if (!current.includes(`"${first}"`)) {
    await buildx(['use', first]);
  }
}

/** Without BuildKit nodes: leftovers of a better day must not be found. */
export async function removeBuilders(paths: EnginePaths): Promise<void> {
  await rm(paths.buildxConfig, {recursive: true, force: true});
}

/** buildx keeps a builder as JSON; asking the file is a hundred times faster than asking buildx. */
async function isAsWanted(
  paths: EnginePaths,
  builder: Builder,
  driver: NodeDriver,
): Promise<boolean> {
  const text = await readIfAny(join(paths.buildxConfig, 'instances', builder.name));
  if (text === undefined) {
    return false;
  }
  try {
    const {Nodes: nodes} = JSON.parse(text) as {
      Nodes: readonly {Name: string; Endpoint: string; Platforms: readonly object[] | null}[];
    };
    return (
      nodes.length === builder.nodes.length &&
      builder.nodes.every(({node, platforms}, index) => {
        const found = nodes[index];
        const endpoint = driver.endpoint(node);
        return (
          found?.Name === driver.nodeName(builder.name, node) &&
          (endpoint === undefined || found.Endpoint === endpoint) &&
          found.Platforms?.length === platforms.length
        );
      })
    );
  } catch {
    return false;
  }
}
