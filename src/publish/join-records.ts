import {shortDigest} from '../model/short-digest.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {PublishRefused} from '../events/failure.ts';
import {hasImage} from '../events/has-image.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {TagPublication} from '../plan/publication.ts';
import {publicationCommands} from '../plan/publication-commands.ts';
import type {Shard, ShardedPublication, Sharding} from '../plan/shards.ts';
import type {BuildRecord, TargetRecord} from '../records/build-record.ts';

/** A record, and the file that it was read from. */
export interface ShardRecord {
  readonly file: string;
  readonly record: BuildRecord;
}

/** What several machines built, as one. */
export interface JoinedRun {
  readonly publications: readonly TagPublication[];
  /** Digest of each build that is published, by its id. */
  readonly digests: ReadonlyMap<string, string>;
  /** The builds that are published. */
  readonly targets: readonly TargetRecord[];
}

interface Sharded extends ShardRecord {
  readonly sharding: Sharding;
}

/**
 * Joins the records of `build --push --shard`. Refused, with all reasons at once, unless they come from
 * the same commit, matrix and version of build-matrix, and have every image that is needed exactly once.
 * What a machine built only because its shard builds on it does not count.
 */
export function joinRecords(
  records: readonly ShardRecord[],
  builder: string | null,
): Result<JoinedRun, readonly PublishRefused[]> {
  const sharded = records.flatMap((one): readonly Sharded[] => {
    const {sharding} = one.record;
    return sharding === undefined ? [] : [{...one, sharding}];
  });
  const [first] = sharded;
  if (first === undefined || sharded.length < records.length) {
    const others = records.filter(({record}) => record.sharding === undefined);
    return err(others.map(notOfShard));
  }
  const strangers = sharded.flatMap((one) => differences(first, one));
  if (strangers.length > 0) return err(strangers);

  const {publications} = first.sharding;
  const problems = new Map<string, PublishRefused>();
  const builds = new Map<string, TargetRecord>();
  const joined = publications.map((publication) => {
    const own = new Map<string, TargetRecord>();
    for (const {target, platforms} of publication.needs) {
      for (const platform of platforms) {
        const found = buildOf(target, platform, sharded);
        if (found.ok) own.set(found.value.id, found.value);
        else problems.set(found.error.message, found.error);
      }
    }
    for (const [id, build] of own) builds.set(id, build);
    return tagPublication(publication, [...own.keys()], builder);
  });
  if (problems.size > 0) return err([...problems.values()]);
  return ok({
    publications: joined,
    digests: new Map([...builds].map(([id, {digest}]) => [id, digest ?? ''])),
    targets: [...builds.values()],
  });
}

function notOfShard({file}: ShardRecord): PublishRefused {
  return refused(
    `${file} is not the record of a shard`,
    'give the records of `build --push --shard …`: other runs publish what they build themselves',
  );
}

/** What is not as in the first record. */
function differences(first: Sharded, other: Sharded): readonly PublishRefused[] {
  const facts = ({record, sharding}: Sharded): readonly (readonly [string, string])[] => [
    ['build-matrix', record.tool],
    ['commit', commitOf(record)],
    ['version', record.version],
    ['matrix file', record.matrixFile],
    ['plan', shortDigest(sharding.fingerprint)],
  ];
  const mine = facts(other);
  const found = facts(first).findIndex(([, value], index) => value !== mine[index]?.[1]);
  const [name, value] = facts(first)[found] ?? [];
  if (name === undefined) return [];
  return [
    refused(
      `${first.file} and ${other.file} do not belong together: ${name} ${value ?? ''} and ${mine[found]?.[1] ?? ''}`,
      name === 'plan'
        ? 'run all shards with the same matrix.yml, targets and options'
        : 'run all shards again, from one commit and with one version of build-matrix',
    ),
  ];
}

function commitOf({git}: BuildRecord): string {
  if (git === null) return 'none';
  return `${git.commit.slice(0, 12)}${git.dirty ? ' (modified)' : ''}`;
}

/** The build that a shard was made for and that holds the platform. */
function buildOf(
  target: string,
  platform: string,
  records: readonly Sharded[],
): Result<TargetRecord, PublishRefused> {
  const name = `${target}/${platform}`;
  const asked = records.filter(({sharding}) => asks(sharding.shards, target, platform));
  const shard = `run \`build --push --shard ${name}\`, and give its record too`;
  const [one, other] = asked;
  if (one === undefined) return err(refused(`no record has ${name}`, shard));
  if (other !== undefined) {
    const message = `${one.file} and ${other.file} both have ${name}`;
    return err(refused(message, 'give each shard once'));
  }
  const build = one.record.targets.find(
    (entry) =>
      targetIdOf(entry) === target && entry.platforms.some((image) => image.platform === platform),
  );
  if (build !== undefined && hasImage(build.outcome) && build.digest !== null) return ok(build);
  return err(
    refused(`${name} did not succeed in ${one.file}`, `run \`build --push --shard ${name}\` again`),
  );
}

const asks = (shards: readonly Shard[], target: string, platform: string): boolean =>
  shards.some((shard) => shard.target === target && shard.platforms.includes(platform));

function tagPublication(
  {of, isIndex, repository, references, annotations: ofIndex}: ShardedPublication,
  builds: readonly string[],
  builder: string | null,
): TagPublication {
  const annotations = isIndex || builds.length > 1 ? ofIndex : {};
  const moved = {repository, builds, annotations, through: 'digest', builder} as const;
  return {kind: 'tags', of, references, ...moved, commands: publicationCommands(moved, references)};
}

function refused(message: string, remedy: string): PublishRefused {
  return {reason: 'publish-refused', message, remedy};
}
