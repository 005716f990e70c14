import type {PromotedTarget} from './promoted-targets.ts';

/** File of a release on GitHub that says what every exact tag holds. */
export const digestsFile = 'digests.txt';

/** `sha256  reference`: every exact tag, and every platform of every target. */
export function formatDigests(
  version: string,
  targets: readonly PromotedTarget[],
  tags: ReadonlyMap<string, string>,
): string {
  const exact = [...tags].map(([reference, digest]) => [digest, reference] as const);
  const platforms = targets.flatMap(({target, platforms: each}) =>
    each.map(({platform, digest}) => [digest, `${target} ${platform} ${version}`] as const),
  );
  const lines = [...exact.toSorted((a, b) => (a[1] < b[1] ? -1 : 1)), ...platforms];
  return lines.map(([digest, name]) => `${digest.replace(/^sha256:/u, '')}  ${name}\n`).join('');
}

/** Digest of each exact tag, by its reference. Lines that say anything else are passed over. */
export function readDigests(text: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const line of text.split('\n')) {
    const {digest, reference} =
      /^(?<digest>[0-9a-f]{64}) {2}(?<reference>\S+)\r?$/u.exec(line)?.groups ?? {};
    if (digest !== undefined && reference !== undefined) tags.set(reference, `sha256:${digest}`);
  }
  return tags;
}
