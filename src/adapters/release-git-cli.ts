import {maskCredentials} from '../model/url-credentials.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Processes} from '../ports/processes.ts';
import type {ReleaseGit} from '../ports/release-git.ts';
import {publicRemote} from './git-cli.ts';

const timeoutMs = 120_000;

/** Never asks: a prompt would wait for ever in a workflow. */
const environment = {GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C'};

/** Who tags where git knows nobody, as in most workflows. */
const nobody = {
  GIT_COMMITTER_NAME: 'build-matrix',
  GIT_COMMITTER_EMAIL: 'build-matrix@localhost',
};

/** Tags through the `git` program, with the user's own settings, credentials and signing keys. */
export function createReleaseGit(processes: Processes): ReleaseGit {
  async function git(
    folder: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Result<string, string>> {
    const end = await processes.run({
      command: 'git',
      args: ['-C', folder, ...args],
      env: {...environment, ...env},
      timeoutMs,
    });
    if (!end.ok) {
      const {error} = end;
      return err(
        error.kind === 'timed-out'
          ? `git ${args[0] ?? ''} gave no answer for ${timeoutMs / 1000} s`
          : `git cannot be run (${error.kind})`,
      );
    }
    if (end.value.exitCode === 0) return ok(end.value.stdout);
    const said = complaintOf(end.value.stderr);
    return err(maskCredentials(said === '' ? `git ${args[0] ?? ''} failed` : said));
  }
  return {
    async checkout(folder, remote) {
      const branches = ['for-each-ref', '--format=%(refname)', `refs/remotes/${remote}/`];
      const [shallow, tags, url, known, having] = await Promise.all([
        git(folder, ['rev-parse', '--is-shallow-repository']),
        git(folder, [
          'for-each-ref',
          '--format=%(objectname) refs/tags/%(refname:strip=2)%00%(*objectname)',
          'refs/tags',
        ]),
        git(folder, ['config', '--get', `remote.${remote}.url`]),
        git(folder, branches),
        git(folder, [...branches, '--contains', 'HEAD']),
      ]);
      if (!shallow.ok || !tags.ok) return null;
      return {
        isShallow: shallow.value.trim() === 'true',
        isPushed: known.ok && having.ok && known.value !== '' ? having.value !== '' : null,
        localTags: new Map(
          tags.value.split('\n').flatMap((line) => {
            const match = /^(\S+) refs\/tags\/(.+)\0(\S*)$/u.exec(line);
            const [, own = '', name = '', peeled = ''] = match ?? [];
            return match === null ? [] : [[name, peeled === '' ? own : peeled]];
          }),
        ),
        remoteUrl: url.ok ? publicRemote(url.value.trim()) : null,
      };
    },
    async remoteTags(folder, remote) {
      const listed = await git(folder, ['ls-remote', '--tags', '--', remote]);
      if (!listed.ok) return listed;
      const tags = new Map<string, string>();
      // `^{}` is the commit of an annotated tag, and comes after the tag itself.
      for (const line of listed.value.split('\n')) {
        const [, id, name] = /^(\S+)\trefs\/tags\/(.+?)(?:\^\{\})?$/u.exec(line) ?? [];
        if (id !== undefined && name !== undefined) tags.set(name, id);
      }
      return ok(tags);
    },
    async createTag({folder, name, commit, message}) {
      const args = ['tag', '--annotate', '--message', message, '--', name, commit];
      const known = await git(folder, ['var', 'GIT_COMMITTER_IDENT']);
      const made = await git(folder, args, known.ok ? {} : nobody);
      return made.ok ? ok(undefined) : made;
    },
    async pushTag(folder, remote, name) {
      const ref = `refs/tags/${name}`;
      const pushed = await git(folder, ['push', '--no-follow-tags', '--', remote, `${ref}:${ref}`]);
      return pushed.ok ? ok(undefined) : pushed;
    },
    async fetchTag(folder, remote, name) {
      const ref = `refs/tags/${name}`;
      const fetched = await git(folder, ['fetch', '--no-tags', '--', remote, `+${ref}:${ref}`]);
      return fetched.ok ? ok(undefined) : fetched;
    },
    async tryPush(folder, remote, commit) {
      // A name that nobody has: only connection, login and the right to write are tried.
      const ref = `${commit}:refs/tags/build-matrix-dry-run`;
      const pushed = await git(folder, ['push', '--dry-run', '--no-verify', '--', remote, ref]);
      return pushed.ok ? ok(undefined) : pushed;
    },
  };
}

/** Which git ends every failed connection with, after what was the matter. */
const advice =
  /^(?:Please make sure you have the correct access rights|and the repository exists\.)?$/u;

/** The end of what git and ssh said, without git's general advice. */
function complaintOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !advice.test(line.trim()));
  return lines.slice(-3).join(' ').trim();
}
