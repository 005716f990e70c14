import type {Diagnostic} from '../events/diagnostic.ts';
import type {EngineUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {aliveNodes, emulatingMachine, type BuilderInspection} from './builder-inspection.ts';
import {builderLacksPlatform} from './engine-problems.ts';

/** Who may build one platform; a `PlatformRoute` of a plan is one. */
export interface RouteNeed {
  readonly platform: string;
  /** The preferred one first; null is the current builder. */
  readonly builders: readonly (string | null)[];
  readonly fallback: 'fail' | 'emulate' | 'skip';
  /** False where nobody chose a builder for this platform. */
  readonly isExplicit: boolean;
}

/** Who builds one platform in this run. */
export interface SettledRoute {
  readonly builder: string | null;
  /**
   * The builder has several nodes. buildx joins what they made of one build under the tag `latest`
   * when it is pushed by digest (seen with 0.29.1), so each platform has to be a build of its own.
   */
  readonly isApart: boolean;
  /** The docker driver cannot push by digest: docker's own store pushes tags. */
  readonly through: 'digest' | 'store';
  /** Who could take over, in this order. */
  readonly others: readonly (string | null)[];
}

export interface SettledBuilders {
  /** By platform; those that are left out are not there. */
  readonly routes: ReadonlyMap<string, SettledRoute>;
  /** What went another way than the routes prefer, and what is emulated. */
  readonly notices: readonly Diagnostic[];
}

export interface SettleRequest {
  readonly routes: readonly RouteNeed[];
  readonly targets: readonly {readonly id: string; readonly platforms: readonly string[]}[];
  /** What a builder is; asked only about those that come into question. */
  readonly inspect: (name: string | null) => Promise<Result<BuilderInspection, EngineUnusable>>;
}

/**
 * Finds a builder for every platform (or for some, where the fallback is `skip`) before anything is built: the first of its route that can be
 * reached and has the platform, or else what its fallback says. Fails where that is `fail`, and where
 * not even the fallback can build it.
 */
export async function settleBuilders(
  request: SettleRequest,
): Promise<Result<SettledBuilders, EngineUnusable>> {
  const settled = await Promise.all(
    request.routes.map(async (route) => ({route, found: await settle(route, request)})),
  );
  const routes = new Map<string, SettledRoute>();
  const notices: Diagnostic[] = [];
  let lost: EngineUnusable | undefined;
  for (const {route, found} of settled) {
    if (!found.ok) return found;
    if ('lost' in found.value) ({lost} = found.value);
    else routes.set(route.platform, found.value.route);
    notices.push(...found.value.notices);
  }
  // A run of nothing would look like one that did its work.
  if (routes.size === 0 && lost !== undefined) return err(lost);
  return ok({routes, notices: joined(notices)});
}

type Settled = {readonly notices: readonly Diagnostic[]} & (
  | {readonly route: SettledRoute}
  /** The platform is left out, because of this. */
  | {readonly lost: EngineUnusable}
);

async function settle(
  route: RouteNeed,
  request: SettleRequest,
): Promise<Result<Settled, EngineUnusable>> {
  const {platform, builders, fallback} = route;
  const emulators = fallback === 'emulate' && !builders.includes(null) ? [null] : [];
  const candidates = [...builders, ...emulators];
  let problem: EngineUnusable | undefined;
  for (const [position, name] of candidates.entries()) {
    const found = await usable(name, platform, request);
    if (!found.ok) {
      problem ??= found.error;
      continue;
    }
    const inspection = found.value;
    const others = candidates.slice(position + 1);
    const isApart = aliveNodes(inspection).length > 1;
    const through = inspection.driver === 'docker' ? 'store' : 'digest';
    const machine = emulatingMachine(inspection, platform);
    const isMeant = route.isExplicit && (position < builders.length || fallback === 'emulate');
    return ok({
      route: {builder: name, isApart, through, others},
      notices: [
        ...(problem === undefined ? [] : [takenOver(platform, inspection, machine, problem)]),
        ...(machine === undefined || isMeant ? [] : [emulated(platform, inspection, machine)]),
      ],
    });
  }
  if (problem === undefined) throw new Error(`no builder is named for ${platform}`);
  if (fallback !== 'skip') return err(problem);
  return ok({lost: problem, notices: [leftOut(platform, request, problem)]});
}

/** What a build asks of a builder that takes it over; a `PlannedTarget` is one. */
export interface TakeOverNeed {
  readonly platforms: readonly string[];
  readonly output: {readonly kind: 'push' | 'load' | 'oci'; readonly through?: 'digest' | 'store'};
}

/**
 * The first of `candidates` that is there and can do the very build of another: it has all platforms,
 * on one node when they are several, and pushes by digest where the other did.
 */
export async function takeOver(
  {platforms, output}: TakeOverNeed,
  candidates: readonly (string | null)[],
  inspect: SettleRequest['inspect'],
): Promise<string | null | undefined> {
  for (const name of candidates) {
    const found = await inspect(name);
    if (!found.ok) continue;
    const nodes = aliveNodes(found.value);
    const hasAll = platforms.every((platform) =>
      nodes.some((node) => node.platforms.includes(platform)),
    );
    const isOne = nodes.length === 1 || platforms.length === 1;
    const isStore = found.value.driver === 'docker';
    if (hasAll && isOne && isStore === (output.through === 'store')) return name;
    if (hasAll && isOne && output.kind !== 'push') return name;
  }
  return undefined;
}

async function usable(
  name: string | null,
  platform: string,
  {inspect, targets}: SettleRequest,
): Promise<Result<BuilderInspection, EngineUnusable>> {
  const inspection = await inspect(name);
  if (!inspection.ok) return inspection;
  const held = [...new Set(aliveNodes(inspection.value).flatMap(({platforms}) => platforms))];
  if (held.includes(platform)) return inspection;
  const ids = targets.filter(({platforms}) => platforms.includes(platform)).map(({id}) => id);
  return err(builderLacksPlatform(inspection.value.name, [platform], held, ids));
}

function takenOver(
  platform: string,
  {name}: BuilderInspection,
  machine: string | undefined,
  {message}: EngineUnusable,
): Diagnostic {
  const how = machine === undefined ? '' : ` by emulation on ${machine}`;
  return warning('builder-replaced', `${message}: ${platform} is built by ${name} instead${how}`);
}

function leftOut(
  platform: string,
  {targets}: SettleRequest,
  {message, remedy}: EngineUnusable,
): Diagnostic {
  const ids = targets.filter(({platforms}) => platforms.includes(platform)).map(({id}) => id);
  return {
    ...warning(
      'platform-skipped',
      `${message}: ${platform} is left out, and nothing of ${ids.join(', ')} is published`,
    ),
    suggestion: remedy,
  };
}

function emulated(platform: string, {name}: BuilderInspection, machine: string): Diagnostic {
  return {
    ...warning(
      'emulated-platform',
      `${platform} is built by emulation: builder ${name} is a ${machine} machine`,
    ),
    suggestion: `route it to a machine of its own with \`builders: [{platform: ${platform}, endpoint: ssh://HOST}]\`, or say that it is meant with \`builders: [{platform: ${platform}, fallback: emulate}]\``,
  };
}

/** Each once, whatever number of platforms it is for. */
function joined(notices: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(notices.map((notice) => [notice.message, notice])).values()];
}

function warning(code: string, message: string): Diagnostic {
  return {severity: 'warning', code, message};
}
