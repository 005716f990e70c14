import type {BuildRecord, TargetRecord} from '../records/build-record.ts';

/**
 * A run as outputs of a step: short texts, and JSON by the ids of targets. The keys of `metadata` are those that
 * docker/bake-action gives, whose metadata file buildx writes.
 */
export function githubOutputs({
  targets,
  publications = [],
}: BuildRecord): Readonly<Record<string, string>> {
  const byTarget = (value: (target: TargetRecord) => object | string | null): string =>
    JSON.stringify(
      Object.fromEntries(
        targets.flatMap((target) => {
          const one = value(target);
          return one === null ? [] : [[target.id, one]];
        }),
      ),
    );
  const digests = targets.flatMap(({digest}) => (digest === null ? [] : [digest]));
  const published = publications.flatMap(({outcome, moves}) =>
    outcome === 'published' || outcome === 'unchanged' ? moves.map(({reference}) => reference) : [],
  );
  const local = targets.flatMap(({output, digest, tags}) =>
    output.kind === 'push' || digest === null ? [] : tags,
  );
  return {
    digests: byTarget(({digest}) => digest),
    digest: targets.length === 1 ? (digests[0] ?? '') : '',
    images: [...published, ...local].join('\n'),
    metadata: byTarget(({digest, tags, platforms, outcome, durationMs, failure}) => ({
      ...(digest === null ? {} : {'containerimage.digest': digest}),
      ...(digest === null ? {} : {'image.name': tags.join(',')}),
      outcome,
      durationMs,
      platforms: platforms.map(({platform, digest: own, config}) => ({
        platform,
        'containerimage.digest': own,
        'containerimage.config.digest': config.digest,
      })),
      ...(failure === null ? {} : {failure: failure.reason}),
    })),
    sizes: byTarget(({platforms}) =>
      platforms.length === 0
        ? null
        : Object.fromEntries(
            platforms.map(({platform, compressedBytes, unpackedBytes}) => [
              platform,
              {compressed: compressedBytes, unpacked: unpackedBytes},
            ]),
          ),
    ),
    unchanged: JSON.stringify(
      targets.filter(({outcome}) => outcomeOf(outcome) === 'unchanged').map(({id}) => id),
    ),
  };
}

/** Of records of all versions. */
const outcomeOf = (outcome: string): string => outcome;
