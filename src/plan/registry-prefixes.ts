import type {RegistrySpec} from '../config/matrix-file-parts.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import {isLocalHost} from '../docker/local-host.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {isAmazonHost} from '../model/ecr-address.ts';
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
    case 'ecr':
      return withNamespace(ecrHost(spec), spec.namespace);
    case 'ecr-public':
      return `public.ecr.aws/${spec.alias}`;
    case 'ghcr':
      return `ghcr.io/${spec.owner}`;
    case 'oci':
      return withNamespace(hostOfUrl(spec.url), spec.namespace);
  }
}

function ecrHost({account, region, endpoint}: Extract<RegistrySpec, {type: 'ecr'}>): string {
  if (endpoint !== undefined) return hostOfUrl(endpoint);
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${account}.dkr.ecr.${region}.${domain}`;
}

/** Not by `URL`, which drops a port that is the scheme's own and would change the host's name. */
const hostOfUrl = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');

/** The host of a registry that is to be asked without TLS because matrix.yml says so. */
export function plainHttpHost(spec: RegistrySpec): string | undefined {
  const url = spec.type === 'oci' ? spec.url : spec.type === 'ecr' ? spec.endpoint : undefined;
  return url?.startsWith('http://') === true ? hostOfUrl(url) : undefined;
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
    if (spec.type === 'ecr') checkEndpoint(spec, path, findings);
    prefixes.set(name, prefix.value);
  }
  return prefixes;
}

/** matrix.yml may be a stranger's: it does not choose who is given a token for an account. */
function checkEndpoint(
  {endpoint, account, region}: Extract<RegistrySpec, {type: 'ecr'}>,
  path: MatrixPath,
  findings: Findings,
): void {
  if (endpoint === undefined) return;
  const host = hostOfUrl(endpoint);
  if (!isAmazonHost(host) && !isLocalHost(host)) {
    findings.error('foreign-endpoint', {
      path: [...path, 'endpoint'],
      message: `${host} is neither Amazon’s nor this machine, and would be given the login of the AWS account`,
      suggestion: 'write a proxy of your own as a registry of `type: oci`',
    });
  }
  if (`${account}${region}`.includes('{')) {
    findings.error('unclear-account', {
      path: [...path, 'endpoint'],
      message: 'with an `endpoint`, `account` and `region` have no placeholders',
    });
  }
}

/**
 * Prefixes instead of the file's, each a name that the file defines or `host[:port][/namespace]`.
 * `option` is what stands before each on the command line.
 */
export function chosenPrefixes(
  chosen: readonly string[],
  defined: ReadonlyMap<string, string>,
  option = '--registry ',
): Result<readonly string[], Problem> {
  const prefixes: string[] = [];
  for (const text of chosen) {
    const prefix = defined.get(text) ?? (looksLikeHost(text) ? text.replace(/\/$/, '') : undefined);
    if (prefix === undefined) {
      const names = [...defined.keys()];
      const known =
        names.length === 0 ? 'the file defines none' : `the file defines ${names.join(', ')}`;
      return err({
        message: `${option}${text}: no registry of this name, and not a host`,
        suggestion: didYouMean(text, names) ?? `${known}; a host is written with a dot or a port`,
      });
    }
    const problem = checkPrefix(prefix);
    if (problem) {
      const message = `${option}${text}: ${problem.message}`;
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
