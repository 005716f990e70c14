import type {TargetSpec} from './matrix-file.ts';
import {readEntries, type Entry} from './bake-definition.ts';

/** The keys of a target, before the schema has seen them. */
export type Draft = Partial<Record<keyof TargetSpec, unknown>>;

/** A bake target that has found its image. */
export interface ImportedTarget {
  readonly bakeName: string;
  /** Key of its image, and its own name within. */
  readonly image: string;
  readonly name: string;
  readonly repository: string;
  readonly draft: Draft;
}

/** Says that a value, or a part of it, is not carried over. */
type Note = (reason: string, value?: unknown) => void;

/** What one bake attribute becomes. A key that it cannot make is left out of the result. */
type Convert = (value: unknown, note: Note) => Draft;

const notUnderstood = 'build-matrix does not understand this value';

/** Text of matrix.yml in which braces are placeholders. */
export const literal = (text: string): string => text.replaceAll(/[{}]/g, '$&$&');

/** Attributes that only change their name. */
const same =
  (key: keyof TargetSpec): Convert =>
  (value) => ({[key]: literally(value)});

/** Attributes that matrix.yml has nothing for. */
const nothing =
  (reason: string): Convert =>
  (_value, note) => {
    note(reason);
    return {};
  };

/** Every attribute of a bake target (bake/bake.go `Target`), but `tags` and `contexts`. */
export const attributes: Readonly<Record<string, Convert>> = {
  annotations: (value, note) => ({annotations: assignments(value, note)}),
  args: same('args'),
  attest: entries(attestations),
  'cache-from': entries((all, note) => ({cache: caches(all, note, true)})),
  'cache-to': entries((all, note) => ({cache: caches(all, note, false)})),
  call: (value, note) =>
    value === 'build' ? {} : nothing('build-matrix always builds')(value, note),
  context: (value) => (value === '.' ? {} : {context: literally(value)}),
  description: same('description'),
  dockerfile: (value) => (value === 'Dockerfile' ? {} : {dockerfile: literally(value)}),
  'dockerfile-inline': nothing('write it into a file, and name that as `dockerfile`'),
  entitlements: same('allow'),
  'extra-hosts': same('addHosts'),
  inherits: nothing('`bake --print` has resolved it'),
  labels: same('labels'),
  matrix: nothing('`bake --print` has expanded it'),
  name: nothing('`bake --print` has expanded it'),
  network: same('network'),
  'no-cache': same('noCache'),
  'no-cache-filter': same('noCacheStages'),
  output: nothing('where results go is said by `build --push`, `--load` or `--output`'),
  platforms: same('platforms'),
  policy: nothing('build-matrix has no source policies'),
  pull: same('pull'),
  resources: nothing('build-matrix has no resource limits'),
  secret: entries((all, note) => ({secrets: all.map((entry) => secret(entry, note))})),
  'shm-size': same('shmSize'),
  ssh: sshAgents,
  target: same('stage'),
  ulimits: (value, note) => ({ulimits: assignments(value, note)}),
};

function literally(value: unknown): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) return value.map(literally);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literally(item)]));
}

/** `["key=value"]` as a map. */
function assignments(value: unknown, note: Note): unknown {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const map: Record<string, string> = {};
  for (const item of list) {
    const at = typeof item === 'string' ? item.indexOf('=') : -1;
    if (typeof item !== 'string' || at < 1) note(notUnderstood, item);
    else map[item.slice(0, at)] = literal(item.slice(at + 1));
  }
  return map;
}

function entries(convert: (all: readonly Entry[], note: Note) => Draft): Convert {
  return (value, note) => {
    const all = readEntries(value);
    if (all) return convert(all, note);
    note(notUnderstood);
    return {};
  };
}

function attestations(all: readonly Entry[], note: Note): Draft {
  const draft: Draft = {};
  for (const {type, disabled, mode, generator, ...rest} of all) {
    const off = disabled === 'true';
    if (type === 'provenance') draft.provenance = off ? false : (mode ?? true);
    else if (type === 'sbom') draft.sbom = off ? false : (generator ?? true);
    else note('build-matrix attests provenance and SBOM only', {type, ...rest});
    if (type === 'provenance' || type === 'sbom') noteRest(rest, type, note);
  }
  return draft;
}

/** Where each type of cache keeps its place, when read and when written. */
const cachePlaces: Readonly<Record<string, readonly string[]>> = {
  registry: ['ref'],
  local: ['src', 'dest'],
  gha: ['scope'],
  inline: [],
};

function caches(all: readonly Entry[], note: Note, readOnly: boolean): readonly unknown[] {
  return all.flatMap(({type = 'registry', mode, '': plain, ...fields}) => {
    const places = Object.hasOwn(cachePlaces, type) ? cachePlaces[type] : undefined;
    if (!places) {
      note('build-matrix caches in a registry, a folder, GitHub Actions or inline', {
        type,
        ...fields,
      });
      return [];
    }
    const place = plain ?? places.map((key) => fields[key]).find((value) => value !== undefined);
    // A cache that cannot be written never fails a build of build-matrix.
    const isUsual = (key: string): boolean =>
      places.includes(key) || (key === 'ignore-error' && fields[key] === 'true');
    const rest = Object.entries(fields).filter(([key]) => !isUsual(key));
    noteRest(Object.fromEntries(rest), type, note);
    if (type === 'inline') return [{type}];
    const key = type === 'local' ? 'path' : (places[0] ?? '');
    return [
      {
        type,
        ...(place === undefined ? {} : {[key]: literal(place)}),
        ...(mode === undefined ? {} : {mode}),
        ...(readOnly ? {readOnly} : {}),
      },
    ];
  });
}

type Cache = Readonly<Partial<Record<'type' | 'ref' | 'path' | 'scope' | 'readOnly', unknown>>>;

/** One list of caches, in the order of the first; what is both read and written is one entry. */
export function joinCaches(before: unknown, added: unknown): unknown {
  const joined = new Map<string, Cache>();
  for (const cache of [...cachesIn(before), ...cachesIn(added)]) {
    const {type, ref, path, scope} = cache;
    const place = JSON.stringify({type, ref, path, scope});
    const known = joined.get(place);
    if (known === undefined || known.readOnly === true) joined.set(place, cache);
  }
  return [...joined.values()];
}

/**
 * The caches of a target whose id is `id`: build-matrix keeps a local one in a folder of the target's
 * own, below the path of matrix.yml. `changed` is told of each that does not lie there in the bake file.
 */
export function ownLocalCaches(
  caches: unknown,
  id: string,
  changed: (before: string, after: string) => void,
): unknown {
  return cachesIn(caches).map((cache) => {
    if (cache.type !== 'local' || typeof cache.path !== 'string') return cache;
    const own = `/${id}`;
    if (cache.path.endsWith(own) && cache.path !== own) {
      return {...cache, path: cache.path.slice(0, -own.length)};
    }
    changed(cache.path, `${cache.path}${own}`);
    return cache;
  });
}

const cachesIn = (list: unknown): readonly Cache[] => (list ?? []) as readonly Cache[];

function secret({id, env, src, source, type, ...rest}: Entry, note: Note): unknown {
  noteRest(rest, 'secret', note);
  const file = src ?? source;
  if (type !== 'env' && file !== undefined) return {id, file: literal(file)};
  // Without a source buildx takes the environment variable that is called like the secret.
  return {id, env: literal(env ?? file ?? id ?? '')};
}

/** `{id, paths}`, or buildx's older `id=path,path`. */
function sshAgents(value: unknown): Draft {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const ssh = list.map((item) => {
    const text = typeof item === 'string' ? item : '';
    const [id = '', keys = ''] = text.split('=', 2);
    const {id: ownId, paths} =
      typeof item === 'object' && item !== null
        ? (item as {readonly id?: unknown; readonly paths?: unknown})
        : {id, paths: keys === '' ? undefined : keys.split(',')};
    return {id: ownId ?? 'default', ...(paths === undefined ? {} : {keys: paths})};
  });
  return {ssh};
}

function noteRest(rest: Entry, of: string, note: Note): void {
  const keys = Object.keys(rest);
  if (keys.length > 0) note(`matrix.yml has no such setting of ${of}`, rest);
}
