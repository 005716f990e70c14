import type {CacheSpec} from '../config/matrix-file-parts.ts';
import {csvAttributes} from '../docker/csv-attributes.ts';
import type {Findings} from './findings.ts';
import type {ImageTags} from './image-tags.ts';
import {joinPath} from './paths.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** Values of `--cache-from` and `--cache-to`. */
export interface CacheOptions {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

type Attribute = readonly [string, string];

const inline = 'type=inline';

/**
 * A failing export must not fail a build whose image is there already (docker/buildx#3303).
 */
const mayFail: Attribute = ['ignore-error', 'true'];

/**
 * The caches of one build, each in a place of its own: a shared one keeps the last writer's only. A
 * build of some platforms of a target has a place named after the first of them (also where matrix.yml
 * gives the place), and reads what a build of the whole target left as well. Only a run that pushes
 * (`isPush`) writes to a registry: without --push nothing that others see changes.
 */
export function cacheOptions(
  target: ResolvedTarget,
  platforms: readonly string[],
  tags: ImageTags,
  {root, isPush}: {readonly root: string; readonly isPush: boolean},
  findings: Findings,
): CacheOptions {
  const isWhole = platforms.length === target.platforms.length;
  const suffix = isWhole ? '' : `-${(platforms[0] ?? '').replaceAll('/', '-')}`;
  const from: string[] = [];
  const to: string[] = [];
  const add = (cache: CacheSpec, place: (suffix: string) => Place): void => {
    for (const one of new Set([suffix, ''])) from.push(csvAttributes(place(one).source));
    if (cache.type === 'inline' || cache.readOnly === true) return;
    if (cache.type === 'registry' && !isPush) return;
    const mode: readonly Attribute[] = cache.mode === undefined ? [] : [['mode', cache.mode]];
    to.push(csvAttributes([...place(suffix).sink, ...mode, mayFail]));
  };
  for (const {value: cache, path} of target.cache) {
    if (cache.type === 'inline') {
      to.push(inline);
      const [reference] = tags.references;
      if (tags.inRegistry && reference !== undefined)
        from.push(csvAttributes(registryPlace(reference).source));
    } else if (cache.type === 'registry') {
      const reference = cache.ref ?? (tags.inRegistry ? usualReference(target, tags) : undefined);
      if (reference === undefined) {
        const message = `the registry cache of \`${target.id}\` has no place: the image goes to no registry`;
        const suggestion = 'give the target `registries`, or the cache a `ref`';
        findings.warning('cache-unused', {path, message, suggestion});
        continue;
      }
      add(cache, (suffix) => registryPlace(withSuffix(reference, suffix)));
    } else if (cache.type === 'local') {
      const folder = `${joinPath(root, cache.path ?? '.build-matrix/cache')}/${target.id}`;
      add(cache, (suffix) => ({
        source: [local, ['src', folder + suffix]],
        sink: [local, ['dest', folder + suffix]],
      }));
    } else {
      const scope = cache.scope ?? `${target.image}-${target.name}`;
      add(cache, (suffix) =>
        both([
          ['type', 'gha'],
          ['scope', scope + suffix],
        ]),
      );
    }
  }
  // An inline cache may also be named on its own.
  return {from: [...new Set(from)], to: [...new Set(to)]};
}

/** Where a cache is, for `--cache-from` and for `--cache-to`. */
interface Place {
  readonly source: readonly Attribute[];
  readonly sink: readonly Attribute[];
}

const local: Attribute = ['type', 'local'];

const both = (attributes: readonly Attribute[]): Place => ({source: attributes, sink: attributes});

const registryPlace = (reference: string): Place =>
  both([
    ['type', 'registry'],
    ['ref', reference],
  ]);

/** A reference without a tag means `latest`. */
function withSuffix(reference: string, suffix: string): string {
  if (suffix === '') return reference;
  const hasTag = reference.lastIndexOf(':') > reference.lastIndexOf('/');
  return `${reference}${hasTag ? '' : ':latest'}${suffix}`;
}

function usualReference(target: ResolvedTarget, tags: ImageTags): string | undefined {
  const [repository] = tags.repositories;
  return repository === undefined ? undefined : `${repository}:cache-${target.name}`;
}

/** Warns of targets that write one cache: each export replaces what the other one wrote. */
export function warnOfSharedCaches(
  builds: readonly {
    readonly id: string;
    readonly target: ResolvedTarget;
    readonly cacheTo: readonly string[];
  }[],
  findings: Findings,
): void {
  const writers = new Map<string, string>();
  for (const {id, target, cacheTo} of builds) {
    for (const cache of cacheTo) {
      const other = writers.get(cache);
      writers.set(cache, id);
      if (other === undefined || cache === inline) continue;
      findings.warning('shared-cache', {
        path: target.cache[0]?.path ?? null,
        message: `\`${other}\` and \`${id}\` write the same cache, of which the last one stays`,
        suggestion: 'put `{image}-{target}` into its `ref` or `scope`',
      });
    }
  }
}
