import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createProcesses} from '../../../src/adapters/execa-processes.ts';
import {createGit} from '../../../src/adapters/git-cli.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';

let folder: string;
const date = '2026-03-04T05:06:07+02:00';

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    },
  }).trim();
}

function commit(): string {
  writeFileSync(join(folder, 'file'), 'text\n');
  git('add', 'file');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'first');
  return git('rev-parse', 'HEAD');
}

const facts = (of = folder) => createGit(createProcesses()).facts(of);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-'));
  git('init', '-q', '-b', 'main');
});
afterEach(() => {
  rmSync(folder, {recursive: true});
});

test('a clean commit on a branch', async () => {
  const id = commit();
  expect(await facts()).toEqual({
    commit: id,
    branch: 'main',
    tag: null,
    dirty: false,
    committedAt: '2026-03-04T03:06:07.000Z',
    remote: null,
  });
});

test('three processes, all at once', async () => {
  commit();
  const processes = createFakeProcesses();
  processes.on('git', {exitCode: 128});
  await createGit(processes).facts(folder);
  expect(processes.requests).toHaveLength(3);
});

test('a detached head has no branch', async () => {
  commit();
  git('checkout', '-q', '--detach');
  expect(await facts()).toMatchObject({branch: null});
});

test('a changed file is dirty, one that is not tracked is not', async () => {
  commit();
  writeFileSync(join(folder, 'new'), '');
  expect(await facts()).toMatchObject({dirty: false});
  writeFileSync(join(folder, 'file'), 'other\n');
  expect(await facts()).toMatchObject({dirty: true});
});

test('a file whose name looks like a header is dirty all the same', async () => {
  commit();
  writeFileSync(join(folder, '# branch.head x'), '');
  git('add', '.');
  expect(await facts()).toMatchObject({dirty: true, branch: 'main'});
});

test('the greatest version among the tags counts, light or annotated', async () => {
  commit();
  for (const tag of ['v1.9.0', '1.10.0', 'v1.10.0-rc.1', 'latest', 'v2']) git('tag', tag);
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'tag', '-a', 'v1.11.0', '-m', 'x');
  git('config', 'log.excludeDecoration', 'refs/tags/*');
  expect(await facts()).toMatchObject({tag: 'v1.11.0'});
});

test('a subfolder knows its repository', async () => {
  const id = commit();
  expect(await facts(join(folder, '.git', '..'))).toMatchObject({commit: id});
});

describe('the remote has no credentials', () => {
  test.each([
    ['https://github.com/acme/face.git', 'https://github.com/acme/face.git'],
    ['https://token@github.com/acme/face', 'https://github.com/acme/face'],
    ['https://ann:secret@github.com/acme/face?private_token=x#y', 'https://github.com/acme/face'],
    ['git@github.com:acme/face.git', 'git@github.com:acme/face.git'],
    ['ssh://git:secret@github.com:22/acme/face', 'ssh://git@github.com:22/acme/face'],
    ['/srv/git/face.git', null],
    ['../face', null],
    ['file:///srv/git/face.git', null],
    ['C:/work/face', null],
    ['', null],
  ])('%s', async (url, remote) => {
    commit();
    git('config', 'remote.origin.url', url);
    expect(await facts()).toMatchObject({remote});
  });
});

describe('null', () => {
  test('before the first commit', async () => {
    expect(await facts()).toBeNull();
  });

  test('outside of a repository, or in no folder at all', async () => {
    expect(await facts('/')).toBeNull();
    expect(await facts(join(folder, 'missing'))).toBeNull();
  });

  test('without git', async () => {
    const processes = createFakeProcesses();
    processes.on('git', {failure: {kind: 'not-found', command: 'git'}});
    expect(await createGit(processes).facts(folder)).toBeNull();
  });
});

test('a repository cannot make us run its own programs', async () => {
  commit();
  const trap = join(folder, 'trap');
  writeFileSync(join(folder, '.git', 'hook.sh'), `#!/bin/sh\ntouch '${trap}'\n`, {mode: 0o755});
  git('config', 'core.fsmonitor', '.git/hook.sh');
  git('config', 'log.showSignature', 'true');
  git('config', 'gpg.program', '.git/hook.sh');
  await facts();
  expect(existsSync(trap)).toBe(false);
});

describe('a revision', () => {
  const commitOf = (revision: string) => createGit(createProcesses()).commitOf(folder, revision);

  test('a branch, a tag with a message, a short id', async () => {
    const id = commit();
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'tag', '-a', 'v1', '-m', 'one');
    for (const revision of ['main', 'v1', 'HEAD', id.slice(0, 8)]) {
      expect(await commitOf(revision)).toBe(id);
    }
  });

  test('what is none, and what git could take for an option or a file', async () => {
    commit();
    for (const revision of ['v2', '', '--all', '--git-dir', 'file', 'HEAD:file', 'HEAD main']) {
      expect(await commitOf(revision)).toBeNull();
    }
  });

  test('a file as it was then, from a folder of the checkout', async () => {
    const git1 = createGit(createProcesses());
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'app/Dockerfile'), 'FROM scratch\r\n');
    git('add', '.');
    const id = commit();
    writeFileSync(join(folder, 'app/Dockerfile'), 'FROM busybox\n');
    const app = join(folder, 'app');
    expect(await git1.fileAt(app, id, 'Dockerfile')).toBe('FROM scratch\r\n');
    expect(await git1.fileAt(folder, id.slice(0, 8), 'app/Dockerfile')).toBe('FROM scratch\r\n');
    expect(await git1.fileAt(app, id, '../app/Dockerfile')).toBe('FROM scratch\r\n');
    for (const [revision, path] of [
      [id, 'Containerfile'],
      [id, '../app'],
      [id, '../../x'],
      ['0'.repeat(40), 'Dockerfile'],
      ['--all', 'Dockerfile'],
    ] as const) {
      expect(await git1.fileAt(app, revision, path)).toBeNull();
    }
  });
});
