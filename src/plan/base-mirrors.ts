import {contextKey} from '../dockerfile/context-key.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import {parseImageRef} from '../model/image-ref.ts';
import type {Findings} from './findings.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';
import {checkPrefix} from './registry-prefixes.ts';

/** Registry host -> prefix of the mirror, such as `docker.io` -> `localhost:5000/docker.io`. */
export type Mirrors = ReadonlyMap<string, string>;

/** The registry that a mirror is for: Docker Hub has names of its own that no image is called by. */
export const mirroredHost = (host: string): string =>
  host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;

/** The mirrors of the file with placeholders expanded, and those of the command line over them. */
export function expandMirrors(
  written: MatrixFile['mirrors'],
  instead: Mirrors,
  values: PlaceholderValues,
  findings: Findings,
): Mirrors {
  const mirrors = new Map<string, string>();
  for (const [host, template] of Object.entries(written ?? {})) {
    const path = ['mirrors', host];
    const prefix = expandPlaceholders(template, values, 'text');
    if (!prefix.ok) {
      findings.error(prefix.error.code, {path, ...prefix.error});
      continue;
    }
    const problem = checkPrefix(prefix.value);
    if (problem) findings.problem('invalid-mirror', path, problem);
    mirrors.set(mirroredHost(host), prefix.value);
  }
  return new Map([...mirrors, ...instead]);
}

/**
 * Named contexts that replace images by their mirrored twins, for those whose registry has a mirror:
 * `python:3.12-slim` -> `docker-image://localhost:5000/docker.io/library/python:3.12-slim`. The key
 * is what BuildKit looks up, so that the Dockerfile stays as it is.
 */
export function mirrorContexts(
  references: Iterable<string>,
  mirrors: Mirrors,
): Readonly<Record<string, string>> {
  const contexts: Record<string, string> = {};
  for (const reference of references) {
    const twin = mirrorOf(reference, mirrors);
    if (twin !== undefined) contexts[contextKey(reference)] = `docker-image://${twin}`;
  }
  return contexts;
}

/** The same image on the mirror of its registry; undefined when that has none. */
export function mirrorOf(reference: string, mirrors: Mirrors): string | undefined {
  const parsed = parseImageRef(reference);
  if (!parsed.ok) return undefined;
  const {host, path, tag, digest} = parsed.value;
  const prefix = mirrors.get(mirroredHost(host));
  if (prefix === undefined) return undefined;
  return `${prefix}/${path}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}
