import {isIP} from 'node:net';

import {didYouMean} from '../model/did-you-mean.ts';
import {quoted} from '../model/problem.ts';
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

/** IPv6 may stand in brackets (buildx build/utils.go, toBuildkitExtraHosts). */
function isAddress(text: string): boolean {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  return text === 'host-gateway' || isIP(bare) !== 0;
}

const annotationLevels = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'];

/** What stands before the `:`, where it looks like levels (buildx util/buildflags, annotations). */
function levelsOf(key: string): readonly string[] {
  const level = /[a-z-]+(?:\[[\w/-]+\])?/.source;
  const levels = new RegExp(`^(${level}(?:,${level})*):\\S`).exec(key)?.[1];
  return levels?.split(',').map((one) => one.replace(/\[.*/, '')) ?? [];
}
