import {join} from 'node:path';
import {cached} from './cache.ts';
import type {Reporter} from './console.ts';
import type {DaemonSpec} from './daemons.ts';
import {EngineError} from './errors.ts';
import type {EnginePaths} from './paths.ts';
import {MOTO} from './pins.ts';
import {attempt, lastLines} from './shell.ts';
import type {EngineState} from './state.ts';

/** The API of Amazon ECR, played by moto's server (Python) with real requests and answers. */

export const MOTO_DAEMON = 'ecr-api';

/** What moto's tokens say: it knows one account, and its passwords follow from that. */
export const ECR_ACCOUNT = '123456789012';
export const ECR_LOGIN = {username: 'AWS', password: `${ECR_ACCOUNT}-auth-token`} as const;

export function ecrApiAddress(state: EngineState): string {
  return `127.0.0.1:${state.ports.ecr}`;
}

/**
 * Installs moto into the cache, once for each version of Python.
 * @returns the folder for PYTHONPATH
 * @throws EngineError on a machine without Python and pip
 */
export async function provisionMoto(paths: EnginePaths, report: Reporter): Promise<string> {
  const version = await pythonVersion();
  const [moto] = MOTO.packages;
  const folder = join(paths.cache, `${moto.replace('==', '-')}-python${version}`);
  await cached(folder, report, (temporary) =>
    report.step(`${moto} (the API of Amazon ECR) by pip`, async () => {
      const result = await attempt('python3', [
        ...['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'],
        // What else is installed on the machine is not looked at, nor changed.
        ...['--no-warn-conflicts', '--root-user-action', 'ignore', '--target', temporary],
        ...MOTO.packages,
      ]);
      if (result.code === 0) return;
      throw new EngineError(`${moto} could not be installed`, {
        reason: lastLines(result.stderr, 6),
        remedy: PYTHON_REMEDY,
      });
    }),
  );
  return folder;
}

const PYTHON_REMEDY =
  'the tests of Amazon ECR need python3 with pip, and the Python package index (Debian: apt-get install python3-pip)';

async function pythonVersion(): Promise<string> {
  const program = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const result = await attempt('python3', ['-c', program]);
  const version = result.stdout.trim();
  if (result.code === 0 && /^3\.\d+$/.test(version)) return version;
  throw new EngineError('there is no python3 on this machine', {
    reason: lastLines(result.stderr, 3),
    remedy: PYTHON_REMEDY,
  });
}

/** How to start moto's server from the folder that `provisionMoto` made. */
export function motoSpec(state: EngineState, folder: string): DaemonSpec {
  const {ecr: port} = state.ports;
  return {
    name: MOTO_DAEMON,
    command: 'python3',
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: {...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1'},
    configuration: folder,
    ready: () => motoAnswers(state),
  };
}

/** Whether moto, and no other program, answers. */
export async function motoAnswers(state: EngineState): Promise<boolean> {
  try {
    const response = await fetch(`http://${ecrApiAddress(state)}/moto-api/data.json`, {
      signal: AbortSignal.timeout(3_000),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
