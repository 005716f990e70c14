import {posix} from 'node:path';

import {
  digestOutput,
  ociOutput,
  secretValue,
  sshValue,
  type BuildxOutput,
} from '../docker/buildx-arguments.ts';
import type {PlannedTarget} from './build-plan.ts';
import type {PlannedBuild} from './build-requests.ts';
import {isRemote} from './paths.ts';

/** A docker-bake.json, as `docker buildx bake -f` reads it. */
export interface BakeFile {
  readonly group: Readonly<Record<string, {readonly targets: readonly string[]}>>;
  readonly target: Readonly<Record<string, BakeTarget>>;
}

export type BakeTarget = Readonly<Record<string, unknown>>;

/**
 * The plan as a bake file: the same builds, with linked targets as bake's own `target:` contexts. Bake
 * allows fewer characters in names (`cuda-12.6` becomes `cuda-12_6`) and has one builder for all
 * targets, so that the plan must be one without parts (`oneBuilder`).
 */
export function exportBake({
  plan,
  builds,
}: {
  readonly plan: {readonly targets: readonly PlannedTarget[]};
  readonly builds: readonly PlannedBuild[];
}): BakeFile {
  const names = bakeNames(plan.targets);
  const targets = plan.targets.flatMap((target, index) => {
    const build = builds[index];
    return build === undefined
      ? []
      : [[names.get(target.id) ?? target.id, bakeTarget(target, build, names)] as const];
  });
  return {
    group: {default: {targets: targets.map(([name]) => name)}},
    target: Object.fromEntries(targets),
  };
}

/** The name of each target by its id; the image comes before it where names alone are ambiguous. */
function bakeNames(targets: readonly PlannedTarget[]): ReadonlyMap<string, string> {
  const plain = (text: string): string => text.replace(/[^\w-]/g, '_');
  const uses = new Map<string, number>();
  for (const {name} of targets) uses.set(plain(name), (uses.get(plain(name)) ?? 0) + 1);
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const {id, name} of targets) {
    const wanted = uses.get(plain(name)) === 1 ? plain(name) : plain(id);
    let unique = wanted;
    for (let count = 2; taken.has(unique) || unique === 'default'; count += 1) {
      unique = `${wanted}_${String(count)}`;
    }
    taken.add(unique);
    names.set(id, unique);
  }
  return names;
}

function bakeTarget(
  target: PlannedTarget,
  build: PlannedBuild,
  names: ReadonlyMap<string, string>,
): BakeTarget {
  const contexts = {...build.contexts};
  for (const [key, id] of Object.entries(build.links))
    contexts[key] = `target:${names.get(id) ?? id}`;
  const dockerfile = isRemote(build.context)
    ? build.dockerfile
    : posix.relative(build.context, build.dockerfile);
  return compact({
    ...(target.description === null ? {} : {description: target.description}),
    context: build.context,
    dockerfile,
    ...(build.stage === null ? {} : {target: build.stage}),
    platforms: build.platforms,
    args: build.args,
    contexts,
    labels: build.labels,
    annotations: Object.entries(build.annotations).map(([key, value]) => `${key}=${value}`),
    tags: build.tags,
    secret: build.secrets.map(secretValue),
    ssh: build.ssh.map(sshValue),
    'cache-from': build.cacheFrom,
    'cache-to': build.cacheTo,
    ...(build.noCache ? {'no-cache': true} : {}),
    'no-cache-filter': build.noCacheStages,
    ...(build.pull ? {pull: true} : {}),
    ...(build.network === null ? {} : {network: build.network}),
    'extra-hosts': build.addHosts,
    ...(build.shmSize === null ? {} : {'shm-size': build.shmSize}),
    ulimits: Object.entries(build.ulimits).map(([name, limit]) => `${name}=${limit}`),
    entitlements: build.allow,
    attest: [...attestation('provenance', build.provenance), ...attestation('sbom', build.sbom)],
    output: build.outputs.slice(0, 1).map((output) => bakeOutput(output, build.tags)),
  });
}

function bakeOutput(output: BuildxOutput, tags: readonly string[]): string {
  switch (output.kind) {
    case 'push':
      // Nothing is pushed under no name: what has no tag has its digest.
      return tags.length === 0 ? digestOutput(output.repositories) : 'type=registry';
    case 'load':
      return 'type=docker';
    case 'oci':
      return ociOutput(output.folder);
  }
}

function attestation(type: string, value: string | null): readonly string[] {
  if (value === null) return [];
  if (value === 'true') return [`type=${type}`];
  return value === 'false' ? [`type=${type},disabled=true`] : [`type=${type},${value}`];
}

/** Without empty lists and maps, and with every text escaped: bake reads texts, keys too, as HCL templates. */
function compact(target: Readonly<Record<string, unknown>>): BakeTarget {
  const entries = Object.entries(target).filter(
    ([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0,
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, escaped(value)]));
}

function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapedText(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [escapedText(key), escaped(one)]),
  );
}

/** Only the sign before the brace counts, however many there are: `$${` is written `$$${`. */
function escapedText(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}
