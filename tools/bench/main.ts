import {writeFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {startFaultyRegistry} from '../../test/rig/faulty-registry.ts';
import {pushStorm} from '../../test/rig/push-storm.ts';
import {ensureEngine, engineEnvironment} from '../engine/environment.ts';
import {type Contender, peakMemoryOf, race} from './measure.ts';
import {formatTable, milliseconds, type Row} from './table.ts';
import {writeSeparateWork} from './separate-work.ts';
import {writeLargeWork, writeStagedWork} from './stages.ts';
import {builderNames, startTwoBuilders, writeComputingWork} from './two-builders.ts';
import {writeWorkload, type Workload} from './workload.ts';

/**
 * build-matrix beside `docker buildx bake` on the same work, in one run: medians, and ratios that
 * mean something on another machine. Times depend on the machine and are never asserted in a test.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'bin', 'build-matrix.js');

await ensureEngine();
const environment = await engineEnvironment(root);
const registry = environment['BUILD_MATRIX_ENGINE_REGISTRY'] ?? '';
const base = `${registry}/docker.io/library/busybox:1.36`;
const folder = await mkdtemp(join(tmpdir(), 'build-matrix-bench-'));
const env = {...environment, BUILDX_BUILDER: 'bm-one', DO_NOT_TRACK: '1'};

const ours = (name: string, args: readonly string[], cwd = root): Contender => ({
  name: `build-matrix ${name}`,
  command: process.execPath,
  args: [program, ...args],
  cwd,
  env,
});

const bake = (name: string, args: readonly string[], cwd: string): Contender => ({
  name: `bake ${name}`,
  command: 'docker',
  args: ['buildx', 'bake', ...args],
  cwd,
  env,
});

const rows: Row[] = [];

function addRatio(what: string, mine: number, theirs: number, most: number): void {
  const ratio = mine / theirs;
  rows.push({
    what,
    ours: milliseconds(mine),
    peer: milliseconds(theirs),
    ratio,
    aim: `<= ${most.toFixed(2)} x`,
    met: ratio <= most,
  });
}

async function startUp(): Promise<void> {
  const bare: Contender = {name: 'node -e 0', command: process.execPath, args: ['-e', '0']};
  for (const flag of ['--version', '--help']) {
    const [mine = 0, node = 0] = await race([() => [ours(flag, [flag])], () => [bare]], 20);
    addRatio(`${flag} against node -e 0`, mine, node, 1.5);
  }
}

/** What nobody else does, and so has no peer: pushes that a registry refuses at first. */
async function retryStorm(count: number): Promise<void> {
  const storm = await pushStorm(count, registry, {tags: false, env});
  rows.push({
    what: `${count} pushes, each faulted (${storm.faulted} faults, ${storm.retries} tries of ours)`,
    ours: milliseconds(storm.seconds * 1000),
    peer: '',
    ratio: null,
    aim: 'every digest right',
    met: storm.ended.exitCode === 0 && storm.right === count && storm.pushesHit === count,
  });
}

async function planning(count: number, rounds: number): Promise<void> {
  const work = await writeWorkload(join(folder, `plan-${count}`), {count, base, registry});
  const mine = ours('plan', ['plan', '--json', '--push'], work.folder);
  const [my = 0, their = 0] = await race(
    [() => [mine], () => [bake('--print', ['--print'], work.folder)]],
    rounds,
  );
  addRatio(`plan --json against bake --print, ${count} targets`, my, their, 1);
  const peak = await peakMemoryOf(mine);
  rows.push({
    what: `plan --json, ${count} targets: peak memory`,
    ours: `${Math.round(peak / 1e6)} MB`,
    peer: '',
    ratio: null,
    aim: '<= 150 MB',
    met: peak <= 150e6,
  });
}

/** Every round changes a build argument of every target, so that no step and no layer can be reused. */
const nonce = (who: string, round: number): string => `${who}-${round}-${process.pid}`;

const ourBuild = (work: Workload, round: number): Contender =>
  ours(
    'build --push',
    ['build', '--push', '--quiet', '--set', `vars.nonce=${nonce('ours', round)}`],
    work.folder,
  );

const bakeBuild = (work: Workload, round: number): Contender => {
  const sets = work.targets.flatMap((name, index) => [
    '--set',
    `${name}.args.NONCE=${nonce('bake', round)}-${index}`,
  ]);
  return bake('--push', ['--push', '--progress=quiet', ...sets], work.folder);
};

/** What one process a target costs by itself: the same builds, side by side, without build-matrix. */
const bareBuilds = (
  work: Workload,
  round: number,
  platforms: readonly string[] = ['linux/amd64', 'linux/arm64'],
): readonly Contender[] =>
  work.targets.map((name, index) => ({
    name: `docker buildx build of ${name}`,
    command: 'docker',
    args: [
      ...['buildx', 'build', '--push', '--progress=quiet', `--platform=${platforms.join(',')}`],
      ...[`--build-arg=NONCE=${nonce('bare', round)}-${index}`],
      ...[`--tag=${registry}/bench/${name}:bare`, '.'],
    ],
    cwd: work.folder,
    env,
  }));

async function coldTinyBuilds(): Promise<void> {
  const work = await writeWorkload(join(folder, 'cold'), {count: 6, base, registry});
  const [mine = 0, theirs = 0, bare = 0] = await race(
    [
      (round) => [ourBuild(work, round)],
      (round) => [bakeBuild(work, round)],
      (round) => bareBuilds(work, round),
    ],
    7,
  );
  addRatio('cold build and push, 6 tiny targets x 2 platforms, sizes included', mine, theirs, 1.1);
  addRatio('the same against 6 bare docker buildx build side by side', mine, bare, 1.1);
}

/** Everything is cached, so that what is left is what it takes to learn the sizes. */
async function stageSizes(): Promise<void> {
  const {folder: cwd, byHand} = await writeStagedWork(join(folder, 'staged'), {base, registry});
  const [mine = 0, theirs = 0] = await race(
    [
      () => [ours('build --push', ['build', '--push', '--quiet'], cwd)],
      () => [{name: 'by hand', command: 'sh', args: ['-c', byHand], cwd, env}],
    ],
    5,
  );
  addRatio('sizes of 4 stages x 2 platforms against building and asking each', mine, theirs, 0.2);
}

/** Reads an image of 1 GB as `--why` does. */
async function whyOfLargeImage(): Promise<void> {
  const cwd = join(folder, 'large');
  await writeLargeWork(cwd, {base, megabytes: 1024});
  const build = ours('build', ['build', '--quiet'], cwd);
  await race([() => [build]], 0);
  const why = ours('sizes --why', ['sizes', 'main', '--why', '--json'], cwd);
  const [time = 0] = await race([() => [why]], 3);
  const peak = await peakMemoryOf(why);
  rows.push({
    what: `sizes --why of a 1 GB image (${milliseconds(time)}): peak memory`,
    ours: `${Math.round(peak / 1e6)} MB`,
    peer: '',
    ratio: null,
    aim: '<= 200 MB',
    met: peak <= 200e6,
  });
}

async function coldWorkingBuilds(): Promise<void> {
  const work = await writeWorkload(join(folder, 'work'), {
    ...{count: 6, base, registry, platforms: ['linux/amd64'], workMegabytes: 1500},
  });
  const [mine = 0, theirs = 0, bare = 0] = await race(
    [
      (round) => [ourBuild(work, round)],
      (round) => [bakeBuild(work, round)],
      (round) => bareBuilds(work, round, ['linux/amd64']),
    ],
    3,
  );
  addRatio('cold build and push, 6 targets that compute for seconds', mine, theirs, 1.1);
  addRatio('the same, sizes included, against bare builds side by side', mine, bare, 1.05);
}

/** The same matrix on two builders and on one, where each does one step at a time. */
async function twoBuilders(): Promise<void> {
  const cwd = join(folder, 'computing');
  const steps = 3_000_000;
  await writeComputingWork(cwd, {base, count: 3, steps});
  Object.assign(process.env, environment);
  const builders = await startTwoBuilders();
  const build = (who: string, round: number, more: readonly string[]): readonly Contender[] => [
    ours(
      `build on ${who}`,
      ['build', '--quiet', '--set', `vars.nonce=${nonce(who, round)}`, ...more],
      cwd,
    ),
  ];
  try {
    const [two = 0, one = 0] = await race(
      [
        (round) => build('two', round, []),
        (round) => build('one', round, ['--builder', builderNames[0]]),
      ],
      3,
    );
    addRatio('two builders against one, 3 targets x 2 platforms that compute', two, one, 1 / 1.7);
  } finally {
    await builders.close();
  }
}

/** Most registries are not on this machine: what counts there is how often they are asked in a row. */
async function unchangedFarAway(): Promise<void> {
  const far = await startFaultyRegistry(registry);
  const late = [{path: /./u, fault: {is: 'late', ms: 50}}] as const;
  for (const repository of ['bench', 'docker.io/library/busybox']) far.setRules(repository, late);
  try {
    await unchanged({registry: far.host, where: ', registry 50 ms away'});
  } finally {
    await far.close();
  }
}

/** Runs in which nothing changed, or one file of one target. */
async function unchanged(at = {registry, where: ''}): Promise<void> {
  const {where} = at;
  const work = await writeSeparateWork(join(folder, `unchanged${where.replace(/\W/gu, '-')}`), {
    ...{count: 6, registry: at.registry, base: base.replace(registry, at.registry)},
  });
  const mine = ours('build --push', ['build', '--push', '--quiet'], work.folder);
  const theirs = bake('--push', ['--push', '--progress=quiet'], work.folder);
  const [my = 0, their = 0] = await race([() => [mine], () => [theirs]], 9);
  const what = `6 targets x 2 platforms${where}`;
  addRatio(`nothing changed, ${what}, against bake --push warm`, my, their, 0.2);

  const changed = (who: string, contender: Contender) => (round: number) => {
    writeFileSync(work.file, `${nonce(who, round)}\n`);
    return [contender];
  };
  const [one = 0, other = 0] = await race([changed('ours', mine), changed('bake', theirs)], 7);
  addRatio(`one file changed in one of them${where}, against bake --push`, one, other, 1);
}

async function manyUnchanged(): Promise<void> {
  const {folder: cwd} = await writeSeparateWork(join(folder, 'many'), {count: 100, base, registry});
  const mine = ours('build --push', ['build', '--push', '--quiet'], cwd);
  const [time = 0] = await race([() => [mine]], 5);
  const peak = await peakMemoryOf(mine);
  rows.push(
    {
      what: '100 targets x 2 platforms unchanged',
      ours: milliseconds(time),
      peer: '',
      ratio: null,
      aim: '<= 2 s',
      met: time <= 2000,
    },
    {
      what: '100 targets x 2 platforms unchanged: peak memory',
      ours: `${Math.round(peak / 1e6)} MB`,
      peer: '',
      ratio: null,
      aim: '<= 150 MB',
      met: peak <= 150e6,
    },
  );
}

/** By the names that may be given on the command line; all without any. */
const parts: Readonly<Record<string, () => Promise<void>>> = {
  start: startUp,
  plan: async () => {
    await planning(3, 15);
    await planning(1000, 7);
  },
  cold: coldTinyBuilds,
  work: coldWorkingBuilds,
  builders: twoBuilders,
  unchanged: async () => {
    await unchanged();
    await unchangedFarAway();
    await manyUnchanged();
  },
  sizes: stageSizes,
  why: whyOfLargeImage,
  storm: () => retryStorm(200),
};

try {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !(name in parts));
  if (unknown !== undefined) {
    throw new Error(`no part is called ${unknown}: ${Object.keys(parts).join(', ')}`);
  }
  for (const [name, measure] of Object.entries(parts)) {
    if (named.length > 0 && !named.includes(name)) continue;
    process.stderr.write(`measuring: ${name}\n`);
    await measure();
  }
  process.stdout.write(`${formatTable(rows)}\n`);
} finally {
  await rm(folder, {recursive: true, force: true});
}
