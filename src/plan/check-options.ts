import {isIP} from 'node:net';

import type {BuildxOutput} from '../docker/buildx-arguments.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {parseImageRef} from '../model/image-ref.ts';
import {quoted} from '../model/problem.ts';
import {annotationLevels, levelsOf} from './annotation-levels.ts';
import type {Findings} from './findings.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** Values that buildx refuses before it builds anything, with the whole target as the only place. */
export function checkOptions(target: ResolvedTarget, findings: Findings): void {
  for (const {value, path} of target.addHosts.values()) {
    if (value === '' || isAddress(value)) continue;
    findings.error('invalid-address', {
      path,
      message: `${quoted(value)} is not an address`,
      suggestion: 'write an IP address such as `10.0.0.7`, or `host-gateway`',
    });
  }
  for (const {value, path} of target.cache) {
    const reference = 'ref' in value && value.ref !== undefined ? parseImageRef(value.ref) : null;
    if (reference === null || reference.ok) continue;
    findings.problem('invalid-reference', path && [...path, 'ref'], reference.error);
  }
  for (const [key, {path}] of target.annotations) {
    const unknown = levelsOf(key).find((level) => !annotationLevels.includes(level));
    if (unknown === undefined) continue;
    findings.error('unknown-level', {
      path,
      message: `annotation ${quoted(key)} has the unknown level ${quoted(unknown)}`,
      suggestion: didYouMean(unknown, annotationLevels) ?? `levels: ${annotationLevels.join(', ')}`,
    });
  }
}

/**
 * An image of one platform without attestations is a manifest without an index, and BuildKit refuses
 * annotations of the index ("not supported for single platform export") when all else is built.
 * Seen with buildx 0.29.1 and BuildKit 0.32.2: the provenance that buildx adds unasked
 * (`inline-only`, build/opt.go) comes with a push, never with a layout, and with `--load` only where
 * docker itself builds. So without a push it is a doubt, not an error: `validate` does not know where
 * the images go.
 */
export function checkIndexAnnotations(
  target: ResolvedTarget,
  platforms: readonly string[],
  output: BuildxOutput['kind'],
  findings: Findings,
): void {
  const {provenance, sbom} = target;
  const isAttested =
    (provenance !== null && provenance !== false) || (sbom !== null && sbom !== false);
  if (platforms.length > 1 || isAttested) return;
  if (output === 'push' && provenance === null) return;
  for (const [key, {path}] of target.annotations) {
    if (!levelsOf(key).some((level) => level.startsWith('index'))) continue;
    const details = {
      path,
      message: `annotation ${quoted(key)} is for an index, which an image of one platform without attestations does not have`,
      suggestion: 'set `provenance: min`, or annotate the `manifest`',
    };
    if (provenance === false) findings.error('no-index', details);
    else findings.warning('no-index', details);
  }
}

/**
 * A target that is to be pushed and has no tags must be of use to somebody: its image is pushed under its
 * digest alone. Docker's own store (`isStored`) pushes nothing without a tag: those that build on it read its
 * layout, and an index cannot have it.
 */
export function checkUntagged(
  {id, path}: ResolvedTarget,
  {isStored, isJoined, isLinked}: Readonly<Record<'isStored' | 'isJoined' | 'isLinked', boolean>>,
  findings: Findings,
): void {
  if (isStored ? isLinked && !isJoined : isLinked || isJoined) return;
  findings.error('no-tag', {
    path,
    message: `\`${id}\` has no tag to be pushed under`,
    suggestion: isJoined
      ? 'give it `tags`: the docker driver pushes nothing without'
      : 'give it `tags`: nothing that is built here builds on it or joins it',
  });
}

/** IPv6 may stand in brackets (buildx build/utils.go, toBuildkitExtraHosts). */
function isAddress(text: string): boolean {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  return text === 'host-gateway' || isIP(bare) !== 0;
}
