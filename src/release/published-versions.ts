import {readVersion, versionOfTag, type TagTemplate, type Version} from './version-tags.ts';

/** What is known of one repository. */
export interface PublishedTags {
  /** Every tag of the repository. */
  readonly tags: readonly string[];
  /** Versions that have a git tag. */
  readonly gitVersions: readonly Version[];
  /** Templates of all targets and indexes of the repository. */
  readonly templates: readonly TagTemplate[];
}

/**
 * The versions that exist for one template: those that have a tag in the repository, and those that have
 * a git tag, since a registry may forget old tags and a new one knows none. A version of which the
 * repository has images, but none of this template, was released without it (a variant that is younger,
 * or was dropped), and does not count.
 *
 * Pre-releases are known from git alone: what looks like one in a registry may be a variant that is no
 * longer in matrix.yml.
 */
export function publishedVersions(
  template: TagTemplate,
  {tags, gitVersions, templates}: PublishedTags,
): readonly Version[] {
  const own = new Map<string, Version>();
  const elsewhere = new Set<string>();
  for (const tag of tags) {
    const found = readTag(tag, templates);
    if (found === undefined) continue;
    if (isSame(found.template, template)) own.set(found.version.text, found.version);
    else elsewhere.add(found.version.text);
  }
  const stable = [...own.values()].filter(({isPrerelease}) => !isPrerelease);
  const fromGit = gitVersions.filter(({text}) => own.has(text) || !elsewhere.has(text));
  return [...new Map([...stable, ...fromGit].map((one) => [one.text, one])).values()];
}

/** Version and template of a tag; the template that leaves the least of it wins: `-cuda` over none. */
function readTag(
  tag: string,
  templates: readonly TagTemplate[],
): {readonly version: Version; readonly template: TagTemplate} | undefined {
  return templates
    .flatMap((template) => {
      const version = versionIn(tag, template);
      return version === undefined ? [] : [{version, template}];
    })
    .toSorted((a, b) => weight(b.template) - weight(a.template))
    .at(0);
}

function versionIn(tag: string, {prefix, suffix}: TagTemplate): Version | undefined {
  if (!tag.startsWith(prefix) || !tag.endsWith(suffix)) return undefined;
  if (tag.length < prefix.length + suffix.length) return undefined;
  return readVersion(versionOfTag(tag.slice(prefix.length, tag.length - suffix.length)));
}

const weight = ({prefix, suffix}: TagTemplate): number => prefix.length + suffix.length;

const isSame = (a: TagTemplate, b: TagTemplate): boolean =>
  a.prefix === b.prefix && a.suffix === b.suffix;
