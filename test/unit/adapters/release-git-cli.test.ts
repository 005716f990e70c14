import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterEach, beforeEach, expect, test} from 'vitest';

import {createReleaseGit} from '../../../src/adapters/release-git-cli.ts';
import {createShortProcesses} from '../../../src/adapters/short-processes.ts';

let root: string;
let folder: string;

const env = {
  ...process.env,
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

async function git(...args: readonly string[]): Promise<string> {
  const ran = await promisify(execFile)('git', ['-C', folder, ...args], {env});
  return ran.stdout.trim();
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bm-git-'));
  folder = join(root, 'checkout');
  await promisify(execFile)('git', ['init', '--quiet', '--bare', join(root, 'remote')]);
  await promisify(execFile)('git', ['init', '--quiet', '--initial-branch=main', folder]);
  await git('commit', '--quiet', '--allow-empty', '--message', 'start');
  await git('remote', 'add', 'origin', join(root, 'remote'));
  await git('push', '--quiet', 'origin', 'main');
});

afterEach(async () => {
  await rm(root, {recursive: true, force: true});
});

const releases = createReleaseGit(createShortProcesses());

test('an annotated tag is made and pushed; here and at the remote it is known by its commit', async () => {
  const commit = await git('rev-parse', 'HEAD');
  const tag = {folder, name: 'v1.4.2+a', commit, message: 'Release 1.4.2+a'};
  expect(await releases.tryPush(folder, 'origin', commit)).toEqual({ok: true, value: undefined});
  expect(await git('ls-remote', '--tags', 'origin')).toBe('');
  expect(await releases.createTag(tag)).toEqual({ok: true, value: undefined});
  expect(await git('cat-file', '-t', 'v1.4.2+a')).toBe('tag');
  expect(await releases.pushTag(folder, 'origin', tag.name)).toEqual({ok: true, value: undefined});
  await git('tag', 'light');
  expect(await releases.checkout(folder, 'origin')).toEqual({
    isShallow: false,
    isPushed: true,
    localTags: new Map([
      ['light', commit],
      ['v1.4.2+a', commit],
    ]),
    remoteUrl: null,
  });
  expect(await releases.remoteTags(folder, 'origin')).toEqual({
    ok: true,
    value: new Map([['v1.4.2+a', commit]]),
  });
});

test('a tag of the remote is never overwritten', async () => {
  const commit = await git('rev-parse', 'HEAD');
  await git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1.0.0');
  await git('commit', '--quiet', '--allow-empty', '--message', 'second');
  const second = await git('rev-parse', 'HEAD');
  await releases.createTag({folder, name: 'v1.0.0', commit: second, message: 'x'});
  const pushed = await releases.pushTag(folder, 'origin', 'v1.0.0');
  expect(pushed).toMatchObject({ok: false});
  const there = await releases.remoteTags(folder, 'origin');
  expect(there).toEqual({ok: true, value: new Map([['v1.0.0', commit]])});
});

test('a tag that another checkout has pushed before takes the place of our own', async () => {
  const commit = await git('rev-parse', 'HEAD');
  const name = 'v1.0.0';
  const other = join(root, 'other');
  await promisify(execFile)('git', ['clone', '--quiet', join(root, 'remote'), other]);
  await releases.createTag({folder: other, name, commit, message: 'theirs'});
  await releases.pushTag(other, 'origin', name);

  expect(await releases.fetchTag(folder, 'origin', 'v2.0.0')).toMatchObject({ok: false});
  await releases.createTag({folder, name, commit, message: 'ours'});
  expect(await releases.pushTag(folder, 'origin', name)).toMatchObject({ok: false});
  await expect(git('fetch', '--tags')).rejects.toThrow('would clobber existing tag');
  expect(await releases.fetchTag(folder, 'origin', name)).toEqual({ok: true, value: undefined});
  expect(await git('tag', '--list', '--format=%(contents)', name)).toBe('theirs');
  await git('fetch', '--tags');
});

test('a shallow clone, a remote that has gone, and no checkout', async () => {
  const shallow = join(root, 'shallow');
  await git('commit', '--quiet', '--allow-empty', '--message', 'second');
  await git('push', '--quiet', 'origin', 'main');
  const url = `file://${join(root, 'remote')}`;
  await promisify(execFile)('git', [
    'clone',
    '--quiet',
    '--depth',
    '1',
    '-b',
    'main',
    url,
    shallow,
  ]);
  expect(await releases.checkout(shallow, 'origin')).toMatchObject({isShallow: true});
  await git('remote', 'set-url', 'origin', 'https://user:a-secret@127.0.0.1:1/x.git');
  const gone = await releases.remoteTags(folder, 'origin');
  expect(gone).toMatchObject({ok: false});
  expect(JSON.stringify(gone)).not.toContain('a-secret');
  expect((await releases.checkout(folder, 'origin'))?.remoteUrl).toBe('https://127.0.0.1:1/x.git');
  expect(await releases.checkout(root, 'origin')).toBe(null);
});

test('a commit is pushed when a branch of the remote has it', async () => {
  const isPushed = async (): Promise<unknown> =>
    (await releases.checkout(folder, 'origin'))?.isPushed;
  await git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
  expect(await isPushed()).toBe(true);
  await git('commit', '--quiet', '--allow-empty', '--message', 'unseen');
  expect(await isPushed()).toBe(false);
  await git('push', '--quiet', 'origin', 'HEAD:refs/heads/side');
  expect(await isPushed()).toBe(true);
});

test('a remote that is not there is told in git’s own words, without its advice', async () => {
  await git('remote', 'set-url', 'origin', '/nowhere/app.git');
  expect(await releases.remoteTags(folder, 'origin')).toEqual({
    ok: false,
    error:
      "fatal: '/nowhere/app.git' does not appear to be a git repository fatal: Could not read from remote repository.",
  });
});
