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
import {checkIndexAnnotations} from './check-options.ts';
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
import {stageExports} from './stage-exports.ts';
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

export interface MadePlan {
  readonly plan: BuildPlan;
  /** The builds behind `plan.targets[].command`, in the same order (for `exportBake`). */
  readonly builds: readonly PlannedBuild[];
  /** Doubts about the whole file, not only about what was chosen. */
  readonly warnings: readonly Diagnostic[];
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

  const made = planTargets(
    choice.value,
    resolved.value,
    read.value.values.version,
    input,
    findings,
  );
  const publications = planPublications(
    publishedTargets(choice.value, resolved.value, made),
    resolved.value.indexes,
    options.output,
    findings,
  );
  if (findings.hasErrors()) return invalidMatrix(findings);
  const facts = {
    schema: 1 as const,
    tool: options.tool,
    matrixFile: options.matrixFile,
    git,
    version: read.value.values.version,
    targets: made.map(({planned}) => planned),
    publications,
  };
  return ok({
    plan: {...facts, fingerprint: fingerprint(facts)},
    builds: made.map(({build}) => build),
    warnings: findings.diagnostics(),
  });
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
  version: string,
  {matrix, git, options, locate}: PlanInput,
  findings: Findings,
): readonly MadeTarget[] {
  const facts = {
    root: folderOf(options.matrixFile),
    ...{version, git},
    mirrors: resolved.mirrors,
    output: options.output,
    builder: options.builder ?? usualBuilder(matrix.builders),
    storeBuilders: options.storeBuilders,
    noCache: options.noCache,
    pull: options.pull,
  };
  // What only an index joins needs no tag, unless docker itself pushes it: docker knows images by tags.
  const joined = new Set(
    options.storeBuilders.length > 0 ? [] : resolved.indexes.flatMap((index) => index.targets),
  );
  const made = choice.targets.map(({target, platforms, dependsOn}) => {
    const tags = tagsOf(resolved, target.id);
    if (options.output.kind === 'push' && tags.references.length === 0 && !joined.has(target.id)) {
      const message = `\`${target.id}\` has no tag to be pushed under`;
      findings.error('no-tag', {path: target.path, message, suggestion: 'give it `tags`'});
    }
    checkIndexAnnotations(target, platforms, options.output.kind, findings);
    const chosen: ChosenTarget = {
      ...{target, platforms, tags},
      stages: resolved.stages.get(target.id) ?? {stages: [], images: [], frontend: null},
      links: (resolved.links.get(target.id) ?? []).map((link) => ({
        ...link,
        tags: tagsOf(resolved, link.target.id),
      })),
      isLinked: choice.linked.has(target.id),
    };
    const build = buildRequest(chosen, facts, findings);
    const budget = budgetLimits(target.budget, locate, findings);
    return {target, planned: plannedTarget(chosen, dependsOn, build, budget), build};
  });
  warnOfSharedCaches(
    made.map(({target, build}) => ({target, cacheTo: build.cacheTo})),
    findings,
  );
  return made;
}

const tagsOf = ({tags}: ResolvedMatrix, id: string): ImageTags =>
  tags.get(id) ?? {repositories: [], inRegistry: false, references: []};

/** The builder that the file names for every platform. */
function usualBuilder(builders: MatrixInput['matrix']['builders']): string | null {
  const route = builders?.find(
    ({platform, builder}) => platform === undefined && builder !== undefined,
  );
  return route?.builder ?? null;
}

function plannedTarget(
  {target, platforms, tags, stages}: ChosenTarget,
  dependsOn: readonly string[],
  build: PlannedBuild,
  budget: PlannedTarget['budget'],
): PlannedTarget {
  const ofDockerfile = withSources(stages.stages, build);
  const layouts = build.outputs.flatMap((output) => (output.kind === 'oci' ? [output.folder] : []));
  return {
    id: target.id,
    part: null,
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
    tags: tags.references,
    dependsOn,
    output: build.outputs[0] ?? {kind: 'load'},
    layouts,
    builder: build.builder,
    command: buildxCommand(build),
    budget,
    metadataFile: build.metadataFile,
    ...stageExports(ofDockerfile, build),
  };
}
