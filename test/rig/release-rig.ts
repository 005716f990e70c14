import {execFile, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';

import {startGitHub, type GitHubServer} from './github-server.ts';
import {runIn, type Ended} from './real-command.ts';

const command = join(import.meta.dirname, '../../bin/build-matrix.js');

/** A checkout with a bare remote, a GitHub of its own, and the engine's registry. */
export interface ReleaseRig {
  readonly folder: string;
  readonly registry: string;
  readonly github: GitHubServer;
  git(...args: readonly string[]): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Commits everything, and pushes the branch. */
  commit(message: string): Promise<void>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /**
   * Runs `release … --progress json`, and sends SIGKILL at the `count`th event of this type. Resolves to
   * whether it came to that.
   */
  runUntil(args: readonly string[], type: string, count: number): Promise<boolean>;
  /** From now on a push takes a second at the remote, so that two of them meet there. */
  slowPushes(): Promise<void>;
  /** A second checkout of the same remote and GitHub, as another machine has it. */
  copy(): Promise<Pick<ReleaseRig, 'folder' | 'run'>>;
  /** The same checkout with what was built in it, and an empty remote and GitHub of its own. */
  fork(): Promise<ReleaseRig>;
  /** All that a release leaves behind, in texts that are the same for every namespace and server. */
  state(namespace: string): Promise<ReleaseEnd>;
  /** Digest of every tag of a repository below a namespace. */
  tags(repository: string): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export interface ReleaseEnd {
  readonly tags: Readonly<Record<string, string>>;
  readonly gitTags: string;
  readonly releases: unknown;
  readonly isLatest: boolean;
}

const author = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

export async function openReleaseRig(
  registry: string,
  files: Readonly<Record<string, string>>,
): Promise<ReleaseRig> {
  const rig = await rigWith(registry, async (folder) => {
    await mkdir(folder);
    await gitIn(folder, 'init', '--quiet', '--initial-branch=main');
    await gitIn(folder, 'remote', 'add', 'origin', '../remote.git');
  });
  for (const [path, text] of Object.entries(files)) await rig.write(path, text);
  await rig.write('.gitignore', '.build-matrix/\n');
  await rig.commit('start');
  return rig;
}

async function gitIn(folder: string, ...args: readonly string[]): Promise<string> {
  const options = {cwd: folder, env: {...process.env, ...author}};
  return (await promisify(execFile)('git', [...args], options)).stdout;
}

/** `checkOut` makes the checkout, whose remote `origin` is `../remote.git`. */
async function rigWith(
  registry: string,
  checkOut: (folder: string) => Promise<void>,
): Promise<ReleaseRig> {
  const root = await mkdtemp(join(tmpdir(), 'bm-release-'));
  const folder = join(root, 'checkout');
  const remote = join(root, 'remote.git');
  const github = await startGitHub();
  const git: ReleaseRig['git'] = (...args) => gitIn(folder, ...args);

  const write: ReleaseRig['write'] = async (path, text) => {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), text);
  };

  const environment = (): Readonly<Record<string, string>> => ({
    ...author,
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: github.repository,
    GH_TOKEN: github.token,
    GITHUB_ACTIONS: '',
  });

  const tags: ReleaseRig['tags'] = async (repository) => {
    const list = await fetch(`http://${registry}/v2/${repository}/tags/list`);
    const names = ((await list.json()) as {tags?: string[] | null}).tags ?? [];
    const accept =
      'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
    const digests = await Promise.all(
      names.toSorted().map(async (name) => {
        const url = `http://${registry}/v2/${repository}/manifests/${name}`;
        const head = await fetch(url, {method: 'HEAD', headers: {accept}});
        return [name, head.headers.get('docker-content-digest') ?? ''] as const;
      }),
    );
    return Object.fromEntries(digests);
  };

  await gitIn(root, 'init', '--quiet', '--bare', remote);
  await checkOut(folder);

  return {
    folder,
    registry,
    github,
    git,
    write,
    async commit(message) {
      await git('add', '.');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      await git('push', '--quiet', 'origin', 'HEAD');
    },
    run: (args, more = {}) => runIn(folder, args, {...environment(), ...more}),
    runUntil: (args, type, count) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [command, ...args, '--progress', 'json'], {
          cwd: folder,
          env: {...process.env, NO_COLOR: '1', ...environment()},
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let seen = 0;
        let text = '';
        child.stderr.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          for (const line of lines) {
            if (!line.startsWith(`{"type":"${type}"`)) continue;
            seen += 1;
            if (seen === count) child.kill('SIGKILL');
          }
        });
        child.once('error', reject);
        child.once('close', () => {
          resolve(seen >= count);
        });
      }),
    async slowPushes() {
      const hook = join(remote, 'hooks/pre-receive');
      await mkdir(dirname(hook), {recursive: true});
      await writeFile(hook, '#!/bin/sh\nsleep 1\n', {mode: 0o755});
    },
    async copy() {
      const other = `${folder}-of-another`;
      await cp(folder, other, {recursive: true});
      return {folder: other, run: (args) => runIn(other, args, environment())};
    },
    async fork() {
      const forked = await rigWith(registry, (to) => cp(folder, to, {recursive: true}));
      for (const tag of (await forked.git('tag')).split('\n')) {
        if (tag !== '') await forked.git('tag', '-d', tag);
      }
      await rm(join(forked.folder, '.build-matrix/releases'), {recursive: true, force: true});
      await forked.git('push', '--quiet', 'origin', 'HEAD');
      return forked;
    },
    async state(namespace) {
      const plain = (text: string): string =>
        text.replaceAll(namespace, 'NAMESPACE').replaceAll(github.url, 'GITHUB');
      const format = '--format=%(refname) %(objecttype) %(*objectname) %(contents)';
      return {
        tags: await tags(`${namespace}/app`),
        gitTags: await gitIn(remote, 'for-each-ref', 'refs/tags', format),
        releases: github.releases.map(({assets, body, tag_name, name, draft, prerelease}) => ({
          ...{tag_name, name, draft, prerelease},
          body: plain(body),
          assets: Object.fromEntries(
            assets
              .toSorted((a, b) => (a.name < b.name ? -1 : 1))
              .map(({name, state, bytes}) => [
                name,
                `${state}: ${name === 'checksums.txt' ? confirmed(bytes.toString(), assets) : plain(bytes.toString())}`,
              ]),
          ),
        })),
        isLatest: github.releases.some(({id}) => id === github.latest),
      };
    },
    tags,
    async close() {
      await github.close();
      await rm(root, {recursive: true, force: true, maxRetries: 3});
    },
  };
}

/** Names of the files whose checksums are right. */
function confirmed(
  checksums: string,
  assets: readonly {readonly name: string; readonly bytes: Buffer}[],
): string {
  const right = checksums.split('\n').flatMap((line) => {
    const [sum = '', name = ''] = line.split('  ');
    const bytes = assets.find((asset) => asset.name === name)?.bytes;
    if (bytes === undefined) return [];
    return createHash('sha256').update(bytes).digest('hex') === sum ? [name] : [];
  });
  return right.join(' ');
}
