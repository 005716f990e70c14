import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {request as overHttp} from 'node:http';
import {request as overTls} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {freePort} from '../../tools/engine/free-port.ts';
import {enginePaths, REPOSITORY} from '../../tools/engine/paths.ts';
import {toolsIn} from '../../tools/engine/provision-tools.ts';
import type {KeyPair} from './certificates.ts';
import {startDaemon} from './own-daemon.ts';

export interface OwnRegistry {
  /** `ADDRESS:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/** The private engine's own registry program, once more. */
export async function startOwnRegistry({
  address = '127.0.0.1',
  storage,
  tls,
  htpasswd,
}: {
  readonly address?: string;
  /** Folder of what is pushed; one of its own without it. */
  readonly storage?: string;
  /** Paths of its certificate and key: it then speaks TLS only. */
  readonly tls?: KeyPair;
  /** Path of the file with its users. */
  readonly htpasswd?: string;
}): Promise<OwnRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-registry-'));
  const port = await freePort();
  const host = `${address}:${port}`;
  const settings = {
    version: 0.1,
    log: {level: 'error', accesslog: {disabled: true}},
    storage: {
      filesystem: {rootdirectory: storage ?? join(folder, 'storage')},
      maintenance: {uploadpurging: {enabled: false}},
    },
    http: {
      ...{addr: host, secret: 'own'},
      ...(tls && {tls: {certificate: tls.cert, key: tls.key}}),
    },
    ...(htpasswd !== undefined && {auth: {htpasswd: {realm: 'own', path: htpasswd}}}),
  };
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(settings));
  const {registry} = toolsIn(enginePaths(REPOSITORY));
  const daemon = await startDaemon(registry, ['serve', join(folder, 'config.yml')], {
    answers: () =>
      new Promise((resolve, reject) => {
        const options = {host: address, port, path: '/v2/', rejectUnauthorized: false};
        (tls === undefined ? overHttp : overTls)(options, (answer) => {
          answer.resume();
          resolve(true);
        })
          .on('error', reject)
          .end();
      }),
  });
  return {
    host,
    async close() {
      await daemon.stop();
      await rm(folder, {recursive: true});
    },
  };
}
