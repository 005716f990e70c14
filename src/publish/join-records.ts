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
 * What a machine built only because its shard builds on it counts where no shard was made for it.
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

/**
 * The build that holds the platform: of the shard that was made for it, or else of those that built it
 * because they build on it. Of these each machine may have made its own; where they are not the same image,
 * nobody has said which one the tags are to have.
 */
function buildOf(
  target: string,
  platform: string,
  records: readonly Sharded[],
): Result<TargetRecord, PublishRefused> {
  const name = `${target}/${platform}`;
  const asked = records.filter(({sharding}) => asks(sharding.shards, target, platform));
  const shard = `run \`build --push --shard ${name}\``;
  const [one, other] = asked;
  if (one !== undefined && other !== undefined) {
    const message = `${one.file} and ${other.file} both have ${name}`;
    return err(refused(message, 'give each shard once'));
  }
  const found = (one === undefined ? records : asked)
    .flatMap(({file, record}) =>
      record.targets.flatMap((build): readonly Found[] => {
        const image = build.platforms.find((image) => image.platform === platform);
        if (targetIdOf(build) !== target || image === undefined) return [];
        if (!hasImage(build.outcome) || build.digest === null) return [];
        return [{file, build, digest: image.digest}];
      }),
    )
    // A whole image has its other platforms, too.
    .toSorted((a, b) => b.build.platforms.length - a.build.platforms.length);
  const [first] = found;
  if (first === undefined) {
    return err(
      one === undefined
        ? refused(`no record has ${name}`, `${shard}, and give its record too`)
        : refused(`${name} did not succeed in ${one.file}`, `${shard} again`),
    );
  }
  const differs = found.find(({digest}) => digest !== first.digest);
  if (differs === undefined) return ok(first.build);
  const images = [first, differs].map(({file, digest}) => `${shortDigest(digest)} in ${file}`);
  return err(
    refused(
      `${name} was built on several machines, each for what builds on it, and is not the same image everywhere: ${images.join(', ')}`,
      `${shard}, and give its record too: its image gets the tags`,
    ),
  );
}

interface Found {
  readonly file: string;
  readonly build: TargetRecord;
  /** Of the image for the platform. */
  readonly digest: string;
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
