import type {RunnerSpec} from '../config/matrix-file-parts.ts';
import {buildxCommand} from '../docker/buildx-arguments.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import type {InvalidMatrix, InvalidUsage} from '../events/failure.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {GitFacts} from '../ports/git.ts';
import type {BuildPlan, PlannedTarget} from './build-plan.ts';
import {budgetLimits} from './budget-limits.ts';
import {buildRequest, type ChosenTarget, type PlannedBuild} from './build-requests.ts';
import {warnOfSharedCaches} from './cache-options.ts';
import {checkIndexAnnotations, checkUntagged} from './check-options.ts';
import {oneBuilder, preferredBuilders, type Assign} from './assign-builders.ts';
import {builderRoutes, type BuilderRoutes} from './builder-routes.ts';
import {chooseTargets, type Choice} from './choose-targets.ts';
import {createFindings, type Findings} from './findings.ts';
import {fingerprint} from './fingerprint.ts';
import type {ImageTags} from './image-tags.ts';
import {namesOf} from './name-matcher.ts';
import {folderOf} from './paths.ts';
import {planPublications, type PublishedTarget} from './publications.ts';
import {readOptions} from './read-options.ts';
import type {ResolvedTarget} from './resolved-target.ts';
import {resolveMatrix, type MatrixInput, type ResolvedMatrix} from './resolve-matrix.ts';
import {inputLabels} from './run-values.ts';
import {stageExports} from './stage-exports.ts';
import {assignShards, parseShards, shardingOf, type Sharding} from './shards.ts';
import {splitTargets} from './split-targets.ts';
import type {TargetStages} from './target-stages.ts';
import {withSources} from './stage-sources.ts';

export type {PlanOptions} from './plan-options.ts';

/**
 * What a plan is made of: the file, where its values stand (`LoadedMatrix.source.locate`), and facts
 * that were read beforehand. Only Dockerfiles and folders are read, through `files`.
 */
export interface PlanInput extends MatrixInput {
  /** null outside a checkout. */
  readonly git: GitFacts | null;
}

export interface RoutedPlan {
  readonly plan: BuildPlan;
  /** The builds behind `plan.targets[].command`, in the same order (for `exportBake`). */
  readonly builds: readonly PlannedBuild[];
  /** Doubts about the whole file, not only about what was chosen. */
  readonly warnings: readonly Diagnostic[];
}

export interface MadePlan extends RoutedPlan {
  /** GitHub's runner for each platform that has one of its own, by the id of the target. */
  readonly runners: ReadonlyMap<string, ReadonlyMap<string, RunnerSpec>>;
  /** Secrets that have to be there when a target is built, by its id. */
  readonly secrets: ReadonlyMap<string, TargetStages['secrets']>;
  /**
   * The same plan with other builders than the routes of the file prefer: when it is known what the
   * builders can do, or for `docker buildx bake`, which has one for everything.
   */
  readonly routed: (assign: Assign) => Result<RoutedPlan, InvalidMatrix>;
  /** What is left to `publish`, when the plan is only what `--shard` names; otherwise null. */
  readonly sharding: Sharding | null;
}

/**
 * Resolves matrix.yml into the ordered list of commands that build it. Deterministic: the same input
 * gives the same bytes. Every problem of the file and of the Dockerfiles it names is reported at once,
 * also of targets that were not chosen.
 */
export async function makePlan(
  input: PlanInput,
): Promise<Result<MadePlan, InvalidMatrix | InvalidUsage>> {
  const {matrix, git, options} = input;
  const findings = createFindings(input.locate);
  const read = readOptions(options, matrix.vars, git);
  if (!read.ok) return invalidUsage(read.error);
  const resolved = await resolveMatrix(input, read.value, findings);
  if (!resolved.ok) return invalidUsage(resolved.error);
  if (findings.hasErrors()) return invalidMatrix(findings);

  const unmatched = unmatchedOverride(resolved.value);
  if (unmatched !== undefined) return invalidUsage(unmatched);
  const {selection, links} = resolved.value;
  const choice = chooseTargets(options.selectors, read.value.platforms, selection, links);
  if (!choice.ok) return invalidUsage(choice.error);
  const withoutRegistry =
    options.output.kind === 'push' && pushProblem(choice.value, resolved.value);
  if (withoutRegistry) return invalidUsage(withoutRegistry);

  const {version} = read.value.values;
  const runners = new Map(choice.value.targets.map(({target}) => [target.id, target.runners]));
  const secrets = new Map(
    choice.value.targets.map(({target: {id}}) => [
      id,
      resolved.value.stages.get(id)?.secrets ?? [],
    ]),
  );
  const routes = builderRoutes(matrix.builders ?? [], options.builder, findings);
  const planOf = (
    choice: Choice,
    assign: Assign,
    indexes: ResolvedMatrix['indexes'] | null,
  ): Result<RoutedPlan, InvalidMatrix> => {
    const found = createFindings(input.locate);
    found.add(findings.diagnostics());
    const made = planTargets(choice, resolved.value, assign, version, input, found);
    const published = publishedTargets(choice, resolved.value, made);
    const publications =
      indexes === null ? [] : planPublications(published, indexes, options.output, found);
    if (found.hasErrors()) return invalidMatrix(found);
    const facts = {
      schema: 1 as const,
      tool: options.tool,
      matrixFile: options.matrixFile,
      git,
      version,
      targets: made.map(({planned}) => planned),
      publications,
      ...routesOf(made, routes),
    };
    return ok({
      plan: {...facts, fingerprint: fingerprint(facts)},
      builds: made.map(({build}) => build),
      warnings: found.diagnostics(),
    });
  };
  const {indexes} = resolved.value;
  if (options.shards.length === 0) {
    const routed = (assign: Assign) => planOf(choice.value, assign, indexes);
    const made = routed(preferredBuilders(routes));
    return made.ok ? ok({...made.value, routed, sharding: null, runners, secrets}) : made;
  }
  const shards = parseShards(options.shards, choice.value.targets);
  if (!shards.ok) return invalidUsage(shards.error);
  const whole = planOf(choice.value, oneBuilder(null), indexes);
  if (!whole.ok) return whole;
  const sharding = shardingOf(whole.value.plan, choice.value.targets, shards.value, input.matrix);
  const routed = (assign: Assign) =>
    planOf(choice.value, assignShards(assign, choice.value.targets, shards.value), null);
  const made = routed(preferredBuilders(routes));
  return made.ok ? ok({...made.value, routed, sharding, runners, secrets}) : made;
}

function invalidUsage({message, suggestion}: Problem): Result<never, InvalidUsage> {
  return err({
    reason: 'invalid-usage',
    message: maskCredentials(message),
    remedy: maskCredentials(suggestion ?? 'see `build-matrix --help`'),
  });
}

function invalidMatrix(findings: Findings): Result<never, InvalidMatrix> {
  return err({reason: 'invalid-matrix', diagnostics: findings.diagnostics()});
}

function unmatchedOverride({unmatched, selection}: ResolvedMatrix): Problem | undefined {
  const [first] = unmatched;
  if (first === undefined) return undefined;
  const names = selection.all.flatMap(namesOf);
  return {
    message: `--set ${first.text}: no target is called \`${first.pattern}\``,
    suggestion: didYouMean(first.pattern, names) ?? '`build-matrix list` shows what there is',
  };
}

/** A push without a registry in the name would go to Docker Hub's official images. */
function pushProblem(choice: Choice, {tags}: ResolvedMatrix): Problem | undefined {
  const homeless = choice.targets.find(({target}) => tags.get(target.id)?.inRegistry !== true);
  return (
    homeless && {
      message: `--push: \`${homeless.target.id}\` goes to no registry`,
      suggestion: 'name one with --registry, or with `registries` in matrix.yml',
    }
  );
}

/** The routes of all platforms that are built, and the builders that these name. */
function routesOf(
  made: readonly MadeTarget[],
  routes: BuilderRoutes,
): Pick<BuildPlan, 'routes' | 'builders'> {
  const platforms = new Set(made.flatMap(({planned}) => planned.platforms));
  const used = [...platforms].map((platform) => routes.route(platform));
  const names = new Set(used.flatMap(({builders}) => builders));
  return {routes: used, builders: routes.builders.filter(({name}) => names.has(name))};
}

interface MadeTarget {
  readonly target: ResolvedTarget;
  readonly planned: PlannedTarget;
  readonly build: PlannedBuild;
}

function publishedTargets(
  {targets}: Choice,
  resolved: ResolvedMatrix,
  made: readonly MadeTarget[],
): readonly PublishedTarget[] {
  return targets.map(({target}) => ({
    target,
    tags: tagsOf(resolved, target.id),
    builds: made.filter((one) => one.target === target).map(({planned}) => planned),
  }));
}

function planTargets(
  choice: Choice,
  resolved: ResolvedMatrix,
  assign: Assign,
  version: string,
  {git, options, locate}: PlanInput,
  findings: Findings,
): readonly MadeTarget[] {
  const facts = {
    root: folderOf(options.matrixFile),
    ...{version, git},
    mirrors: resolved.mirrors,
    output: options.output,
    noCache: options.noCache,
    pull: options.pull,
  };
  const builds = splitTargets(choice.targets, assign);
  for (const {target, platforms} of choice.targets) {
    if (options.output.kind === 'push' && tagsOf(resolved, target.id).references.length === 0) {
      const isStored = builds.some((one) => one.target === target && one.through === 'store');
      const isJoined = resolved.indexes.some((index) => index.targets.includes(target.id));
      checkUntagged(target, {isStored, isJoined, isLinked: choice.linked.has(target.id)}, findings);
    }
    checkIndexAnnotations(target, platforms, options.output.kind, findings);
  }
  const byId = new Map(builds.map((build) => [build.id, build]));
  const made = builds.map((one) => {
    const {target, dependsOn} = one;
    const chosen: ChosenTarget = {
      ...one,
      tags: tagsOf(resolved, target.id),
      stages: resolved.stages.get(target.id) ?? {
        ...{stages: [], images: [], frontend: null, secrets: []},
      },
      links: (resolved.links.get(target.id) ?? []).flatMap((link) => {
        // All platforms of a build are in one build of what it builds on: groups are the same for all.
        const id = dependsOn.find((id) => byId.get(id)?.target === link.target);
        const build = id === undefined ? undefined : byId.get(id);
        return build === undefined
          ? []
          : [{...link, build, tags: tagsOf(resolved, link.target.id)}];
      }),
      isLinked: choice.linked.has(target.id),
    };
    const build = buildRequest(chosen, facts, findings);
    const budget = budgetLimits(target.budget, locate, findings);
    return {target, planned: plannedTarget(chosen, build, budget), build};
  });
  warnOfSharedCaches(
    made.map(({target, planned, build}) => ({id: planned.id, target, cacheTo: build.cacheTo})),
    findings,
  );
  return made;
}

const tagsOf = ({tags}: ResolvedMatrix, id: string): ImageTags =>
  tags.get(id) ?? {repositories: [], inRegistry: false, references: []};

/** Images that docker alone holds are never looked for again. */
function withLabels(targetId: string, build: PlannedBuild): PlannedBuild {
  if (build.outputs[0]?.kind === 'load') return build;
  return {...build, labels: {...build.labels, ...inputLabels(targetId)}};
}

function plannedTarget(
  {id, part, target, platforms, dependsOn, stages}: ChosenTarget,
  build: PlannedBuild,
  budget: PlannedTarget['budget'],
): PlannedTarget {
  const ofDockerfile = withSources(stages.stages, build);
  const layouts = build.outputs.flatMap((output) => (output.kind === 'oci' ? [output.folder] : []));
  return {
    ...{id, part},
    image: target.image,
    name: target.name,
    key: target.key,
    axes: target.axes,
    description: target.description,
    accelerator: target.accelerator,
    platforms,
    context: build.context,
    dockerfile: build.dockerfile,
    stages: ofDockerfile,
    stage: build.stage,
    tags: build.tags,
    dependsOn,
    output: build.outputs[0] ?? {kind: 'load'},
    layouts,
    builder: build.builder,
    command: buildxCommand(withLabels(target.id, build)),
    budget,
    metadataFile: build.metadataFile,
    ...stageExports(ofDockerfile, build),
  };
}
