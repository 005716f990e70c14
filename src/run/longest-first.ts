import {targetIdOf} from '../model/target-id.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {BuildRecord} from '../records/build-record.ts';

/** Milliseconds that the build of a target and its platforms took; undefined when no record tells. */
export type KnownDurations = (target: PlannedTarget) => number | undefined;

/** What the newest record that has a target tells of it; only builds that succeeded. */
export function recordedDurations(newestFirst: readonly BuildRecord[]): KnownDurations {
  const known = new Map<string, number>();
  for (const {targets} of newestFirst) {
    for (const {outcome, platforms, durationMs, ...target} of targets) {
      const key = keyOf(
        targetIdOf(target),
        platforms.map(({platform}) => platform),
      );
      if (outcome === 'succeeded' && !known.has(key)) known.set(key, durationMs);
    }
  }
  return (target) => known.get(keyOf(targetIdOf(target), target.platforms));
}

const keyOf = (target: string, platforms: readonly string[]): string =>
  [target, ...platforms.toSorted()].join(' ');

/**
 * The targets in the order in which they are best started: those first that, with all that has to come
 * after them, take the longest, so that no long build begins when the others have ended. A target that
 * nobody has timed counts as the longest one: it was never built here, so that nothing of it is in the
 * cache, and starting it too late costs more than starting it too early. Otherwise the order of the
 * plan stays.
 */
export function longestFirst(
  targets: readonly PlannedTarget[],
  durationOf: KnownDurations,
): readonly PlannedTarget[] {
  const own = targets.map((target) => durationOf(target));
  const unknown = Math.max(1, ...own.flatMap((duration) => duration ?? []));
  const chains = new Map<string, number>();
  // From the end: all that depends on a target stands behind it.
  for (const [index, target] of [...targets.entries()].toReversed()) {
    const after = chains.get(target.id) ?? 0;
    const chain = after + Math.max(1, own[index] ?? unknown);
    chains.set(target.id, chain);
    for (const id of target.dependsOn) chains.set(id, Math.max(chains.get(id) ?? 0, chain));
  }
  return targets.toSorted((a, b) => (chains.get(b.id) ?? 0) - (chains.get(a.id) ?? 0));
}
