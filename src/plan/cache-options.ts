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

/** The caches of one target, each in a place of its own: a shared one keeps the last writer's only. */
export function cacheOptions(
  target: ResolvedTarget,
  tags: ImageTags,
  root: string,
  findings: Findings,
): CacheOptions {
  const from: string[] = [];
  const to: string[] = [];
  const add = (source: readonly Attribute[], sink: readonly Attribute[] | null): void => {
    from.push(csvAttributes(source));
    if (sink !== null) to.push(csvAttributes([...sink, mayFail]));
  };
  for (const {value: cache, path} of target.cache) {
    if (cache.type === 'inline') {
      to.push(inline);
      const [reference] = tags.references;
      if (tags.inRegistry && reference !== undefined)
        from.push(csvAttributes(registrySource(reference)));
      continue;
    }
    const writes = cache.readOnly !== true;
    const mode: readonly Attribute[] = cache.mode === undefined ? [] : [['mode', cache.mode]];
    if (cache.type === 'registry') {
      const reference = cache.ref ?? (tags.inRegistry ? usualReference(target, tags) : undefined);
      if (reference === undefined) {
        const message = `the registry cache of \`${target.id}\` has no place: the image goes to no registry`;
        const suggestion = 'give the target `registries`, or the cache a `ref`';
        findings.warning('cache-unused', {path, message, suggestion});
        continue;
      }
      const source = registrySource(reference);
      add(source, writes ? [...source, ...mode] : null);
    } else if (cache.type === 'local') {
      const folder = `${joinPath(root, cache.path ?? '.build-matrix/cache')}/${target.id}`;
      const sink: readonly Attribute[] = [['type', 'local'], ['dest', folder], ...mode];
      add(
        [
          ['type', 'local'],
          ['src', folder],
        ],
        writes ? sink : null,
      );
    } else {
      const source: readonly Attribute[] = [
        ['type', 'gha'],
        ['scope', cache.scope ?? `${target.image}-${target.name}`],
      ];
      add(source, writes ? [...source, ...mode] : null);
    }
  }
  // An inline cache may also be named on its own.
  return {from: [...new Set(from)], to: [...new Set(to)]};
}

const registrySource = (reference: string): readonly Attribute[] => [
  ['type', 'registry'],
  ['ref', reference],
];

function usualReference(target: ResolvedTarget, tags: ImageTags): string | undefined {
  const [repository] = tags.repositories;
  return repository === undefined ? undefined : `${repository}:cache-${target.name}`;
}

/** Warns of targets that write one cache: each export replaces what the other one wrote. */
export function warnOfSharedCaches(
  builds: readonly {readonly target: ResolvedTarget; readonly cacheTo: readonly string[]}[],
  findings: Findings,
): void {
  const writers = new Map<string, string>();
  for (const {target, cacheTo} of builds) {
    for (const cache of cacheTo) {
      const other = writers.get(cache);
      writers.set(cache, target.id);
      if (other === undefined || cache === inline) continue;
      findings.warning('shared-cache', {
        path: target.cache[0]?.path ?? null,
        message: `\`${other}\` and \`${target.id}\` write the same cache, of which the last one stays`,
        suggestion: 'put `{image}-{target}` into its `ref` or `scope`',
      });
    }
  }
}
