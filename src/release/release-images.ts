import {quoted, type Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Publication} from '../plan/publication.ts';
import type {TagTemplate} from './version-tags.ts';

/**
 * Stands for the version while matrix.yml is resolved, so that every tag is known as a template. It is
 * a valid beginning of a tag, and no part of any name.
 */
export const versionMark = '__VERSION__';

/** Tags of one repository that get the same image: those of a target, or of an index. */
export interface ReleaseImage {
  /** `image/name`; for an index `image:tag`, with the version. */
  readonly of: string;
  readonly isIndex: boolean;
  /** `host/path`. */
  readonly repository: string;
  readonly templates: readonly TagTemplate[];
  /** Ids of the targets whose images it holds. */
  readonly targets: readonly string[];
  /** Annotations of an index. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * The images of a release, from a plan whose version is `versionMark`. Tags without `{version}` are none of
 * its business: they move with builds.
 */
export function releaseImages(
  publications: readonly Publication[],
  version: string,
): Result<readonly ReleaseImage[], Problem> {
  const withVersion = (text: string): string => text.replaceAll(versionMark, version);
  const images: ReleaseImage[] = [];
  for (const publication of publications) {
    if (publication.kind !== 'tags') continue;
    const {of, repository, references, builds, annotations} = publication;
    const templates: TagTemplate[] = [];
    for (const reference of references) {
      const tag = reference.slice(repository.length + 1);
      const [prefix, suffix, ...more] = tag.split(versionMark);
      if (prefix === undefined || suffix === undefined) continue;
      if (more.length > 0) {
        return err({
          message: `the tag ${quoted(tag.replaceAll(versionMark, '{version}'))} of ${of} names the version twice`,
          suggestion: 'write `{version}` once in a tag',
        });
      }
      templates.push({prefix, suffix});
    }
    if (templates.length === 0) continue;
    const targets = [...new Set(builds.map(targetOf))];
    images.push({
      of: withVersion(of),
      isIndex: !targets.includes(of),
      ...{repository, templates, targets},
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [key, withVersion(value)]),
      ),
    });
  }
  return ok(images);
}

/** `image/name` of a build, which may be of one platform alone: `image/name@linux-arm64`. */
export function targetOf(buildId: string): string {
  return buildId.split('@', 1)[0] ?? buildId;
}
