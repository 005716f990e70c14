import {contextKey} from '../dockerfile/context-key.ts';
import {isDockerfileFrontend} from '../dockerfile/frontend.ts';
import type {ParsedDockerfile} from '../dockerfile/parse-dockerfile.ts';
import type {ResolvedStages} from '../dockerfile/resolve-stages.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {FindingDetails, Findings, MatrixPath} from './findings.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** A target with what its Dockerfile says; undefined where nobody here can read it. */
export interface DockerfileUse {
  readonly target: ResolvedTarget;
  readonly dockerfile: ParsedDockerfile | undefined;
  readonly stages: ResolvedStages;
}

interface GivenValue extends FindingDetails {
  readonly code: string;
  /** False only where the Dockerfile surely does nothing with it. */
  readonly isUsed: boolean;
}

/**
 * Warns of arguments, named contexts and secrets that nothing takes: each once at its place, and only
 * where it does nothing in any of the targets that have it from there. What is behind a URL, or read by
 * a frontend that is not docker's, may take anything.
 */
export function warnOfUnusedValues(uses: readonly DockerfileUse[], findings: Findings): void {
  const unused = new Map<string, GivenValue>();
  const used = new Set<string>();
  for (const use of uses) {
    for (const value of [...args(use), ...contexts(use), ...secrets(use)]) {
      const key = `${value.code} ${JSON.stringify(value.path ?? value.part)}`;
      if (value.isUsed) used.add(key);
      else if (!unused.has(key)) unused.set(key, value);
    }
  }
  for (const [key, {code, path, message, suggestion}] of unused) {
    if (!used.has(key)) findings.warning(code, {path, message, suggestion});
  }
}

/** Arguments that the Dockerfile frontend and BuildKit know without an ARG. */
const predefinedArgs =
  /^(?:BUILDKIT_.*|SOURCE_DATE_EPOCH|(?:HTTP|HTTPS|FTP|NO|ALL)_PROXY|(?:http|https|ftp|no|all)_proxy)$/;

function args({target, dockerfile}: DockerfileUse): readonly GivenValue[] {
  const names = dockerfile?.argNames ?? new Set<string>();
  const isKnown = isReadHere(target, dockerfile);
  return [...target.args].map(([name, {path}]) => ({
    ...given('unused-arg', name, path),
    isUsed: !isKnown || names.has(name) || predefinedArgs.test(name),
    message: `${fileOf(dockerfile)} declares no \`ARG ${name}\`, so that this value does nothing`,
    suggestion: didYouMean(name, names),
  }));
}

function contexts({target, dockerfile, stages}: DockerfileUse): readonly GivenValue[] {
  const names = namesIn(dockerfile, stages);
  const keys = new Set(names?.map(contextKey));
  const isKnown = isReadHere(target, dockerfile) && names !== null && stages.stages.length > 0;
  return [...target.contexts].map(([name, {path}]) => ({
    ...given('unused-context', name, path),
    isUsed: !isKnown || keys.has(contextKey(name)),
    message: `${fileOf(dockerfile)} names neither a stage nor an image \`${name}\`, so that this context does nothing`,
    suggestion: didYouMean(name, names ?? []),
  }));
}

/** Everything that a named context may stand for; null where that depends on values. */
function namesIn(
  dockerfile: ParsedDockerfile | undefined,
  {stages, images}: ResolvedStages,
): readonly string[] | null {
  if (dockerfile === undefined) return null;
  const references = dockerfile.stages.flatMap((stage) => [
    ...[...stage.references, ...stage.triggerReferences].map(({name}) => name),
  ]);
  const bases = stages.flatMap(({base, on = {}}) =>
    [base, ...Object.values(on).map((use) => use.base)].flatMap((one) => {
      if (one.kind === 'context') return [one.name];
      return one.kind === 'image' ? [one.reference] : [];
    }),
  );
  const names = dockerfile.stages.flatMap(({name}) => name ?? []);
  const frontend = dockerfile.frontend === null ? [] : [dockerfile.frontend];
  const all = [
    ...new Set([
      ...names,
      ...references,
      ...bases,
      ...images.map(({reference}) => reference),
      ...frontend,
    ]),
  ];
  return all.some((name) => name.includes('$')) ? null : all;
}

/** Ids by which BuildKit itself asks for secrets, to fetch what a Dockerfile or a context names. */
const fetchSecrets = /^(?:GIT|HTTP)_AUTH_/;

/** True where the target may ask for the secret; false where its Dockerfile surely mounts no such one. */
export function asksForSecret(
  {target, dockerfile}: Pick<DockerfileUse, 'target' | 'dockerfile'>,
  id: string,
): boolean {
  const ids = isReadHere(target, dockerfile) ? dockerfile.secretIds : null;
  return ids === null || ids.has(id) || fetchSecrets.test(id);
}

function secrets({target, dockerfile}: DockerfileUse): readonly GivenValue[] {
  return target.secrets.map(({value: {id}, path}) => ({
    ...given('unused-secret', id, path),
    isUsed: asksForSecret({target, dockerfile}, id),
    message: `no step of ${fileOf(dockerfile)} mounts a secret \`${id}\`, so that it is given in vain`,
    suggestion:
      didYouMean(id, dockerfile?.secretIds ?? []) ??
      `take it with \`RUN --mount=type=secret,id=${id}\``,
  }));
}

/** True where the Dockerfile is known, and read by docker's own frontend. */
export function isReadHere(
  target: ResolvedTarget,
  dockerfile: ParsedDockerfile | undefined,
): dockerfile is ParsedDockerfile {
  if (dockerfile === undefined) return false;
  const frontend = target.args.get('BUILDKIT_SYNTAX')?.value ?? dockerfile.frontend;
  return frontend === null || isDockerfileFrontend(frontend);
}

const fileOf = (dockerfile: ParsedDockerfile | undefined): string => dockerfile?.file ?? '';

const given = (
  code: string,
  part: string,
  path: MatrixPath | null,
): Pick<GivenValue, 'code' | 'part' | 'path'> => ({code, part, path});
