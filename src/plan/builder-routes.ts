import type {BuilderRouteSpec} from '../config/matrix-file-parts.ts';
import {createBuilderCommand, type BuildxCommand} from '../docker/buildx-arguments.ts';
import {parsePlatform} from '../model/platform.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import {fingerprint} from './fingerprint.ts';
import type {Findings} from './findings.ts';

/** Who may build one platform. */
export interface PlatformRoute {
  readonly platform: string;
  /** Names, the preferred one first; null is the current builder. Never empty. */
  readonly builders: readonly (string | null)[];
  /** What to do when none of them can be used. */
  readonly fallback: 'fail' | 'emulate' | 'skip';
  /** True when matrix.yml names the platform: then nothing is built by emulation by accident. */
  readonly isExplicit: boolean;
}

/** A builder that routes of the plan name. */
export interface PlannedBuilder {
  readonly name: string;
  /** Where a builder that the run makes is, as written; null for one that the user made. */
  readonly endpoint: string | null;
  /** Makes the builder when it does not exist; null for one that the user made. */
  readonly create: BuildxCommand | null;
  /** Most builds that it does at once; null for no limit of its own. */
  readonly concurrency: number | null;
}

export interface BuilderRoutes {
  /** Who may build `platform`, which is in normal form. */
  route(platform: string): PlatformRoute;
  /** In the order of the file. */
  readonly builders: readonly PlannedBuilder[];
}

/** The routes of the file, or the one builder that the command line names instead. */
export function builderRoutes(
  written: readonly BuilderRouteSpec[],
  instead: string | null,
  findings: Findings,
): BuilderRoutes {
  if (instead !== null) {
    const route = {builders: [instead], fallback: 'fail', isExplicit: false} as const;
    return {route: (platform) => ({platform, ...route}), builders: []};
  }
  const entries = written.map((spec, index) => {
    checkEndpoint(spec, index, findings);
    return {spec, platform: normal(spec.platform), name: builderName(spec)};
  });
  return {
    route(platform) {
      const own = entries.filter((entry) => entry.platform === platform);
      const all = [...own, ...entries.filter((entry) => entry.platform === null)];
      const builders = [...new Set(all.map(({name}) => name))];
      return {
        platform,
        builders: builders.length === 0 ? [null] : builders,
        fallback: all.find(({spec}) => spec.fallback !== undefined)?.spec.fallback ?? 'fail',
        isExplicit: own.length > 0,
      };
    },
    builders: plannedBuilders(entries, findings),
  };
}

interface Entry {
  readonly spec: BuilderRouteSpec;
  readonly name: string | null;
}

function plannedBuilders(entries: readonly Entry[], findings: Findings): readonly PlannedBuilder[] {
  const builders = new Map<string, PlannedBuilder>();
  entries.forEach(({spec, name}, index) => {
    if (name === null) return;
    const before = builders.get(name);
    const concurrency = spec.concurrency ?? before?.concurrency ?? null;
    if (before !== undefined && before.concurrency !== null && before.concurrency !== concurrency) {
      findings.error('duplicate-concurrency', {
        path: ['builders', index, 'concurrency'],
        message: `this builder has a \`concurrency\` of ${before.concurrency} above`,
        suggestion: 'write it once',
      });
    }
    const isOwn = spec.builder === undefined;
    const create = isOwn ? createCommand(name, spec) : null;
    const endpoint = isOwn ? (spec.endpoint ?? 'kubernetes') : null;
    builders.set(name, {name, endpoint, create, concurrency});
  });
  return [...builders.values()];
}

/**
 * The builder's name; null for the current one. A builder that is made here is called by what it is
 * made of, so that every run finds it again.
 */
function builderName(spec: BuilderRouteSpec): string | null {
  const {builder, endpoint, options} = spec;
  if (builder !== undefined) return builder;
  const driver = driverOf(spec);
  if (driver === undefined) return null;
  const hash = fingerprint({driver, endpoint, options: options ?? {}}).slice('sha256:'.length);
  return `build-matrix-${hash.slice(0, 12)}`;
}

const driverOf = ({endpoint, driver}: BuilderRouteSpec): string | undefined =>
  driver ?? (endpoint === undefined ? undefined : 'docker-container');

function createCommand(name: string, spec: BuilderRouteSpec): BuildxCommand {
  const options = Object.entries(spec.options ?? {}).map(
    ([key, value]) => [key, String(value)] as const,
  );
  return createBuilderCommand({
    name,
    driver: driverOf(spec) ?? '',
    options,
    endpoint: spec.endpoint ?? null,
  });
}

function checkEndpoint({endpoint}: BuilderRouteSpec, index: number, findings: Findings): void {
  if (endpoint === undefined || maskCredentials(endpoint) === endpoint) return;
  findings.error('url-credentials', {
    path: ['builders', index, 'endpoint'],
    message: `the endpoint \`${maskCredentials(endpoint)}\` holds credentials, which everything that names it would show`,
    suggestion: 'leave them out: use keys of ssh, or the TLS files of a docker context',
  });
}

function normal(platform: string | undefined): string | null {
  if (platform === undefined) return null;
  const parsed = parsePlatform(platform);
  return parsed.ok ? parsed.value : platform;
}
