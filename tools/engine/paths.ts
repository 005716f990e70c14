import {createHash} from 'node:crypto';
import {realpathSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {pinsHash} from './pins.ts';

/** The repository this file is in. */
export const REPOSITORY = dirname(dirname(import.meta.dirname));

export interface EnginePaths {
  readonly root: string;
  /** Names everything of this clone that lives outside its folder: sockets, bridge, cgroup, marker. */
  readonly id: string;
  readonly engine: string;
  readonly state: string;
  readonly logs: string;
  /** One record per running daemon. */
  readonly run: string;
  /** What `env` puts in front of PATH. */
  readonly bin: string;
  readonly dockerConfig: string;
  readonly buildxConfig: string;
  readonly auth: {readonly folder: string; readonly password: string; readonly htpasswd: string};
  /** Shared by all clones with the same pins. */
  readonly cache: string;
}

export function enginePaths(root: string): EnginePaths {
  const real = realpathSync(resolve(root));
  const engine = join(real, '.engine');
  const auth = join(engine, 'auth');
  const cacheHome = process.env['XDG_CACHE_HOME'];
  return {
    root: real,
    id: createHash('sha256').update(real).digest('hex').slice(0, 8),
    engine,
    state: join(engine, 'state.json'),
    logs: join(engine, 'logs'),
    run: join(engine, 'run'),
    bin: join(engine, 'bin'),
    dockerConfig: join(engine, 'docker-config'),
    buildxConfig: join(engine, 'buildx-config'),
    auth: {folder: auth, password: join(auth, 'password'), htpasswd: join(auth, 'htpasswd')},
    cache: join(
      cacheHome === undefined || cacheHome === '' ? join(homedir(), '.cache') : cacheHome,
      'build-matrix',
      'engine',
      pinsHash(),
    ),
  };
}

/** A socket's whole path has to stay below 108 bytes, and dockerd appends some 40 of its own. */
const LONGEST_TEMPORARY_FOLDER = 40;

/**
 * Where the sockets go: short, whatever the depth of the clone. Only asked at the first `up`; the
 * answer is kept in the state, since TMPDIR may differ from one shell to the next.
 */
export function runtimeFolder(id: string): string {
  const folder = tmpdir();
  return join(folder.length > LONGEST_TEMPORARY_FOLDER ? '/tmp' : folder, `bm-${id}`);
}
