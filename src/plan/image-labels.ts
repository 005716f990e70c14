import type {GitFacts} from '../ports/git.ts';

/** The commit that an image was built from; ends in `-dirty` when files differed from it. */
export const revisionLabel = 'org.opencontainers.image.revision';

export const versionLabel = 'org.opencontainers.image.version';

const dirtyMark = '-dirty';

/** Value of `revisionLabel`, with the mark that buildx's own `vcs:revision` has (buildx, util/gitutil). */
export const revisionOf = ({commit, dirty}: Pick<GitFacts, 'commit' | 'dirty'>): string =>
  dirty ? `${commit}${dirtyMark}` : commit;

/** Reads a value of `revisionLabel`. */
export function readRevision(value: string): {readonly commit: string; readonly dirty: boolean} {
  const dirty = value.endsWith(dirtyMark);
  return {commit: dirty ? value.slice(0, -dirtyMark.length) : value, dirty};
}

/**
 * Labels of every image (OCI image spec, annotations.md), for the user's own to override. The time is
 * that of the commit: the same commit gives the same image.
 */
export function usualLabels(
  image: string,
  version: string,
  git: GitFacts | null,
): ReadonlyMap<string, string> {
  const labels = new Map([
    ['org.opencontainers.image.title', image],
    [versionLabel, version],
  ]);
  if (git !== null) {
    labels.set('org.opencontainers.image.created', git.committedAt);
    labels.set(revisionLabel, revisionOf(git));
    if (git.remote !== null) labels.set('org.opencontainers.image.source', git.remote);
  }
  return labels;
}

/** Those of the usual labels that every commit changes: they tell where an image comes from, not what it is. */
export const commitLabels: readonly string[] = ['org.opencontainers.image.created', revisionLabel];
