import type {MatrixFile} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {parsePlatform} from '../model/platform.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import {indexAnnotations} from './annotation-levels.ts';
import type {Assign} from './assign-builders.ts';
import type {BuildPlan} from './build-plan.ts';
import type {Choice} from './choose-targets.ts';
import {fingerprint} from './fingerprint.ts';

/** What one machine of several builds. */
export interface Shard {
  /** Id of the target. */
  readonly target: string;
  readonly platforms: readonly string[];
}

/**
 * What a sharded run leaves to `publish`: which part of the whole it built, and what is to be made
 * public of the whole. It is the same on every machine but for `shards`.
 */
export interface Sharding {
  /** Of the plan of the whole; builders and their routes do not count. */
  readonly fingerprint: string;
  /** Of the values of matrix.yml: what is published of it may have changed since. */
  readonly matrix: string;
  readonly shards: readonly Shard[];
  readonly publications: readonly ShardedPublication[];
}

/** Tags of one repository, and the images that they hold. */
export interface ShardedPublication {
  /** The target's id, or for an index `image:tag`. */
  readonly of: string;
  readonly isIndex: boolean;
  readonly repository: string;
  readonly references: readonly string[];
  /** Annotations of the index, where one is made of several images. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly needs: readonly Shard[];
}

/** Reads `TARGET` and `TARGET/PLATFORM`; targets are named by id or, where it is clear, by name. */
export function parseShards(
  texts: readonly string[],
  targets: Choice['targets'],
): Result<readonly Shard[], Problem> {
  const shards: Shard[] = [];
  for (const text of texts) {
    const shard = parseShard(text, targets);
    if (!shard.ok) return shard;
    shards.push(shard.value);
  }
  return ok(shards);
}

function parseShard(text: string, targets: Choice['targets']): Result<Shard, Problem> {
  const named = (name: string) =>
    targets.filter(({target}) => target.id === name || target.name === name);
  const slashes = [...text.matchAll(/\//gu)].map(({index}) => index);
  for (const end of [text.length, ...slashes.toReversed()]) {
    const [found, ...others] = named(text.slice(0, end));
    if (found === undefined) continue;
    if (others.length > 0) {
      const ids = [found, ...others].map(({target}) => target.id);
      return err({
        message: `--shard ${text}: several targets are called that`,
        suggestion: `write one of ${ids.join(', ')}`,
      });
    }
    if (end === text.length) return ok({target: found.target.id, platforms: found.platforms});
    const platform = parsePlatform(text.slice(end + 1));
    if (platform.ok && found.platforms.includes(platform.value))
      return ok({target: found.target.id, platforms: [platform.value]});
    return err({
      message: `--shard ${text}: \`${found.target.id}\` is not built for \`${text.slice(end + 1)}\``,
      suggestion: `it is built for ${found.platforms.join(', ')}`,
    });
  }
  const names = targets.flatMap(({target}) => [target.name, target.id]);
  const [name = ''] = /^[^/]*/u.exec(text) ?? [];
  return err({
    message: `--shard ${text}: no chosen target is called that`,
    suggestion: didYouMean(name, names) ?? `write TARGET or TARGET/PLATFORM: ${names[0] ?? ''}`,
  });
}

/**
 * Only what the shards ask for is built, and what that builds on. `targets` stand in their order, each
 * behind those that it builds on.
 */
export function assignShards(
  assign: Assign,
  targets: Choice['targets'],
  shards: readonly Shard[],
): Assign {
  const wanted = new Map<string, Set<string>>();
  const want = (id: string, platforms: Iterable<string>): void => {
    wanted.set(id, new Set([...(wanted.get(id) ?? []), ...platforms]));
  };
  for (const {target, platforms} of shards) want(target, platforms);
  for (const {target, dependsOn} of targets.toReversed()) {
    const platforms = wanted.get(target.id);
    for (const id of platforms === undefined ? [] : dependsOn) want(id, platforms ?? []);
  }
  return (platform, targetId) =>
    wanted.get(targetId)?.has(platform) === true ? assign(platform, targetId) : undefined;
}

/** `whole` is the plan with every target in one build. */
export function shardingOf(
  whole: BuildPlan,
  targets: Choice['targets'],
  shards: readonly Shard[],
  matrix: MatrixFile,
): Sharding {
  const byId = new Map(targets.map((target) => [target.target.id, target]));
  const publications = whole.publications.flatMap((publication): readonly ShardedPublication[] => {
    if (publication.kind !== 'tags') return [];
    const {of, repository, references, builds, annotations} = publication;
    const target = byId.get(of)?.target;
    const own = [...(target?.annotations ?? [])].map(([key, {value}]) => [key, value] as const);
    return [
      {
        ...{of, repository, references},
        isIndex: target === undefined,
        annotations: target === undefined ? annotations : indexAnnotations(Object.fromEntries(own)),
        needs: builds.map((id) => ({target: id, platforms: byId.get(id)?.platforms ?? []})),
      },
    ];
  });
  const {tool, version, matrixFile, git, targets: builds} = whole;
  const commit = git === null ? null : {commit: git.commit, dirty: git.dirty};
  const commands = builds.map(({command}) => command);
  const facts = {tool, version, matrixFile, commit, commands, publications};
  return {fingerprint: fingerprint(facts), matrix: fingerprint(matrix), shards, publications};
}
