import {didYouMean} from '../model/did-you-mean.ts';
import type {Findings, MatrixPath} from './findings.ts';
import {orderTargets} from './order-targets.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** A named context `target:NAME`: one target builds on the image of another. */
export interface TargetLink {
  /** Key under `contexts`. */
  readonly context: string;
  readonly target: ResolvedTarget;
}

const scheme = 'target:';

/** The links of every target that has any, by id. Unknown targets, platforms that the other one lacks, and circles are reported. */
export function linkedTargets(
  targets: readonly ResolvedTarget[],
  findings: Findings,
): ReadonlyMap<string, readonly TargetLink[]> {
  const byId = new Map(targets.map((target) => [target.id, target]));
  const links = new Map<string, readonly TargetLink[]>();
  const places = new Map<string, MatrixPath | null>();
  for (const target of targets) {
    const own: TargetLink[] = [];
    for (const [context, {value, path}] of target.contexts) {
      if (!value.startsWith(scheme)) continue;
      const name = value.slice(scheme.length);
      const other = byId.get(`${target.image}/${name}`) ?? byId.get(name);
      if (other === undefined) {
        reportUnknown(target, name, path, targets, findings);
        continue;
      }
      checkPlatforms(target, other, path, findings);
      places.set(`${target.id}\0${other.id}`, path);
      own.push({context, target: other});
    }
    if (own.length > 0) links.set(target.id, own);
  }
  reportCircles(targets, links, places, findings);
  return links;
}

function reportUnknown(
  from: ResolvedTarget,
  name: string,
  path: MatrixPath | null,
  targets: readonly ResolvedTarget[],
  findings: Findings,
): void {
  const expansions = targets.filter(({image, key}) => image === from.image && key === name);
  const names = targets.flatMap((one) =>
    one.image === from.image ? [one.name, one.id] : [one.id],
  );
  findings.error('unknown-target', {
    path,
    part: name,
    message:
      expansions.length > 0
        ? `\`${name}\` is ${String(expansions.length)} targets, and a context is one`
        : `no target is called \`${name}\``,
    suggestion:
      expansions.length > 0
        ? `write one of them: ${expansions.map((one) => one.name).join(', ')}`
        : (didYouMean(name, names) ?? 'write NAME for a target of the same image, or IMAGE/NAME'),
  });
}

function checkPlatforms(
  target: ResolvedTarget,
  other: ResolvedTarget,
  path: MatrixPath | null,
  findings: Findings,
): void {
  const offered = new Set(other.platforms.map(({value}) => value));
  const lacking = target.platforms.filter(({value}) => !offered.has(value));
  if (lacking.length === 0) return;
  const list = lacking.map(({value}) => value).join(', ');
  findings.error('missing-platform', {
    path,
    message: `\`${target.id}\` builds on \`${other.id}\`, which is not built for ${list}`,
    suggestion: `add ${list} to the platforms of \`${other.id}\``,
  });
}

function reportCircles(
  targets: readonly ResolvedTarget[],
  links: ReadonlyMap<string, readonly TargetLink[]>,
  places: ReadonlyMap<string, MatrixPath | null>,
  findings: Findings,
): void {
  const graph = targets.map(({id}) => ({id, dependsOn: dependencies(links, id)}));
  for (const cycle of orderTargets(graph).cycles) {
    const path = places.get(`${cycle[0] ?? ''}\0${cycle[1] ?? ''}`) ?? null;
    const message = `targets build on each other in a circle: ${cycle.join(' -> ')}`;
    findings.error('target-cycle', {path, message, suggestion: 'drop one of these contexts'});
  }
}

/** Ids of the targets that `id` builds on, each once. */
export function dependencies(
  links: ReadonlyMap<string, readonly TargetLink[]>,
  id: string,
): readonly string[] {
  return [...new Set((links.get(id) ?? []).map(({target}) => target.id))];
}
