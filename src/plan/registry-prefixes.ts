import type {RegistrySpec} from '../config/matrix-file-parts.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {checkHost, checkRepository} from '../model/image-ref.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Findings, MatrixPath} from './findings.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';

/**
 * What stands before an image's repository in a registry, without the `/` at the end:
 * `docker.io/acme`, `123456789012.dkr.ecr.eu-west-1.amazonaws.com`, `localhost:5000`.
 */
export function registryPrefix(spec: RegistrySpec): string {
  switch (spec.type) {
    case 'docker-hub':
      return `docker.io/${spec.namespace}`;
    case 'ecr': {
      const domain = spec.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
      const host = `${spec.account}.dkr.ecr.${spec.region}.${domain}`;
      return withNamespace(host, spec.namespace);
    }
    case 'ecr-public':
      return `public.ecr.aws/${spec.alias}`;
    case 'ghcr':
      return `ghcr.io/${spec.owner}`;
    case 'oci':
      return withNamespace(spec.url.replace(/^https?:\/\//, '').replace(/\/$/, ''), spec.namespace);
  }
}

const withNamespace = (host: string, namespace: string | undefined): string =>
  namespace === undefined ? host : `${host}/${namespace}`;

/** The prefix of every registry of the file, by name; placeholders in them are expanded. */
export function registryPrefixes(
  registries: MatrixFile['registries'],
  values: PlaceholderValues,
  findings: Findings,
): ReadonlyMap<string, string> {
  const prefixes = new Map<string, string>();
  for (const [name, spec] of Object.entries(registries ?? {})) {
    const path = ['registries', name];
    const prefix = expandPlaceholders(registryPrefix(spec), values, 'text');
    if (!prefix.ok) {
      findings.error(prefix.error.code, {path, ...prefix.error});
      continue;
    }
    const problem = checkPrefix(prefix.value);
    if (problem) findings.problem('invalid-registry', path, problem);
    prefixes.set(name, prefix.value);
  }
  return prefixes;
}

/** Prefixes instead of the file's, each a name that the file defines or `host[:port][/namespace]`. */
export function chosenPrefixes(
  chosen: readonly string[],
  defined: ReadonlyMap<string, string>,
): Result<readonly string[], Problem> {
  const prefixes: string[] = [];
  for (const text of chosen) {
    const prefix = defined.get(text) ?? (looksLikeHost(text) ? text.replace(/\/$/, '') : undefined);
    if (prefix === undefined) {
      const names = [...defined.keys()];
      const known =
        names.length === 0 ? 'the file defines none' : `the file defines ${names.join(', ')}`;
      return err({
        message: `--registry ${text}: no registry of this name, and not a host`,
        suggestion: didYouMean(text, names) ?? `${known}; a host is written with a dot or a port`,
      });
    }
    const problem = checkPrefix(prefix);
    if (problem) {
      const message = `--registry ${text}: ${problem.message}`;
      return err({...problem, message});
    }
    prefixes.push(prefix);
  }
  return ok(prefixes);
}

/** The rule by which docker tells a host from a path: a dot, a port, or `localhost`. */
function looksLikeHost(text: string): boolean {
  const host = text.split('/', 1)[0] ?? '';
  return host === 'localhost' || /[.:]/.test(host);
}

/** Why `host[:port][/path]` cannot stand before a repository, or undefined when it can. */
export function checkPrefix(prefix: string): Problem | undefined {
  const slash = prefix.indexOf('/');
  if (slash === -1) return checkHost(prefix);
  return checkHost(prefix.slice(0, slash)) ?? checkRepository(prefix.slice(slash + 1));
}

/** Prefix of the registry that a target names; an unknown one is reported. */
export function namedPrefix(
  name: string,
  path: MatrixPath | null,
  defined: ReadonlyMap<string, string>,
  findings: Findings,
): string | undefined {
  const prefix = defined.get(name);
  if (prefix !== undefined) return prefix;
  const names = [...defined.keys()];
  findings.error('unknown-registry', {
    path,
    message: `no registry is called \`${name}\``,
    part: name,
    suggestion: didYouMean(name, names) ?? 'define it under `registries`',
  });
  return undefined;
}
