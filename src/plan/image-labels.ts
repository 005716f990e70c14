import type {GitFacts} from '../ports/git.ts';

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
    ['org.opencontainers.image.version', version],
  ]);
  if (git !== null) {
    labels.set('org.opencontainers.image.created', git.committedAt);
    labels.set('org.opencontainers.image.revision', git.commit);
    if (git.remote !== null) labels.set('org.opencontainers.image.source', git.remote);
  }
  return labels;
}

/** Those of the usual labels that every commit changes: they tell where an image comes from, not what it is. */
export const commitLabels: readonly string[] = [
  'org.opencontainers.image.created',
  'org.opencontainers.image.revision',
];
