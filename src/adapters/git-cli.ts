// The package's index loads all of its forty files, which is felt at every start.
import gt from 'semver/functions/gt.js';
import valid from 'semver/functions/valid.js';
import type {Git, GitFacts} from '../ports/git.ts';
import type {Processes} from '../ports/processes.ts';

const timeoutMs = 20_000;

/** No lock, prompt, hook or signature check: asking must not change the repository or run its code. */
const environment = {GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C'};
const settings = ['-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false'];

/** Git facts from the `git` program, asked for in three processes at the same time. */
export function createGit(processes: Processes): Git {
  async function ask(folder: string, ...args: readonly string[]): Promise<string | null> {
    const end = await processes.run({
      command: 'git',
      args: ['-C', folder, ...settings, ...args],
      env: environment,
      timeoutMs,
    });
    return end.ok && end.value.exitCode === 0 ? end.value.stdout : null;
  }
  return {
    async facts(folder) {
      const [head, status, origin] = await Promise.all([
        ask(
          folder,
          'log',
          '-1',
          '--decorate-refs=refs/tags/',
          '--format=%H%n%ct%n%D',
          'HEAD',
          '--',
        ),
        ask(folder, 'status', '--porcelain=v2', '--branch', '--untracked-files=no', '-z'),
        ask(folder, 'config', '--get', 'remote.origin.url'),
      ]);
      if (head === null || status === null) return null;
      return parseFacts(head, status, origin);
    },
    async commitOf(folder, revision) {
      const commit = `${revision}^{commit}`;
      const id = await ask(folder, 'rev-parse', '--verify', '--quiet', '--end-of-options', commit);
      return id !== null && commitId.test(id.trim()) ? id.trim() : null;
    },
    async fileAt(folder, revision, path) {
      const commit = await this.commitOf(folder, revision);
      if (commit === null) return null;
      // `cat-file` knows no filters of the user's: the bytes are those of the commit.
      return ask(folder, 'cat-file', 'blob', `${commit}:./${path}`);
    },
  };
}

const commitId = /^[0-9a-f]{40,64}$/u;

function parseFacts(head: string, status: string, origin: string | null): GitFacts | null {
  const [commit = '', seconds = '', decorations = ''] = head.split('\n');
  if (!commitId.test(commit)) return null;
  const lines = status.split('\0').filter((line) => line !== '');
  const branch = lines.find((line) => line.startsWith('# branch.head '))?.slice(14);
  return {
    commit,
    branch: branch === undefined || branch === '(detached)' ? null : branch,
    tag: greatestVersion(decorations.split(', ').map((name) => name.replace(/^tag: /u, ''))),
    dirty: lines.some((line) => !line.startsWith('# ')),
    committedAt: new Date(Number(seconds) * 1000).toISOString(),
    remote: origin === null ? null : publicRemote(origin.trim()),
  };
}

function greatestVersion(tags: readonly string[]): string | null {
  let greatest: string | null = null;
  for (const tag of tags)
    if (valid(tag) !== null && (greatest === null || gt(tag, greatest))) greatest = tag;
  return greatest;
}

/**
 * The remote as others may see it. null for a path of this machine, which is of use to nobody else.
 */
export function publicRemote(remote: string): string | null {
  // `git@host:path`, git's short form of ssh; a user name alone is no secret.
  if (/^[\w.-]+@[\w.-]+:(?!\/\/)/u.test(remote)) return remote;
  if (!URL.canParse(remote)) return null;
  const url = new URL(remote);
  if (url.protocol === 'file:' || url.host === '') return null;
  url.password = '';
  // For https the token may be the user name.
  if (url.protocol !== 'ssh:') url.username = '';
  url.search = '';
  url.hash = '';
  return url.href;
}
