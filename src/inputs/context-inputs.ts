import {posix} from 'node:path';

import {err, ok, type Result} from '../model/result.ts';
import {joinPath, stateFolder} from '../plan/paths.ts';
import type {ContextFiles} from '../ports/context-files.ts';
import type {Files} from '../ports/files.ts';
import {
  applyRules,
  mayTakeBack,
  noRules,
  parseIgnoreFile,
  type IgnoreRules,
  type RuleMatches,
} from './ignore-file.ts';
import {oncePerKey} from './once.ts';
import {walkContext, type ContextContent} from './walk-context.ts';

export interface ContextPorts {
  readonly contextFiles: ContextFiles;
  readonly files: Pick<Files, 'readText'>;
}

/** Reads contexts, each once for all that see it in the same way. */
export interface ContextInputs {
  /** `dockerfile` is null for a named context, to which only its own `.dockerignore` applies. */
  readonly read: ReadContext;
  /** Path of something that was touched, came or went since these were read; undefined when nothing was. */
  touched(contexts: ReadonlyMap<string, ContextContent>): Promise<string | undefined>;
}

export type ReadContext = (
  folder: string,
  dockerfile: string | null,
) => Promise<Result<ContextContent, string>>;

export function createContextInputs(ports: ContextPorts): ContextInputs {
  const sources = new Map<ContextContent, {readonly folder: string; readonly rules: IgnoreRules}>();
  const walk = oncePerKey(
    (folder: string, ignoreText: string) => `${folder}\0${ignoreText}`,
    async (folder, ignoreText): Promise<Result<ContextContent, string>> => {
      const rules = ignoreText === '' ? ok(noRules) : parseIgnoreFile(ignoreText);
      if (!rules.ok) return err(`the ignore file of \`${folder}\`: ${rules.error}`);
      if (seesState(folder, rules.value)) {
        return err(
          `\`${folder}\` holds \`${stateFolder}\`, which changes in every run: add \`${stateFolder}\` to its .dockerignore`,
        );
      }
      const walked = await walkContext(ports.contextFiles, folder, rules.value);
      if (walked.ok) sources.set(walked.value, {folder, rules: rules.value});
      return walked;
    },
  );
  const read = oncePerKey(
    (folder: string, dockerfile: string | null) => `${folder}\0${dockerfile ?? ''}`,
    async (folder, dockerfile) => {
      const text = await ignoreTextOf(ports, folder, dockerfile);
      return text.ok ? walk(folder, text.value) : text;
    },
  );
  return {
    read,
    async touched(contexts) {
      for (const content of contexts.values()) {
        const source = sources.get(content);
        if (source === undefined) throw new Error('a context of another plan');
        const {folder, rules} = source;
        const again = await walkContext(ports.contextFiles, folder, rules, content);
        if (!again.ok) return folder;
        const path = touchedPath(content, again.value);
        if (path !== undefined) return joinPath(folder, path);
      }
      return undefined;
    },
  };
}

/** Stamps of folders do not count: they change with what is left out. */
function touchedPath(before: ContextContent, after: ContextContent): string | undefined {
  for (const path of new Set([...before.lines.keys(), ...after.lines.keys()])) {
    const line = before.lines.get(path);
    const isFolder = line?.startsWith('folder ') === true;
    if (line !== after.lines.get(path)) return path;
    if (!isFolder && before.stamps.get(path) !== after.stamps.get(path)) return path;
  }
  return undefined;
}

/**
 * Text of the ignore file that applies: `<Dockerfile>.dockerignore` before `.dockerignore` of the context
 * (BuildKit: frontend/dockerui/config.go). An empty one of the first kind is the second for some
 * frontends, and none for others.
 */
async function ignoreTextOf(
  ports: ContextPorts,
  folder: string,
  dockerfile: string | null,
): Promise<Result<string, string>> {
  const own =
    dockerfile === null ? ok(undefined) : await readIgnoreFile(ports, `${dockerfile}.dockerignore`);
  if (!own.ok) return own;
  if (own.value !== undefined && own.value !== '') return ok(own.value);
  const shared = await readIgnoreFile(ports, joinPath(folder, '.dockerignore'));
  if (!shared.ok) return shared;
  const text = shared.value ?? '';
  return own.value === '' && text !== ''
    ? err(`\`${dockerfile ?? ''}.dockerignore\` is empty: write a comment into it, or remove it`)
    : ok(text);
}

/** Undefined when there is none. A link may lead out of what BuildKit sees. */
async function readIgnoreFile(
  {files, contextFiles}: ContextPorts,
  path: string,
): Promise<Result<string | undefined, string>> {
  try {
    const text = await files.readText(path);
    if (text === undefined) return ok(undefined);
    const {kind} = await contextFiles.facts(path);
    return kind === 'file' ? ok(text) : err(`\`${path}\` is no regular file`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err(`\`${path}\` cannot be read: ${message}`);
  }
}

/** True when the context holds the folder in which build-matrix keeps its state, there or not. */
function seesState(folder: string, rules: IgnoreRules): boolean {
  const path = posix.relative(folder, stateFolder);
  if (path === '') return true;
  const parts = path.split('/');
  if (parts[0] === '..') return false;
  let matches: RuleMatches | undefined;
  let ignored = false;
  for (const [at] of parts.entries()) {
    const one = parts.slice(0, at + 1).join('/');
    ({ignored, matches} = applyRules(rules, one, matches));
    if (ignored && !mayTakeBack(rules, one)) return false;
  }
  return !ignored || mayTakeBack(rules, path);
}
