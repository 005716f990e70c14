import {quoted, type Problem} from './problem.ts';
import {err, ok, type Result} from './result.ts';

/** A reference to an image, `[host/]path[:tag][@digest]`, by the grammar of distribution/reference. */
export interface ImageRef {
  /** Registry host with its port; `docker.io` for Docker Hub. */
  readonly host: string;
  /** Repository on that host, whole: `library/python`. */
  readonly path: string;
  /** As written: no `latest` is made up. */
  readonly tag: string | null;
  /** `sha256:<hex>`. */
  readonly digest: string | null;
}

const hubHost = 'docker.io';
const officialNamespace = 'library/';

/** Names longer than this are refused by distribution/reference. */
const longestPath = 255;
const longestTag = 128;

const pathPattern = component(/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*/, '/');
const hostNamePattern = component(/[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/, '\\.');
const tagPattern = /^\w[\w.-]*$/;
const digestPattern = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;

function component(part: RegExp, separator: string): RegExp {
  return new RegExp(`^${part.source}(?:${separator}${part.source})*$`);
}

/**
 * Reads a reference and gives it the form that docker gives it (`ParseNormalizedNamed`): no host
 * means Docker Hub, and one path component there lies in `library/`.
 */
export function parseImageRef(text: string): Result<ImageRef, Problem> {
  const [name, digest] = cut(text, text.indexOf('@'));
  const tagAt = name.lastIndexOf(':');
  const [written, tag] = cut(name, tagAt > name.lastIndexOf('/') ? tagAt : -1);
  const [host, path] = splitHost(written);

  const problem =
    checkHost(host) ??
    // `Python`, not the `library/Python` that nobody wrote.
    (written.endsWith(path) ? undefined : checkRepository(written)) ??
    checkRepository(path) ??
    (tag === null ? undefined : checkTag(tag)) ??
    (digest === null || digestPattern.test(digest)
      ? undefined
      : {
          message: `${quoted(digest)} is not a digest`,
          suggestion: 'write `sha256:` and 64 hex digits',
        });
  if (problem)
    return err({...problem, message: `invalid image ${quoted(text)}: ${problem.message}`});
  return ok({host, path, tag, digest});
}

/** With its host, and `library/` where it belongs: `docker.io/library/python:3.12`. */
export function canonicalRef(ref: ImageRef): string {
  return `${ref.host}/${ref.path}${suffix(ref)}`;
}

/** As people write it, without Docker Hub's host and `library/`: `python:3.12`. */
export function familiarRef(ref: ImageRef): string {
  if (ref.host !== hubHost) return canonicalRef(ref);
  const short = ref.path.slice(officialNamespace.length);
  const official = ref.path.startsWith(officialNamespace) && !short.includes('/');
  // A first component such as `localhost` or `a.b` would be read as a host.
  const path = official ? short : ref.path;
  return splitHost(path)[1] === ref.path ? `${path}${suffix(ref)}` : canonicalRef(ref);
}

/** Host and path without tag or digest: `docker.io/library/python`. */
export function repositoryOf(ref: ImageRef): string {
  return `${ref.host}/${ref.path}`;
}

/** The tag of a full reference that has one: `1.4` of `host:5000/app:1.4`. */
export const tagIn = (reference: string): string => reference.slice(reference.lastIndexOf(':') + 1);

/** What stands before the tag of a full reference that has one: `host:5000/app`. */
export const repositoryIn = (reference: string): string =>
  reference.slice(0, reference.lastIndexOf(':'));

/** Why `text` cannot be a tag, or undefined when it can. */
export function checkTag(text: string): Problem | undefined {
  if (text.length > longestTag) {
    return {
      message: `tag ${quoted(text)} has ${String(text.length)} characters`,
      suggestion: `a tag has at most ${String(longestTag)}`,
    };
  }
  if (tagPattern.test(text)) return undefined;
  return {
    message: `invalid tag ${quoted(text)}`,
    suggestion: text.includes('/')
      ? 'write the tag alone; the repository comes from the image and its registries'
      : 'a tag has letters, digits, `_`, `.` and `-`, and starts with a letter, a digit or `_`',
  };
}

/** Why `text` cannot be a repository path such as `team/face-service`, or undefined when it can. */
export function checkRepository(text: string): Problem | undefined {
  if (text.length > longestPath) {
    return {
      message: `repository ${quoted(text)} has ${String(text.length)} characters`,
      suggestion: `a repository name has at most ${String(longestPath)}`,
    };
  }
  if (pathPattern.test(text)) return undefined;
  const lower = text.toLowerCase();
  return {
    message: `invalid repository name ${quoted(text)}`,
    suggestion: pathPattern.test(lower)
      ? `repository names are lower-case: \`${lower}\``
      : 'a repository name has lower-case letters and digits, separated by one of `.`, `_`, `__`, `-` or `/`',
  };
}

/** Why `text` cannot be a registry host such as `localhost:5000`, or undefined when it can. */
export function checkHost(text: string): Problem | undefined {
  const at = text.lastIndexOf('@');
  if (at >= 0) {
    const host = text.slice(at + 1);
    return {
      message: 'a registry is written without credentials',
      suggestion: `write \`${host}\`, and run \`docker login ${host}\``,
    };
  }
  const match = /^(?<name>[^:[\]]+|\[[0-9a-fA-F:]+\])(?::\d+)?$/.exec(text);
  const name = match?.groups?.['name'];
  if (text.length <= longestPath && name !== undefined) {
    if (name.startsWith('[') || hostNamePattern.test(name)) return undefined;
  }
  return {
    message: `invalid registry host ${quoted(text)}`,
    suggestion: 'write a host with an optional port, such as `registry.example.com:5000`',
  };
}

const suffix = ({tag, digest}: ImageRef): string =>
  `${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;

/** Splits at `index`, dropping the character there; a negative index splits nothing off. */
const cut = (text: string, index: number): readonly [string, string | null] =>
  index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + 1)];

/** `splitDockerDomain` of distribution/reference: what comes before the first `/` may be a host. */
function splitHost(name: string): readonly [host: string, path: string] {
  const [first, rest] = cut(name, name.indexOf('/'));
  const isHost =
    rest !== null && (first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first);
  const host = isHost && first !== 'index.docker.io' ? first : hubHost;
  const path = isHost ? rest : name;
  return [host, host === hubHost && !path.includes('/') ? officialNamespace + path : path];
}
