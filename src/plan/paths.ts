import {posix} from 'node:path';

/** Folder, relative to the working directory, that holds all that build-matrix keeps. */
export const stateFolder = '.build-matrix';

/** What buildx writes about the latest build of a target (`image/name`). */
export const metadataFileOf = (targetId: string): string => `${stateFolder}/work/${targetId}.json`;

/** What buildx writes about the export of a stage of a target whose own such file is `metadataFile`. */
export const stageMetadataFileOf = (metadataFile: string, index: number): string =>
  metadataFile.replace(/\.json$/u, `.stage-${index}.metadata`);

/** `path` as seen from the folder that `base` is relative to; short, without `./`. */
export function joinPath(base: string, path: string): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.join(base, path);
}

/** Folder of a file: `.` for one without. */
export const folderOf = (path: string): string => posix.dirname(path);

/** Last part of a path. */
export const fileNameOf = (path: string): string => posix.basename(path);

/**
 * True for a context that BuildKit fetches itself: a git repository or an archive behind a URL
 * (buildx: util/urlutil, IsRemoteURL).
 */
export function isRemote(context: string): boolean {
  return /^(?:https?|git|ssh):\/\//i.test(context) || /^(?:git@|github\.com\/)/.test(context);
}

/** Contexts that are neither a folder nor a URL: `docker-image://…`, `oci-layout://…`, `target:…`. */
export const hasScheme = (context: string): boolean =>
  /^(?:docker-image|oci-layout):\/\/|^target:/.test(context);
