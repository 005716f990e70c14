import {execFile, spawn} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';

import {freePort} from '../../tools/engine/free-port.ts';
import {enginePaths, REPOSITORY} from '../../tools/engine/paths.ts';
import {toolsIn} from '../../tools/engine/provision-tools.ts';

const run = promisify(execFile);

export interface SmallRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/**
 * The private engine's own registry program, with its storage on a file system of so many megabytes.
 * Needs root, as the private engine does.
 */
export async function startSmallRegistry(megabytes: number): Promise<SmallRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-small-'));
  const storage = join(folder, 'storage');
  const host = `127.0.0.1:${await freePort()}`;
  await run('mkdir', [storage]);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', storage]);
  const settings = {
    version: 0.1,
    log: {level: 'error', accesslog: {disabled: true}},
    storage: {
      filesystem: {rootdirectory: storage},
      maintenance: {uploadpurging: {enabled: false}},
    },
    http: {addr: host, secret: 'small'},
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(settings));
  const {registry} = toolsIn(enginePaths(REPOSITORY));
  const child = spawn(registry, ['serve', join(folder, 'config.yml')], {
    stdio: 'ignore',
    env: {...process.env, OTEL_TRACES_EXPORTER: 'none'},
  });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await run('umount', [storage]);
    await rm(folder, {recursive: true});
  };
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok) return {host, close};
    await sleep(50);
  }
  await close();
  throw new Error(`${registry} does not answer`);
}
