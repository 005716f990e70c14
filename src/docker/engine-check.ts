import type {Diagnostic} from '../events/diagnostic.ts';
import type {EngineUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {isOlder, oldestBuildx, oldestCopyingBuildx, oldestForPush} from './buildx-versions.ts';
import {aliveNodes, parseInspection, type BuilderInspection} from './builder-inspection.ts';
import type {BuilderFacts, EngineFacts} from './engine-facts.ts';
import {missingBuilder, type Answer, type EngineQuestions} from './engine-questions.ts';
import {
  builderLacksPlatform,
  builderMissing,
  builderUnreachable,
  buildxMissing,
  buildxTooOld,
  daemonUnreachable,
  dockerMissing,
  needsContainerdStore,
} from './engine-problems.ts';

/** What one target asks of the engine; a `PlannedTarget` is one. */
export interface EngineNeed {
  readonly id: string;
  /** Name of the buildx builder; null for the current one. */
  readonly builder: string | null;
  readonly platforms: readonly string[];
  readonly output: {readonly kind: 'push' | 'load' | 'oci'};
}

export interface EngineReport {
  readonly facts: EngineFacts;
  /** Things that stop nothing, such as a buildx that should be updated. */
  readonly notices: readonly Diagnostic[];
}

/**
 * Whether docker, buildx and every builder can do what is needed. The daemon itself is asked by the
 * builders that need it: with a remote builder it may be down.
 */
export async function checkEngine(
  questions: EngineQuestions,
  needs: readonly EngineNeed[],
): Promise<Result<EngineReport, EngineUnusable>> {
  const names = [...new Set(needs.map(({builder}) => builder))];
  const moves = needs.some(({output}) => output.kind === 'push');
  const [tools, ...inspections] = await Promise.all([
    moves ? checkTagTools(questions) : checkTools(questions),
    ...names.map((name) => questions.builder(name)),
  ]);
  if (!tools.ok) return tools;
  const {docker, buildx} = tools.value;

  const builders: BuilderFacts[] = [];
  const notices: Diagnostic[] = isOlder(buildx, oldestCopyingBuildx) ? [oldBuildx(buildx)] : [];
  for (const [position, name] of names.entries()) {
    const inspection = readInspection(name, inspections[position]);
    if (!inspection.ok) return inspection;
    const problem = checkBuilder(
      inspection.value,
      needs.filter(({builder}) => builder === name),
    );
    if (problem !== undefined) return err(problem);
    builders.push(factsOf(inspection.value));
    notices.push(...deadNodes(inspection.value));
  }
  return ok({facts: {docker, buildx, builders}, notices});
}

/** The versions of docker and buildx, where there is a buildx that is new enough. */
export async function checkTools(
  questions: EngineQuestions,
): Promise<Result<{readonly docker: string | null; readonly buildx: string}, EngineUnusable>> {
  const [buildxAnswer, dockerAnswer] = await Promise.all([questions.buildx, questions.docker]);
  if (!buildxAnswer.ok && buildxAnswer.error.kind === 'not-found') return err(dockerMissing());
  const buildx = versionIn(buildxAnswer);
  if (buildx === null) return err(buildxMissing());
  if (isOlder(buildx, oldestBuildx)) {
    return err(buildxTooOld(buildx, oldestBuildx, 'its progress cannot be read by a program'));
  }
  return ok({docker: versionIn(dockerAnswer), buildx});
}

/** The same, where buildx also moves tags as they have to be moved. */
export async function checkTagTools(questions: EngineQuestions): ReturnType<typeof checkTools> {
  const tools = await checkTools(questions);
  if (!tools.ok || !isOlder(tools.value.buildx, oldestForPush)) return tools;
  const lacks = 'it cannot move tags without a new digest';
  return err(buildxTooOld(tools.value.buildx, oldestForPush, lacks));
}

/** The first version number that was printed; null when there is none. */
function versionIn(answer: Answer): string | null {
  if (!answer.ok) return null;
  return /\bv?(\d+\.\d+\.\d+[^\s,]*)/u.exec(answer.value.stdout)?.[1] ?? null;
}

/** What docker answered about the builder, or why that cannot be used. */
export function readInspection(
  name: string | null,
  answer: Answer | undefined,
): Result<BuilderInspection, EngineUnusable> {
  const shown = name ?? 'default';
  if (answer?.ok !== true) {
    const kind = answer?.error.kind ?? 'cancelled';
    const cause = kind === 'timed-out' ? 'it gave no answer in time' : `docker was ${kind}`;
    return err(builderUnreachable(shown, cause));
  }
  const {exitCode, stdout, stderr} = answer.value;
  const inspection = parseInspection(stdout);
  const said =
    inspection.error ??
    (exitCode === 0 ? undefined : /^ERROR: (.+)$/mu.exec(stderr)?.[1]) ??
    inspection.nodes.find((node) => node.error !== undefined)?.error;
  const missing = missingBuilder(answer);
  if (missing !== undefined) return err(builderMissing(missing || shown, name === null));
  const usable =
    exitCode === 0 && inspection.error === undefined && aliveNodes(inspection).length > 0;
  if (usable) return ok(inspection);
  const cause = said ?? 'it has no node';
  const {driver} = inspection;
  // Without an answer the driver is not known; a builder of a context of docker's says what docker says.
  const isNamed = (name ?? (inspection.name || 'default')) !== 'default';
  const isOfDocker = !isNamed || /docker daemon/iu.test(cause);
  const isDaemon = driver === 'docker' || (driver === '' && isOfDocker);
  if (isDaemon) return err(daemonUnreachable(cause));
  const reason = cause === 'context deadline exceeded' ? 'it does not answer' : cause;
  return err(builderUnreachable(inspection.name || shown, reason));
}

function checkBuilder(
  builder: BuilderInspection,
  needs: readonly EngineNeed[],
): EngineUnusable | undefined {
  const alive = aliveNodes(builder);
  const held = [...new Set(alive.flatMap(({platforms}) => platforms))];
  const lacking = needs.filter(({platforms}) =>
    platforms.some((platform) => !held.includes(platform)),
  );
  if (lacking.length > 0) {
    const missing = new Set(lacking.flatMap(({platforms}) => platforms));
    for (const platform of held) missing.delete(platform);
    const targets = lacking.map(({id}) => id);
    return builderLacksPlatform(builder.name, [...missing], held, targets);
  }

  const lacks = (feature: string): boolean =>
    alive.some(({features}) => features.get(feature) === false);
  if (lacks('Multi-platform build') && needs.some(({platforms}) => platforms.length > 1)) {
    const what = 'build several platforms';
    return needsContainerdStore('builder-lacks-platform', builder.name, what);
  }
  if (lacks('OCI exporter') && needs.some(({output}) => output.kind === 'oci')) {
    const what = 'write an OCI layout';
    return needsContainerdStore('builder-lacks-output', builder.name, what);
  }
  return undefined;
}

function factsOf({name, driver, nodes}: BuilderInspection): BuilderFacts {
  return {
    name,
    driver,
    nodes: nodes.map((node) => ({
      name: node.name,
      buildkit: node.buildkit ?? null,
      platforms: node.platforms,
    })),
  };
}

/** buildx goes on with the other nodes of a builder. */
function deadNodes(builder: BuilderInspection): readonly Diagnostic[] {
  const alive = aliveNodes(builder);
  return builder.nodes.flatMap((node) => {
    if (alive.includes(node)) return [];
    const message = `node ${node.name} of builder ${builder.name}: ${node.error ?? `it is ${node.status}`}`;
    return [warning('node-unreachable', message)];
  });
}

function oldBuildx(version: string): Diagnostic {
  const message = `buildx ${version} is old: where it copies between repositories it writes parts of an image under the tag first, which immutable tags refuse`;
  const suggestion = `update it to ${oldestCopyingBuildx} or newer`;
  return {...warning('old-buildx', message), suggestion};
}

function warning(code: string, message: string): Diagnostic {
  return {severity: 'warning', code, message};
}
