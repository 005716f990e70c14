import {parseImageRef, type ImageRef} from '../model/image-ref.ts';
import type {RegistrySpec} from './matrix-file-parts.ts';

/** Where one bake tag points, in matrix.yml's terms. */
export interface SplitTag {
  /** null for a name without host or namespace, which is never pushed. */
  readonly registry: RegistrySpec | null;
  /** Repository below the registry. */
  readonly repository: string;
  readonly tag: string;
}

/** Splits `ghcr.io/acme/app:1.2` into registry, repository and tag; undefined when it is no reference. */
export function splitTag(text: string): SplitTag | undefined {
  const parsed = parseImageRef(text);
  if (!parsed.ok || parsed.value.digest !== null) return undefined;
  const {value} = parsed;
  return {...splitRepository(value), tag: value.tag ?? 'latest'};
}

function splitRepository({host, path}: ImageRef): Omit<SplitTag, 'tag'> {
  const [first = '', ...rest] = path.split('/');
  const below = rest.join('/');
  if (host === 'docker.io') {
    const registry = first === 'library' ? null : ({type: 'docker-hub', namespace: first} as const);
    return {registry, repository: below};
  }
  if (host === 'ghcr.io' && below !== '') {
    return {registry: {type: 'ghcr', owner: first}, repository: below};
  }
  if (host === 'public.ecr.aws' && below !== '') {
    return {registry: {type: 'ecr-public', alias: first}, repository: below};
  }
  const slash = path.lastIndexOf('/');
  const namespace = slash < 0 ? {} : {namespace: path.slice(0, slash)};
  const repository = path.slice(slash + 1);
  const ecr = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host);
  if (ecr) {
    const [, account = '', region = ''] = ecr;
    return {registry: {type: 'ecr', account, region, ...namespace}, repository};
  }
  return {registry: {type: 'oci', url: registryUrl(host), ...namespace}, repository};
}

/** docker speaks plain HTTP to registries on this machine. */
function registryUrl(host: string): string {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|$)/.test(host) ? `http://${host}` : host;
}

/** Short names for registries, the same one each time a registry is met. */
export interface RegistryNames {
  nameOf(registry: RegistrySpec): string;
  /** Every registry that was named, by its name. */
  all(): Readonly<Record<string, RegistrySpec>>;
}

export function createRegistryNames(): RegistryNames {
  const byContent = new Map<string, string>();
  const byName = new Map<string, RegistrySpec>();
  return {
    nameOf(registry) {
      const content = JSON.stringify(registry);
      const name =
        byContent.get(content) ?? freeName(shortName(registry), (taken) => byName.has(taken));
      byContent.set(content, name);
      byName.set(name, registry);
      return name;
    },
    all: () => Object.fromEntries(byName),
  };
}

/** What the tags of one bake target become. */
export interface TargetNames {
  /** Undefined for a target without tags. */
  readonly repository: string | undefined;
  readonly tags: readonly string[];
  readonly registries: readonly string[];
}

/**
 * In matrix.yml every tag of a target goes to all of its registries, under the one repository of its
 * image, and belongs to no other target (`claimed` says to which). What does not fit is noted.
 */
export function convertTags(
  value: unknown,
  registries: RegistryNames,
  claimed: Map<string, string>,
  target: string,
  note: (attribute: string, value: unknown, reason: string) => void,
): TargetNames {
  const texts: readonly unknown[] = Array.isArray(value)
    ? value
    : value === undefined
      ? []
      : [value];
  const split = texts.flatMap((text) => {
    const parts = typeof text === 'string' ? splitTag(text) : undefined;
    if (!parts) note('tags', text, 'this is no image reference');
    return parts ? [{...parts, text}] : [];
  });
  const repository = split[0]?.repository;
  const own = split.filter((parts) => {
    if (parts.repository === repository) return true;
    note('tags', parts.text, `an image has one repository, here \`${repository ?? ''}\``);
    return false;
  });
  const names = own.flatMap(({registry}) => (registry ? [registries.nameOf(registry)] : []));
  const all = {registries: [...new Set(names)], tags: [...new Set(own.map(({tag}) => tag))]};

  const places = all.registries.length === 0 ? [''] : all.registries;
  const tags = all.tags.filter((tag) => {
    const other = places
      .map((place) => claimed.get(`${place}/${repository ?? ''}:${tag}`))
      .find((owner) => owner !== undefined);
    if (other === undefined) return true;
    note('tags', tag, `it belongs to ${other} already; \`indexes\` join targets under one tag`);
    return false;
  });
  const asked = new Set(
    own.map(({registry, tag}) => `${registry ? registries.nameOf(registry) : ''}:${tag}`),
  );
  for (const place of places) {
    for (const tag of tags) {
      claimed.set(`${place}/${repository ?? ''}:${tag}`, target);
      if (asked.has(`${place}:${tag}`)) continue;
      note(
        'tags',
        tag,
        `a tag goes to every registry of its target: this one now to ${place} as well`,
      );
    }
  }
  return {repository, tags, registries: all.registries};
}

/** `name`, or `name-2`, `name-3`, … when it is taken. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  let free = name;
  for (let count = 2; taken(free); count += 1) free = `${name}-${String(count)}`;
  return free;
}

function shortName(registry: RegistrySpec): string {
  switch (registry.type) {
    case 'docker-hub':
      return 'hub';
    case 'ecr':
    case 'ecr-public':
    case 'ghcr':
      return registry.type;
    case 'oci': {
      if (registry.url.startsWith('http://')) return 'local';
      const host = registry.url.replace(/[^A-Za-z0-9.-].*$/, '');
      return host.split('.').at(-2) ?? (host === '' ? 'registry' : host);
    }
  }
}
