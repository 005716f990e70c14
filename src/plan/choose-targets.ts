import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import {dependencies, type TargetLink} from './linked-targets.ts';
import {orderTargets} from './order-targets.ts';
import type {ResolvedTarget} from './resolved-target.ts';
import type {Selection} from './select-targets.ts';

/** What will be built. */
export interface Choice {
  /** In an order that respects `dependsOn`, otherwise that of the file. */
  readonly targets: readonly {
    readonly target: ResolvedTarget;
    readonly platforms: readonly string[];
    readonly dependsOn: readonly string[];
  }[];
  /** Ids of the targets that others in `targets` build on. */
  readonly linked: ReadonlySet<string>;
}

/**
 * Chooses targets by words, adds those that they build on, and keeps only `platforms` of each (all
 * when empty). A target without any of them is left out; fails when none remains.
 */
export function chooseTargets(
  words: readonly string[],
  platforms: readonly string[],
  selection: Selection<ResolvedTarget>,
  links: ReadonlyMap<string, readonly TargetLink[]>,
): Result<Choice, Problem> {
  const selected = words.length === 0 ? ok(selection.usual()) : selection.select(words);
  if (!selected.ok) return selected;
  const keep = (target: ResolvedTarget): readonly string[] =>
    target.platforms
      .map(({value}) => value)
      .filter((platform) => platforms.length === 0 || platforms.includes(platform));
  const wanted = selected.value.filter((target) => keep(target).length > 0);
  if (wanted.length === 0) return err(nothingLeft(selected.value, platforms));

  const needed = new Set<ResolvedTarget>();
  const open = [...wanted];
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    if (needed.has(target)) continue;
    needed.add(target);
    open.push(...(links.get(target.id) ?? []).map((link) => link.target));
  }
  const inFileOrder = selection.all.filter((target) => needed.has(target));
  const items = inFileOrder.map((target) => ({
    id: target.id,
    target,
    platforms: keep(target),
    dependsOn: dependencies(links, target.id),
  }));
  const linked = new Set(items.flatMap(({dependsOn}) => dependsOn));
  return ok({targets: orderTargets(items).order, linked});
}

function nothingLeft(selected: readonly ResolvedTarget[], platforms: readonly string[]): Problem {
  if (selected.length === 0) {
    return {
      message: 'there is nothing to build',
      suggestion: 'the file or the group has no targets',
    };
  }
  const offered = new Set(selected.flatMap((target) => target.platforms.map(({value}) => value)));
  return {
    message: `--platform ${platforms.join(',')}: no chosen target is built for it`,
    suggestion: `they are built for ${[...offered].join(', ')}`,
  };
}
