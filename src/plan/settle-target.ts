import type {CacheSpec, RunnerSpec} from '../config/matrix-file-parts.ts';
import {parsePlatform} from '../model/platform.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import {expandBudget} from './budget-limits.ts';
import type {Combination} from './expand-matrix.ts';
import type {Findings, MatrixPath, Sourced} from './findings.ts';
import type {MapSetting, MergedSettings} from './merge-settings.ts';
import {expandPlaceholders, type PlaceholderUse, type PlaceholderValues} from './placeholders.ts';
import type {ResolvedTarget, SecretSource} from './resolved-target.ts';

export interface TargetIdentity {
  readonly image: string;
  readonly name: string;
  readonly key: string;
  readonly path: MatrixPath;
  readonly accelerator: ResolvedTarget['accelerator'];
  readonly cell: Combination;
}

/** Without `platforms`: what nearly every such image is for, on whatever machine the plan is made. */
const usualPlatform = {cpu: 'linux/amd64', cuda: 'linux/amd64', jetson: 'linux/arm64'} as const;

/** Without `tags`: unique within the image, and telling which variant it is. */
const usualTag = '{version}-{target}';

/** Gives one combination its final values: defaults filled in, placeholders expanded. */
export function settleTarget(
  identity: TargetIdentity,
  {plain, maps}: MergedSettings,
  values: PlaceholderValues,
  findings: Findings,
): ResolvedTarget {
  const expand = (sourced: Sourced<string>, use: PlaceholderUse = 'text'): Sourced<string> => {
    const expanded = expandPlaceholders(sourced.value, values, use);
    if (expanded.ok) return {value: expanded.value, path: sourced.path};
    findings.error(expanded.error.code, {path: sourced.path, ...expanded.error});
    // Keeps the checks that follow from complaining of the same text again.
    return {value: '', path: sourced.path};
  };
  const text = (sourced: Sourced<string> | undefined): Sourced<string> | null =>
    sourced === undefined ? null : expand(sourced);
  const list = (
    sourced: Sourced<readonly string[]> | undefined,
    use?: PlaceholderUse,
  ): readonly Sourced<string>[] =>
    items(sourced).flatMap((item) => {
      const expanded = expand(item, use);
      return expanded.value === '' ? [] : [expanded];
    });
  const map = (key: Exclude<MapSetting, 'runners'>): ReadonlyMap<string, Sourced<string>> =>
    new Map(
      [...maps[key]].map(([name, {value, path}]) => [name, expand({value: String(value), path})]),
    );

  const {image, name, key, path, accelerator, cell} = identity;
  const fallback = (value: string): Sourced<string> => ({value, path});
  return {
    id: `${image}/${name}`,
    ...{image, name, key, path, accelerator},
    axes: Object.fromEntries([...cell].map(([axis, value]) => [axis, String(value)])),
    description: text(plain.description)?.value ?? null,
    platforms: platformsOf(
      plain.platforms === undefined
        ? [fallback(usualPlatform[accelerator])]
        : list(plain.platforms),
      findings,
    ),
    context: withoutCredentials(text(plain.context) ?? fallback('.'), 'context', findings),
    dockerfile: withoutCredentials(
      text(plain.dockerfile) ?? fallback('Dockerfile'),
      'Dockerfile',
      findings,
    ),
    stage: text(plain.stage),
    args: map('args'),
    labels: map('labels'),
    annotations: map('annotations'),
    contexts: new Map(
      [...map('contexts')].map(([context, at]) => [
        context,
        withoutCredentials(at, 'context', findings),
      ]),
    ),
    addHosts: map('addHosts'),
    ulimits: map('ulimits'),
    secrets: items(plain.secrets).flatMap((item) => secretOf(item, expand, findings)),
    ssh: items(plain.ssh).map(({value}) => ({id: value.id, keys: value.keys ?? []})),
    cache: caches(plain.cache).map((item) => ({...item, value: expandCache(item, expand)})),
    noCache: plain.noCache?.value ?? false,
    noCacheStages: list(plain.noCacheStages),
    pull: plain.pull?.value ?? false,
    tags: plain.tags === undefined ? [expand(fallback(usualTag), 'tag')] : list(plain.tags, 'tag'),
    reuse: list(plain.reuse, 'tag'),
    registries: list(plain.registries),
    provenance: plain.provenance?.value ?? null,
    sbom: plain.sbom?.value ?? null,
    network: plain.network?.value ?? null,
    shmSize: text(plain.shmSize)?.value ?? null,
    allow: plain.allow?.value ?? [],
    budget: plain.budget === undefined ? null : expandBudget(plain.budget, expand),
    runners: runnersOf(maps.runners, expand, findings),
  };
}

/** Runners by platform in normal form; their labels may hold placeholders. */
function runnersOf(
  written: ReadonlyMap<string, Sourced<RunnerSpec>>,
  expand: Expand,
  findings: Findings,
): ReadonlyMap<string, RunnerSpec> {
  const runners = new Map<string, RunnerSpec>();
  for (const [name, {value, path}] of written) {
    const platform = parsePlatform(name);
    if (!platform.ok) {
      findings.problem('unknown-platform', path, platform.error);
      continue;
    }
    const text = (label: string): string => expand({value: label, path}).value;
    const labels = (given: string | readonly string[]): string | readonly string[] =>
      typeof given === 'string' ? text(given) : given.map(text);
    if (typeof value === 'string' || !('group' in value)) {
      runners.set(platform.value, labels(value));
      continue;
    }
    runners.set(platform.value, {
      group: text(value.group),
      ...(value.labels === undefined ? {} : {labels: labels(value.labels)}),
    });
  }
  return runners;
}

/** Commands, plans, records and provenance show sources to everybody. */
function withoutCredentials(
  {value, path}: Sourced<string>,
  what: 'context' | 'Dockerfile',
  findings: Findings,
): Sourced<string> {
  const shown = maskCredentials(value);
  if (shown !== value) {
    findings.error('url-credentials', {
      path,
      message: `the ${what} \`${shown}\` holds credentials, which everything that names it would show`,
      suggestion:
        'leave them out, and give the token as the secret `GIT_AUTH_TOKEN` (`secrets: [{id: GIT_AUTH_TOKEN, env: GIT_AUTH_TOKEN}]`); or clone it with a git credential helper, and name the folder',
    });
  }
  return {value: shown, path};
}

/** The items of a list with the place of each. */
function items<T>(list: Sourced<readonly T[]> | undefined): readonly Sourced<T>[] {
  if (list === undefined) return [];
  const {value, path} = list;
  return value.map((item, index) => ({value: item, path: path === null ? null : [...path, index]}));
}

function platformsOf(
  written: readonly Sourced<string>[],
  findings: Findings,
): readonly Sourced<string>[] {
  const platforms: Sourced<string>[] = [];
  for (const {value, path} of written) {
    const platform = parsePlatform(value);
    if (!platform.ok) {
      findings.problem('unknown-platform', path, platform.error);
      continue;
    }
    const twin = platforms.find((other) => other.value === platform.value);
    if (twin === undefined) {
      platforms.push({value: platform.value, path});
      continue;
    }
    const message = `platform \`${platform.value}\` is listed twice`;
    findings.error('duplicate-platform', {
      ...{path, message, suggestion: 'drop one of them'},
      related: {message: 'first listed here', path: twin.path},
    });
  }
  return platforms;
}

type Expand = (sourced: Sourced<string>) => Sourced<string>;

function secretOf(
  {value, path}: Sourced<{id: string; env?: string | undefined; file?: string | undefined}>,
  expand: Expand,
  findings: Findings,
): readonly Sourced<SecretSource>[] {
  const {id, env, file} = value;
  if ((env === undefined) === (file === undefined)) {
    const message = `secret \`${id}\` needs ${env === undefined ? 'a source' : 'one source, not two'}`;
    const suggestion = 'write `env: NAME` or `file: PATH`';
    findings.error('invalid-secret', {path, message, suggestion});
    return [];
  }
  const from = env === undefined ? 'file' : 'env';
  const source = expand({value: env ?? file ?? '', path: path === null ? null : [...path, from]});
  return [{value: {id, from, source: source.value}, path}];
}

function caches(
  cache: Sourced<CacheSpec | readonly CacheSpec[]> | undefined,
): readonly Sourced<CacheSpec>[] {
  if (cache === undefined) return [];
  const {value, path} = cache;
  return isOneCache(value) ? [{value, path}] : items({value, path});
}

const isOneCache = (cache: CacheSpec | readonly CacheSpec[]): cache is CacheSpec => 'type' in cache;

function expandCache({value: cache, path}: Sourced<CacheSpec>, expand: Expand): CacheSpec {
  const text = (key: string, value: string): string =>
    expand({value, path: path === null ? null : [...path, key]}).value;
  switch (cache.type) {
    case 'registry':
      return cache.ref === undefined ? cache : {...cache, ref: text('ref', cache.ref)};
    case 'local':
      return cache.path === undefined ? cache : {...cache, path: text('path', cache.path)};
    case 'gha':
      return cache.scope === undefined ? cache : {...cache, scope: text('scope', cache.scope)};
    case 'inline':
      return cache;
  }
}
