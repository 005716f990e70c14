import {execFile} from 'node:child_process';
import {chmod, copyFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {stderrReporter} from '../../tools/engine/console.ts';
import {freePort} from '../../tools/engine/free-port.ts';
import {enginePaths, REPOSITORY} from '../../tools/engine/paths.ts';
import {provisionSshd} from '../../tools/engine/provision-tools.ts';
import {startDaemon} from './own-daemon.ts';
import {accepts} from './accepts.ts';

const run = promisify(execFile);

/** A machine that is reached by ssh, as far as a client can tell. */
export interface OwnSshd {
  /** `ssh://root@127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Folder for the front of PATH: its `ssh` has the key and knows the host. */
  readonly bin: string;
  close(): Promise<void>;
}

/** OpenSSH's own server, out of its package; `env` is what its sessions have in their environment. */
export async function startOwnSshd(env: Readonly<Record<string, string>>): Promise<OwnSshd> {
  const {sshd, libraries} = await provisionSshd(enginePaths(REPOSITORY), stderrReporter());
  const folder = await mkdtemp(join(tmpdir(), 'bm-sshd-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'user']) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  await copyFile(at('user.pub'), at('authorized'));
  const port = await freePort();
  const variables = Object.entries(env).map(([name, value]) => `"${name}=${value}"`);
  await writeFile(
    at('sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host')}
PidFile none
AuthorizedKeysFile ${at('authorized')}
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
SetEnv ${variables.join(' ')}
`,
  );
  // It drops its rights to a user of this name, in an empty folder of root's.
  const passwd = await readFile('/etc/passwd', 'utf8');
  const own = 'sshd:x:105:65534::/run/sshd:/usr/sbin/nologin\n';
  await writeFile(at('passwd'), passwd.includes('\nsshd:') ? passwd : passwd + own);
  await writeFile(
    at('start'),
    `set -e
mount --bind ${at('passwd')} /etc/passwd
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
LD_LIBRARY_PATH=${libraries} exec ${sshd} -D -e -f ${at('sshd_config')}
`,
  );
  await writeFile(
    at('ssh'),
    `#!/bin/sh
exec ${await pathOf('ssh')} -F none -i ${at('user')} -o StrictHostKeyChecking=no -o UserKnownHostsFile=${at('known')} -o LogLevel=ERROR "$@"
`,
  );
  await chmod(at('ssh'), 0o755);
  const daemon = await startDaemon('unshare', ['--mount', 'sh', at('start')], {
    answers: () => accepts(port),
  });
  return {
    endpoint: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    bin: folder,
    async close() {
      await daemon.stop();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

const pathOf = async (name: string): Promise<string> =>
  (await run('sh', ['-c', `command -v ${name}`])).stdout.trim();
