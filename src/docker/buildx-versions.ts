import {coerce, lt} from 'semver';

/** `--progress=rawjson` came with 0.13. */
export const oldestBuildx = '0.13.0';

/** `imagetools create --prefer-index=false` came with 0.15. */
export const oldestForPush = '0.15.0';

/** Older ones write manifests under the destination's tag when they copy between repositories (buildx ccdf63c64). */
export const oldestCopyingBuildx = '0.22.0';

/** Builds from source call themselves 0.0.0: nothing is known of their age. */
export function isOlder(version: string, least: string): boolean {
  const known = coerce(version);
  return known !== null && known.version !== '0.0.0' && lt(known, least);
}

/** Whether images can be copied to tags that may be written only once. */
export function canCopyToImmutable(buildx: string | null): boolean {
  return buildx === null || !isOlder(buildx, oldestCopyingBuildx);
}
