import {execFile} from 'node:child_process';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import pLimit from 'p-limit';
import {afterEach, beforeEach, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {openReleaseRig, type ReleaseRig} from '../rig/release-rig.ts';

/** Most of a release is waiting for docker. */
const sideBySide = 4;

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const run = `release-${Date.now().toString(36)}`;

const files = {
  Dockerfile: 'FROM busybox:1.36\nARG NAME\nRUN echo "$NAME" > /name\nCOPY content /\n',
  content: 'first\n',
  'matrix.yml': `version: 1
images:
  app:
    defaults: {args: {NAME: "{target}"}}
    targets:
      cpu: {platforms: [linux/amd64], tags: ["{version}"]}
      jetson: {platforms: [linux/arm64], tags: ["{version}-jetson"]}
    indexes:
      "{version}-all": [cpu, jetson]
`,
};

let rig: ReleaseRig;

beforeEach(async () => {
  rig = await openReleaseRig(registry, files);
});

afterEach(async () => {
  await rig.close();
});

const into = (namespace: string): readonly string[] => ['--registry', `${registry}/${namespace}`];

async function build(namespace: string): Promise<void> {
  const built = await rig.run(['build', '--push', ...into(namespace)]);
  expect(built).toMatchObject({exitCode: 0});
}

const variants = (words: readonly string[]): readonly string[] =>
  words.flatMap((word) => [word, `${word}-all`, `${word}-jetson`]).toSorted();

test('a release, a major release, a backport and a pre-release: each tag is where it belongs', async () => {
  const namespace = `${run}-order`;
  const repository = `${namespace}/app`;
  const release = async (version: string, ...more: readonly string[]): Promise<string> => {
    await rig.write('content', `${version}\n`);
    await rig.commit(`prepare ${version}`);
    await build(namespace);
    const ended = await rig.run(['release', version, ...into(namespace), ...more]);
    expect(ended).toMatchObject({exitCode: 0});
    return (await rig.tags(repository))[version] ?? '';
  };
  const first = await release('1.4.0');
  const all = variants(['dev', '1.4.0', '1.4', '1', 'latest']);
  expect(Object.keys(await rig.tags(repository))).toEqual(all);
  expect(await rig.tags(repository)).toMatchObject({'1.4': first, '1': first, latest: first});
  expect(rig.github.releases[0]).toMatchObject({
    tag_name: 'v1.4.0',
    draft: false,
    prerelease: false,
  });
  expect(rig.github.latest).toBe(rig.github.releases[0]?.id);
  expect(await rig.git('ls-remote', '--tags', 'origin')).toContain('refs/tags/v1.4.0^{}');

  const major = await release('2.0.0');
  expect(await rig.tags(repository)).toMatchObject({
    '1.4': first,
    '1': first,
    '2': major,
    latest: major,
  });

  await rig.git('checkout', '--quiet', '-b', 'release/1.4', 'v1.4.0');
  const backport = await release('1.4.9');
  expect(await rig.tags(repository)).toMatchObject({
    ...{'1.4.0': first, '1.4': backport, '1': backport, '2': major, latest: major},
  });
  expect(rig.github.latest).toBe(rig.github.releases[1]?.id);

  await rig.git('checkout', '--quiet', 'main');
  const candidate = await release('3.0.0-rc.1', '--next');
  expect(await rig.tags(repository)).toMatchObject({next: candidate, latest: major, '2': major});
  expect(Object.keys(await rig.tags(repository)).filter((tag) => tag.startsWith('3'))).toEqual(
    variants(['3.0.0-rc.1']),
  );
  expect(rig.github.releases[3]).toMatchObject({tag_name: 'v3.0.0-rc.1', prerelease: true});
  expect(rig.github.latest).toBe(rig.github.releases[1]?.id);
  expect(rig.github.violations).toEqual([]);

  const [{body} = {body: ''}] = rig.github.releases.slice(1);
  const index = (await rig.tags(repository))['2.0.0-all'] ?? '';
  expect(body).toContain(`docker pull ${registry}/${repository}:2.0.0-jetson`);
  expect(body).toContain(`docker pull ${registry}/${repository}@${index}`);
  expect(body).toContain('Since 1.4.0');
  expect(body).toContain('busybox&#58;1.36</code> at <code>sha256');
  expect(body).toContain('compare/v1.4.0...v2.0.0');
});

test('a build of a released commit leaves what is released where it is', async () => {
  const namespace = `${run}-again`;
  const repository = `${namespace}/app`;
  await rig.write('.dockerignore', '*\n!content\n');
  await rig.commit('what counts');
  await build(namespace);
  const released = await rig.run(['release', '2.0.0', ...into(namespace)]);
  expect(released).toMatchObject({exitCode: 0});
  const tags = await rig.tags(repository);
  expect(released.stderr).toContain('the images say version dev inside');
  await rig.git('fetch', '--quiet', '--tags');
  const plan = await rig.run(['plan', '--push', ...into(namespace)]);
  expect(plan.stdout).toContain('2.0.0 of this commit is published; --force builds it again');
  await build(namespace);
  expect(await rig.tags(repository)).toEqual(tags);
  // Built again by force it is another image, to which nothing else moves.
  const forced = await rig.run(['build', '--push', '--force', ...into(namespace)]);
  expect(forced).toMatchObject({exitCode: 0});
  const replaced = await rig.tags(repository);
  expect(replaced['2.0.0']).not.toBe(tags['2.0.0']);
  const refused = await rig.run(['release', '2.0.0', ...into(namespace)]);
  expect(refused.exitCode).toBe(5);
  expect(refused.stderr).toContain('2.0.0 has been replaced since it was released');
  await rm(join(rig.folder, '.build-matrix/releases'), {recursive: true});
  const elsewhere = await rig.run(['release', '2.0.0', ...into(namespace)]);
  expect(elsewhere.exitCode).toBe(5);
  expect(elsewhere.stderr).toContain('(digests.txt of the release on GitHub)');
  expect(await rig.tags(repository)).toEqual(replaced);
  // A later commit that changes nothing in the images, and is released as well.
  await rig.write('README.md', 'what is new\n');
  await rig.commit('notes');
  await build(namespace);
  const next = await rig.run(['release', '2.0.1', ...into(namespace)]);
  expect(next).toMatchObject({exitCode: 0});
  const first = await rig.tags(repository);
  await rig.git('fetch', '--quiet', '--tags');
  // This machine forgets what it built.
  await rm(join(rig.folder, '.build-matrix/inputs'), {recursive: true});
  await build(namespace);
  const later = await rig.tags(repository);
  expect(later).toEqual(first);
});

test('a pre-release that was replaced since is refused, and released again when it was put back', async () => {
  const namespace = `${run}-candidate`;
  const repository = `${namespace}/app`;
  const release = ['release', '1.4.0-rc.1', ...into(namespace)];
  await build(namespace);
  expect(await rig.run(release)).toMatchObject({exitCode: 0});
  const first = (await rig.tags(repository))['1.4.0-rc.1'] ?? '';
  const forced = await rig.run(['build', '--push', '--force', ...into(namespace)]);
  expect(forced).toMatchObject({exitCode: 0});
  const second = (await rig.tags(repository))['1.4.0-rc.1'] ?? '';
  expect(second).not.toBe(first);

  const refused = await rig.run(release);
  expect(refused.exitCode).toBe(5);
  const exact = `${registry}/${repository}:1.4.0-rc.1`;
  expect(refused.stderr).toContain(
    `${exact} has been replaced since it was released: it holds ${second}, not ${first} (digests.txt of the release on GitHub)`,
  );
  const remedies = [...refused.stderr.matchAll(/put it back: docker (?<args>[^;]+);/gu)];
  // Of both targets and of the index.
  expect(remedies).toHaveLength(3);
  for (const {groups} of remedies) {
    await promisify(execFile)('docker', (groups?.['args'] ?? '').split(' '));
  }
  expect((await rig.tags(repository))['1.4.0-rc.1']).toBe(first);
  const again = await rig.run(release);
  expect(again).toMatchObject({exitCode: 0});
  expect(again.stderr).toContain('1.4.0-rc.1 (is so already)');
  expect(rig.github.violations).toEqual([]);
});

test('what images say inside is the version where they were built with --image-version before', async () => {
  const namespace = `${run}-inside`;
  await build(namespace);
  const dry = await rig.run(['release', '1.4.2', '--dry-run', ...into(namespace)]);
  const proposed = 'build-matrix build --push --image-version 1.4.2';
  expect(dry.stderr).toContain(`to have it inside, build them before with \`${proposed}\``);
  const args = proposed.split(' ').slice(1);
  expect(await rig.run([...args, ...into(namespace)])).toMatchObject({exitCode: 0});
  const built = await rig.tags(`${namespace}/app`);

  const released = await rig.run(['release', '1.4.2', ...into(namespace)]);
  expect(released).toMatchObject({exitCode: 0});
  expect(released.stderr).not.toContain('warning');
  const tags = await rig.tags(`${namespace}/app`);
  for (const tag of variants(['1.4.2', '1.4', '1', 'latest'])) {
    expect(tags[tag]).toBe(built[tag.replace(/^(?:1\.4\.2|1\.4|1|latest)/u, '1.4.2')]);
  }
  expect(tags['1.4.2']).not.toBe(tags['dev']);
  // A build of the commit afterwards, which has the version by its tag now, is the same image.
  await build(namespace);
  expect(await rig.tags(`${namespace}/app`)).toEqual(tags);
});

test('wherever a release is killed, the next run ends it as if nothing had been', async () => {
  await build(`${run}-built`);
  const version = '1.4.2';
  const namespaceOf = (step: number): string => `${run}-kill-${step}`;
  const whole = await rig.run(['release', version, ...into(namespaceOf(0)), '--json']);
  expect(whole).toMatchObject({exitCode: 0});
  const wanted = await rig.state(namespaceOf(0));
  expect(Object.keys(wanted.tags)).toEqual(variants(['1.4.2', '1.4', '1', 'latest']));
  const {steps} = JSON.parse(whole.stdout) as {steps: readonly unknown[]};
  expect(steps.length).toBeGreaterThan(15);

  /** In a checkout, a namespace, a remote and a GitHub of its own. */
  async function killAt(step: number): Promise<void> {
    const own = await rig.fork();
    const namespace = namespaceOf(step);
    const release = ['release', version, ...into(namespace)];
    expect(await own.runUntil(release, 'release-step-started', step)).toBe(true);
    const ended = await own.run(release);
    expect(ended, `killed at step ${step}`).toMatchObject({exitCode: 0});
    expect(await own.state(namespace), `killed at step ${step}`).toEqual(wanted);
    expect(own.github.violations).toEqual([]);
    await own.close();
  }
  await pLimit(sideBySide).map(steps, (_, index) => killAt(index + 1));

  const again = await rig.run(['release', version, ...into(namespaceOf(0))]);
  expect(again).toMatchObject({exitCode: 0});
  expect(again.stderr.match(/is so already/gu)).toHaveLength(steps.length);
});

test('two releases at once: in one checkout the second is refused, and from two both come to the same end', async () => {
  const namespace = `${run}-twice`;
  await build(namespace);
  const other = await rig.copy();
  const release = (version: string) => ['release', version, ...into(namespace)];
  const here = await Promise.all([rig.run(release('1.0.0')), rig.run(release('1.0.0'))]);
  expect(here.map(({exitCode}) => exitCode).toSorted()).toEqual([0, 5]);
  expect(here.map(({stderr}) => stderr).join('')).toMatch(
    /a release is under way in this checkout, by process \d+ on \S+ \(run release-1\.0\.0\)/u,
  );

  // Each finds no draft and no tag, before the other has made its own.
  rig.github.meet(/^POST .*\/releases$/u, 2);
  await rig.slowPushes();
  const both = await Promise.all([rig.run(release('1.0.1')), other.run(release('1.0.1'))]);
  for (const ended of both) expect(ended).toMatchObject({exitCode: 0});
  expect(rig.github.requests.filter((line) => /^POST .*\/releases$/u.test(line))).toHaveLength(3);
  expect(rig.github.releases).toHaveLength(2);
  expect(rig.github.violations).toEqual([]);
  for (const {folder} of [rig, other]) await rig.git('-C', folder, 'fetch', '--tags');
  for (const one of [rig, other]) {
    expect(await one.run(release('1.0.1'))).toMatchObject({exitCode: 0});
  }
  const tags = await rig.tags(`${namespace}/app`);
  for (const tag of ['1.0.1', '1.0', '1', 'latest']) expect(tags[tag]).toBe(tags['dev']);
  const published = rig.github.releases.filter(({draft}) => !draft);
  expect(published.map(({tag_name}) => tag_name)).toEqual(['v1.0.0', 'v1.0.1']);
  expect(published[0]?.assets.map(({name}) => name).toSorted()).toHaveLength(
    published[1]?.assets.length ?? 0,
  );
});

test('what speaks against a release is told at once, and nothing is changed', async () => {
  const namespace = `${run}-refused`;
  await build(namespace);
  expect(await rig.run(['release', '1.0.0', ...into(namespace)])).toMatchObject({exitCode: 0});
  const before = await rig.tags(`${namespace}/app`);

  await rig.git('checkout', '--quiet', '-b', 'feature');
  await rig.write('content', 'changed\n');
  rig.github.readOnly(true);
  const refused = await rig.run(['release', '0.9.0', ...into(namespace)]);
  expect(refused.exitCode).toBe(5);
  for (const problem of [
    'the checkout has changes that are not committed',
    'releases are made from main, master, release/*, and this is feature',
    'GitHub: the token may read the repository, but not write to it',
  ]) {
    expect(refused.stderr).toContain(problem);
  }
  rig.github.readOnly(false);

  await rig.git('checkout', '--quiet', 'main');
  await rig.commit('changed');
  const untested = await rig.run(['release', '1.0.1', ...into(namespace)]);
  expect(untested.exitCode).toBe(5);
  expect(untested.stderr).toContain('there are no tested images of commit');
  await build(namespace);
  const taken = await rig.run(['release', '1.0.0', ...into(namespace)]);
  expect(taken.exitCode).toBe(5);
  expect(taken.stderr).toContain('is there already, with another image');
  expect(taken.stderr).toContain('the git tag v1.0.0 is at origin, on commit');
  const after = await rig.tags(`${namespace}/app`);
  expect({...after, dev: '', 'dev-all': '', 'dev-jetson': ''}).toEqual({
    ...before,
    ...{dev: '', 'dev-all': '', 'dev-jetson': ''},
  });
  const secrets = [refused, untested, taken].map(({stdout, stderr}) => stdout + stderr).join('');
  expect(secrets).not.toContain(rig.github.token);
});

test('--dry-run changes nothing; --rollback puts moving tags back, and refuses when others moved them', async () => {
  const namespace = `${run}-back`;
  await build(namespace);
  expect(await rig.run(['release', '1.0.0', ...into(namespace)])).toMatchObject({exitCode: 0});
  const before = await rig.tags(`${namespace}/app`);
  await rig.write('content', 'second\n');
  await rig.commit('second');
  await build(namespace);
  const built = await rig.tags(`${namespace}/app`);

  const dry = await rig.run(['release', '1.0.1', '--dry-run', ...into(namespace)]);
  expect(dry).toMatchObject({exitCode: 0});
  expect(dry.stdout).toContain('move 1.0');
  expect(await rig.tags(`${namespace}/app`)).toEqual(built);
  expect(rig.github.releases).toHaveLength(1);
  expect(await rig.git('tag')).toBe('v1.0.0\n');

  expect(await rig.run(['release', '1.0.1', ...into(namespace)])).toMatchObject({exitCode: 0});
  const released = await rig.tags(`${namespace}/app`);
  expect(released['1.0']).toBe(released['1.0.1']);
  const rollback = ['release', '1.0.1', '--rollback', ...into(namespace)];
  expect(await rig.run(rollback)).toMatchObject({exitCode: 0});
  const back = await rig.tags(`${namespace}/app`);
  for (const tag of variants(['1.0', '1', 'latest', '1.0.0'])) expect(back[tag]).toBe(before[tag]);
  expect(back['1.0.1']).toBe(released['1.0.1']);
  const journal = await readFile(join(rig.folder, '.build-matrix/releases/1.0.1.json'), 'utf8');
  expect(JSON.parse(journal)).toMatchObject({rolledBackAt: expect.any(String) as string});

  expect(await rig.run(['release', '1.0.1', ...into(namespace)])).toMatchObject({exitCode: 0});
  await rig.write('content', 'third\n');
  await rig.commit('third');
  await build(namespace);
  expect(await rig.run(['release', '1.0.2', ...into(namespace)])).toMatchObject({exitCode: 0});
  const late = await rig.run(rollback);
  expect(late.exitCode).toBe(5);
  expect(late.stderr).toContain('was moved since');
});

test('the record of images that several machines have built is released, also from a later checkout', async () => {
  const namespace = `${run}-shards`;
  await rig.write('content', 'shards\n');
  await rig.commit('build by shards');
  const records = ['cpu', 'jetson'].map((name) => `.build-matrix/${name}.json`);
  for (const [at, name] of ['cpu', 'jetson'].entries()) {
    const shard = ['--shard', name, '--record-file', records[at] ?? ''];
    const built = await rig.run(['build', '--push', ...into(namespace), ...shard]);
    expect(built).toMatchObject({exitCode: 0});
  }
  const commit = (await rig.git('rev-parse', 'HEAD')).trim();
  await rig.commit('something later');
  // Records tell by themselves what they are of.
  const joined = '.build-matrix/joined.json';
  const published = await rig.run(['publish', ...records, '--record-file', joined]);
  expect(published).toMatchObject({exitCode: 0});
  const release = ['release', '1.0.0', ...into(namespace), '--record', joined];
  const refused = await rig.run(release);
  expect(refused.exitCode).toBe(5);
  expect(refused.stderr).toContain('app/cpu');

  await rig.git('reset', '--quiet', '--hard', commit);
  expect(await rig.run(release)).toMatchObject({exitCode: 0});
  const tags = await rig.tags(`${namespace}/app`);
  expect(tags['1.0.0']).toBe(tags['dev']);
  expect(tags['1.0.0-all']).toBe(tags['dev-all']);
});
