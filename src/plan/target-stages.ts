import {contextKey} from '../dockerfile/context-key.ts';
import {
  resolveStages,
  suggestStage,
  targetIndex,
  type ResolvedStages,
} from '../dockerfile/resolve-stages.ts';
import type {ParsedDockerfile} from '../dockerfile/parse-dockerfile.ts';
import type {Files, PathKind} from '../ports/files.ts';
import {doubtfulSources} from './doubtful-sources.ts';
import type {Findings, Sourced} from './findings.ts';
import {hasScheme, isRemote, joinPath} from './paths.ts';
import {sourcePaths, type ReadSources} from './read-dockerfiles.ts';
import type {ResolvedTarget} from './resolved-target.ts';
import {asksForSecret, warnOfUnusedValues, type DockerfileUse} from './unused-values.ts';

/** The Dockerfile of one target, as far as it could be read. */
export interface TargetStages extends ResolvedStages {
  /** Image of `# syntax=`. */
  readonly frontend: string | null;
  /** Secrets without which it cannot be built: files, which buildx looks at, and what steps may mount. */
  readonly secrets: ResolvedTarget['secrets'];
}

const nothing: ResolvedStages = {stages: [], images: []};

/**
 * The stages of every target, by its id, and what is wrong with contexts,
 * Dockerfiles, stages and build arguments.
 */
export async function targetStages(
  targets: readonly ResolvedTarget[],
  root: string,
  sources: ReadSources,
  files: Pick<Files, 'list'>,
  findings: Findings,
): Promise<ReadonlyMap<string, TargetStages>> {
  const resolve = createResolver(findings);
  const uses = targets.map((target): DockerfileUse => {
    checkNamedContexts(target, root, sources, findings);
    const dockerfile = dockerfileOf(target, root, sources, findings);
    if (dockerfile === undefined) return {target, dockerfile, stages: nothing};
    checkStages(target, dockerfile, findings);
    return {target, dockerfile, stages: resolve(target, dockerfile)};
  });
  warnOfUnusedValues(uses, findings);
  findings.add(await doubtfulSources(uses, root, files));
  return new Map(
    uses.map((use) => [
      use.target.id,
      {
        ...use.stages,
        frontend: use.dockerfile?.frontend ?? null,
        secrets: use.target.secrets.filter(
          ({value}) => value.from === 'file' || asksForSecret(use, value.id),
        ),
      },
    ]),
  );
}

function dockerfileOf(
  target: ResolvedTarget,
  root: string,
  {dockerfiles, folders}: ReadSources,
  findings: Findings,
): ParsedDockerfile | undefined {
  const paths = sourcePaths(target, root);
  if (paths.remote) return undefined;
  const folder = folders.get(paths.context);
  if (folder !== 'folder') {
    const message = `the context \`${paths.context}\` ${notFolder(folder)}`;
    const suggestion = '`context` is a folder relative to matrix.yml';
    findings.error('missing-context', {path: target.context.path, message, suggestion});
    return undefined;
  }
  const reading = dockerfiles.get(paths.dockerfile);
  const {path} = target.dockerfile;
  switch (reading?.kind) {
    case 'parsed':
      return reading.dockerfile;
    case 'invalid':
      findings.add(reading.diagnostics);
      return undefined;
    case 'unreadable': {
      const message = `the Dockerfile \`${paths.dockerfile}\` cannot be read: ${reading.message}`;
      findings.error('unreadable-dockerfile', {path, message});
      return undefined;
    }
    case 'missing':
    case 'remote':
    case undefined: {
      const message = `the Dockerfile \`${paths.dockerfile}\` does not exist`;
      const suggestion = reading?.kind === 'missing' ? reading.suggestion : undefined;
      findings.error('missing-dockerfile', {
        ...{path, message},
        suggestion: suggestion ?? '`dockerfile` is relative to `context`',
      });
      return undefined;
    }
  }
}

/** Folders among the named contexts, relative to the working directory. */
export function namedFolders(targets: readonly ResolvedTarget[], root: string): Set<string> {
  const values = targets.flatMap(({contexts}) => [...contexts.values()].map(({value}) => value));
  return new Set(values.filter(isFolder).map((value) => joinPath(root, value)));
}

const isFolder = (context: string): boolean =>
  context !== '' && !hasScheme(context) && !isRemote(context);

/** What is wrong with the place where a folder should be. */
function notFolder(found: PathKind | undefined): string {
  if (found === 'file' || found === 'other') return 'is not a folder';
  return found === 'unreachable'
    ? 'cannot be reached (a loop of symbolic links, or no permission)'
    : 'does not exist';
}

function checkNamedContexts(
  target: ResolvedTarget,
  root: string,
  {folders}: ReadSources,
  findings: Findings,
): void {
  for (const [name, {value, path}] of target.contexts) {
    const folder = folders.get(joinPath(root, value));
    if (!isFolder(value) || folder === 'folder') continue;
    findings.error('missing-context', {
      path,
      message: `the folder \`${joinPath(root, value)}\` of context \`${name}\` ${notFolder(folder)}`,
      suggestion: 'write a folder, a URL, `docker-image://…`, `oci-layout://…` or `target:NAME`',
    });
  }
}

function checkStages(
  target: ResolvedTarget,
  dockerfile: ParsedDockerfile,
  findings: Findings,
): void {
  const {stage, noCacheStages, budget} = target;
  const budgetStages: readonly Sourced<string>[] = Object.keys(budget?.value.stages ?? {}).map(
    (name) => ({value: name, path: budget?.path ? [...budget.path, 'stages', name] : null}),
  );
  for (const {value, path} of [...(stage ? [stage] : []), ...noCacheStages, ...budgetStages]) {
    if (value === '' || targetIndex(dockerfile, value) !== undefined) continue;
    const message = `${dockerfile.file} has no stage \`${value}\``;
    const suggestion = suggestStage(dockerfile, value);
    findings.error('unknown-stage', {path, message, suggestion});
  }
}

/** Resolves stages, once for all targets whose answer is the same. */
function createResolver(
  findings: Findings,
): (target: ResolvedTarget, dockerfile: ParsedDockerfile) => ResolvedStages {
  const known = new Map<ParsedDockerfile, Map<string, ResolvedStages>>();
  return (target, dockerfile) => {
    const globals = new Set(dockerfile.globalArgs.map(({name}) => name));
    const args = Object.fromEntries(
      [...target.args].flatMap(([name, {value}]) =>
        globals.has(name) || automaticArgs.test(name) ? [[name, value]] : [],
      ),
    );
    const stage = target.stage?.value ?? null;
    const platforms = target.platforms.map(({value}) => value);
    const contexts = [...target.contexts.keys()].map(contextKey);
    const key = JSON.stringify([args, stage, platforms, contexts]);
    const answers = known.get(dockerfile) ?? new Map<string, ResolvedStages>();
    known.set(dockerfile, answers);
    const answer = answers.get(key);
    if (answer !== undefined) return answer;
    const question = {args, stage, platforms, contexts: new Set(contexts)};
    const resolved = resolveStages(dockerfile, question);
    if (!resolved.ok) findings.add(resolved.error);
    const stages = resolved.ok ? resolved.value : {stages: [], images: []};
    answers.set(key, stages);
    return stages;
  };
}

const automaticArgs = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT|OSVERSION|STAGE)$/;
