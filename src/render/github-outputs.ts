import {isPublished} from '../events/is-published.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {BuildRecord, PublicationRecord, TargetRecord} from '../records/build-record.ts';

/** One target, which may have been built in several parts. */
interface BuiltTarget {
  readonly id: string;
  readonly parts: readonly TargetRecord[];
  /** What its tags point at, or else its only image; null when there is neither. */
  readonly digest: string | null;
}

/**
 * A run as outputs of a step: short texts, and JSON by the ids of targets. The keys of `metadata` are
 * those that docker/bake-action gives, whose metadata file buildx writes.
 */
export function githubOutputs({
  targets,
  publications = [],
}: BuildRecord): Readonly<Record<string, string>> {
  const built = builtTargets(targets, publications);
  const known = built.flatMap(({digest}) => (digest === null ? [] : [digest]));
  const published = publications
    .filter(({outcome}) => isPublished(outcome))
    .flatMap(({moves}) => moves.map(({reference}) => reference));
  const local = targets.flatMap(({output, digest, tags}) =>
    output.kind === 'push' || digest === null ? [] : tags,
  );
  const unchanged = built.filter(({parts}) => parts.every(isUnchanged));
  return {
    digests: byTarget(built, ({digest}) => digest),
    digest: built.length === 1 ? (known[0] ?? '') : '',
    images: [...published, ...local].join('\n'),
    metadata: byTarget(built, metadataOf),
    sizes: byTarget(built, sizesOf),
    unchanged: JSON.stringify(unchanged.map(({id}) => id)),
  };
}

function builtTargets(
  targets: readonly TargetRecord[],
  publications: readonly PublicationRecord[],
): readonly BuiltTarget[] {
  const parts = new Map<string, TargetRecord[]>();
  for (const target of targets) {
    const id = targetIdOf(target);
    parts.set(id, [...(parts.get(id) ?? []), target]);
  }
  return [...parts].map(([id, all]) => {
    const made = publications.filter((one) => one.of === id && isPublished(one.outcome));
    const published = made.flatMap(({moves}) => moves.map(({after}) => after));
    const own = all.length === 1 ? (all[0]?.digest ?? null) : null;
    return {id, parts: all, digest: published.find((digest) => digest !== null) ?? own};
  });
}

function byTarget(
  built: readonly BuiltTarget[],
  value: (target: BuiltTarget) => object | string | null,
): string {
  const entries = built.map((target) => [target.id, value(target)] as const);
  return JSON.stringify(Object.fromEntries(entries.filter(([, one]) => one !== null)));
}

function metadataOf({parts, digest}: BuiltTarget): object {
  const tags = [...new Set(parts.flatMap((part) => part.tags))];
  const failures = parts.flatMap(({failure}) => (failure === null ? [] : [failure.reason]));
  const outcome = parts.find((part) => part.outcome !== 'succeeded')?.outcome ?? 'succeeded';
  return {
    ...(digest === null ? {} : {'containerimage.digest': digest}),
    ...(digest === null ? {} : {'image.name': tags.join(',')}),
    outcome,
    durationMs: Math.max(...parts.map(({durationMs}) => durationMs)),
    platforms: parts.flatMap(({platforms}) =>
      platforms.map(({platform, digest: own, config}) => ({
        platform,
        'containerimage.digest': own,
        'containerimage.config.digest': config.digest,
      })),
    ),
    ...(failures.length === 0 ? {} : {failure: failures[0]}),
  };
}

/** Bytes. */
function sizesOf({parts}: BuiltTarget): object | null {
  const sizes = parts.flatMap(({platforms}) =>
    platforms.map(({platform, compressedBytes, unpackedBytes}) => [
      platform,
      {compressed: compressedBytes, unpacked: unpackedBytes},
    ]),
  );
  return sizes.length === 0 ? null : (Object.fromEntries(sizes) as object);
}

/** Of records of all versions. */
function isUnchanged({outcome}: {readonly outcome: string}): boolean {
  return outcome === 'unchanged';
}
