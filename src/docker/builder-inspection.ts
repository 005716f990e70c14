import {parsePlatform} from '../model/platform.ts';

/** A builder as `docker buildx -D inspect` prints it. */
export interface BuilderInspection {
  readonly name: string;
  /** '' when buildx could not reach what would tell it. */
  readonly driver: string;
  /** Why the whole builder cannot be used. */
  readonly error: string | undefined;
  readonly nodes: readonly NodeInspection[];
}

export interface NodeInspection {
  readonly name: string;
  readonly status: string;
  readonly error: string | undefined;
  readonly buildkit: string | undefined;
  /** In normal form. */
  readonly platforms: readonly string[];
  /** Those of `platforms` that the node was made for, by whoever made the builder. */
  readonly chosen: readonly string[];
  /** What the driver can do, such as `OCI exporter`; empty with a buildx that does not tell. */
  readonly features: ReadonlyMap<string, boolean>;
}

interface Fields {
  readonly values: Map<string, string>;
  readonly features: Map<string, boolean>;
}

/**
 * Reads the text, which is made for people (docker/buildx commands/inspect.go): `Key: value` lines,
 * those of the builder first, then those of each node, which begin with `Name:`; lists are indented.
 */
export function parseInspection(text: string): BuilderInspection {
  const builder: Fields = {values: new Map(), features: new Map()};
  const nodes: Fields[] = [];
  let inNodes = false;
  let list = '';
  for (const line of text.split('\n')) {
    const match = /^(\s*)([^:]+):\s*(.*?)\s*$/u.exec(line);
    if (match === null) continue;
    const [, indent = '', key = '', value = ''] = match;
    if (indent !== '') {
      if (list === 'Features') nodes.at(-1)?.features.set(key, value === 'true');
      continue;
    }
    list = key;
    if (key === 'Nodes') inNodes = true;
    else if (inNodes && key === 'Name')
      nodes.push({values: new Map([[key, value]]), features: new Map()});
    else (inNodes ? nodes.at(-1) : builder)?.values.set(key, value);
  }
  return {
    name: builder.values.get('Name') ?? '',
    driver: builder.values.get('Driver') ?? '',
    error: builder.values.get('Error'),
    nodes: nodes.map(({values, features}) => ({
      name: values.get('Name') ?? '',
      status: values.get('Status') ?? '',
      error: values.get('Error'),
      // `Buildkit:` before buildx 0.12.
      buildkit: values.get('BuildKit version') ?? values.get('Buildkit'),
      ...parsePlatforms(values.get('Platforms') ?? ''),
      features,
    })),
  };
}

/** `linux/amd64*, linux/arm64`: an asterisk marks what the builder was made for. */
function parsePlatforms(text: string): Pick<NodeInspection, 'platforms' | 'chosen'> {
  const platforms: string[] = [];
  const chosen: string[] = [];
  for (const platform of text.split(',')) {
    const parsed = parsePlatform(platform.replace('*', ''));
    if (!parsed.ok) continue;
    platforms.push(parsed.value);
    if (platform.includes('*')) chosen.push(parsed.value);
  }
  return {platforms, chosen};
}

/** The nodes that can be used; a status is told by every buildx that names one. */
export const aliveNodes = ({nodes}: BuilderInspection): readonly NodeInspection[] =>
  nodes.filter(({error, status}) => error === undefined && (status === 'running' || status === ''));

/**
 * The machine's own platform when every node builds `platform` by emulation; undefined when one builds
 * it natively, or was made for it. A worker names its own platform first (BuildKit
 * util/archutil/detect.go, SupportedPlatforms).
 */
export function emulatingMachine(builder: BuilderInspection, platform: string): string | undefined {
  let machine: string | undefined;
  for (const {platforms, chosen} of aliveNodes(builder)) {
    if (!platforms.includes(platform)) continue;
    const own = platforms.find((one) => !chosen.includes(one));
    if (own === undefined || chosen.includes(platform) || runs(own, platform)) return undefined;
    machine = own;
  }
  return machine;
}

/** Whether a machine runs programs of that platform without emulation. */
function runs(machine: string, platform: string): boolean {
  const [system, architecture] = machine.split('/');
  const [otherSystem, other] = platform.split('/');
  return (
    system === otherSystem &&
    (architecture === other ||
      (architecture === 'amd64' && other === '386') ||
      (architecture === 'arm64' && other === 'arm'))
  );
}
