import pLimit from 'p-limit';

import {
  dockerfileByteLimit,
  parseDockerfile,
  type ParsedDockerfile,
} from '../dockerfile/parse-dockerfile.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Files, PathKind} from '../ports/files.ts';
import {fileNameOf, folderOf, isRemote, joinPath} from './paths.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** What was found where a target's context and Dockerfile should be. */
export type DockerfileReading =
  | {readonly kind: 'parsed'; readonly dockerfile: ParsedDockerfile}
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]}
  | {readonly kind: 'missing'; readonly suggestion: string | undefined}
  | {readonly kind: 'unreadable'; readonly message: string}
  /** Behind a URL: only BuildKit reads it. */
  | {readonly kind: 'remote'};

export interface ReadSources {
  /** Readings by the path of the Dockerfile. */
  readonly dockerfiles: ReadonlyMap<string, DockerfileReading>;
  /** What stands at the path of each local context and named context. */
  readonly folders: ReadonlyMap<string, PathKind>;
}

/** Where the context and the Dockerfile of a target are, relative to the working directory. */
export function sourcePaths(
  target: ResolvedTarget,
  root: string,
): {readonly context: string; readonly dockerfile: string; readonly remote: boolean} {
  const context = target.context.value;
  if (isRemote(context)) return {context, dockerfile: target.dockerfile.value, remote: true};
  const folder = joinPath(root, context);
  return {context: folder, dockerfile: joinPath(folder, target.dockerfile.value), remote: false};
}

/** Files that are read at the same time: each may take up to the byte limit of memory. */
const readsAtOnce = 16;

/** Reads every Dockerfile once and looks at every folder once, several at the same time. */
export async function readSources(
  targets: readonly ResolvedTarget[],
  root: string,
  namedFolders: Iterable<string>,
  files: Files,
): Promise<ReadSources> {
  const dockerfiles = new Set<string>();
  const folders = new Set<string>(namedFolders);
  for (const target of targets) {
    const {context, dockerfile, remote} = sourcePaths(target, root);
    if (remote) continue;
    dockerfiles.add(dockerfile);
    folders.add(context);
  }
  const limit = pLimit(readsAtOnce);
  const [readings, kinds] = await Promise.all([
    limit.map(dockerfiles, async (path) => [path, await readOne(path, files)] as const),
    limit.map(folders, async (path) => [path, await files.kind(path)] as const),
  ]);
  return {dockerfiles: new Map(readings), folders: new Map(kinds)};
}

async function readOne(path: string, files: Files): Promise<DockerfileReading> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await files.readBytes(path, dockerfileByteLimit + 1);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {kind: 'unreadable', message};
  }
  if (bytes === undefined) {
    const beside = await files.list(folderOf(path)).catch(() => []);
    return {kind: 'missing', suggestion: didYouMean(fileNameOf(path), beside)};
  }
  const parsed = parseDockerfile(path, bytes);
  return parsed.ok
    ? {kind: 'parsed', dockerfile: parsed.value}
    : {kind: 'invalid', diagnostics: parsed.error};
}
