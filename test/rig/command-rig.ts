import {execFile, spawn} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';

import {test as base} from 'vitest';

import {startFakeDocker, type FakeDocker} from './fake-docker.ts';

const command = join(import.meta.dirname, '../../bin/build-matrix.js');

/** `build-matrix` in a checkout of its own, with a docker that does what the test says. */
export interface CommandRig {
  /** Working directory: a git checkout with one commit. */
  readonly folder: string;
  readonly docker: FakeDocker;
  write(path: string, text: string): Promise<void>;
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Starts the command. */
  start(args: readonly string[], options?: StartOptions): RunningCommand;
  /** Runs the command to its end. */
  run(args: readonly string[], options?: StartOptions): Promise<EndedCommand>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Script to run instead of the command. */
  readonly script?: string;
  /** Folder below the checkout. Default: the checkout itself. */
  readonly cwd?: string;
}

export interface RunningCommand {
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<EndedCommand>;
}

export interface EndedCommand {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A test with a rig, which tells its whole story when the test fails. */
export const test = base.extend<{rig: CommandRig}>({
  rig: async ({onTestFailed}, use) => {
    const {rig, story, close} = await openRig();
    onTestFailed(() => {
      console.error(story());
    });
    try {
      await use(rig);
    } finally {
      await close();
    }
  },
});

interface OpenedRig {
  readonly rig: CommandRig;
  /** All that the commands printed and what docker was asked for. */
  readonly story: () => string;
  readonly close: () => Promise<void>;
}

async function openRig(): Promise<OpenedRig> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-'));
  await makeCheckout(folder);
  const docker = await startFakeDocker(folder);
  const running: {args: readonly string[]; command: RunningCommand}[] = [];
  let going = 0;

  const start: CommandRig['start'] = (args, options) => {
    const started = startCommand(folder, docker, args, options);
    running.push({args, command: started});
    going += 1;
    void started.ended.then(({exitCode}) => {
      going -= 1;
      if (going === 0) docker.giveUp(`the command has ended with ${exitCode ?? 'a signal'}`);
    });
    return started;
  };
  return {
    rig: {
      folder,
      docker,
      async write(path, text) {
        const whole = join(folder, path);
        await mkdir(dirname(whole), {recursive: true});
        await writeFile(whole, text);
      },
      read: (path) => readFile(join(folder, path), 'utf8').catch(() => undefined),
      start,
      run: (args, options) => start(args, options).ended,
    },
    story: () =>
      [
        ...running.map(
          ({args, command: {stdout, stderr}}) =>
            `$ build-matrix ${args.join(' ')}\n--- stdout\n${stdout}--- stderr\n${stderr}`,
        ),
        ...docker.calls.map(({args, signals}) => `docker ${[...args, ...signals].join(' ')}`),
      ].join('\n'),
    async close() {
      for (const {command} of running) command.kill('SIGKILL');
      await Promise.all(running.map(({command}) => command.ended));
      await docker.close();
      await rm(folder, {recursive: true, force: true, maxRetries: 3});
    },
  };
}

function startCommand(
  folder: string,
  docker: FakeDocker,
  args: readonly string[],
  options: StartOptions = {},
): RunningCommand {
  const child = spawn(process.execPath, [options.script ?? command, ...args], {
    cwd: join(folder, options.cwd ?? ''),
    env: {...environment(folder, docker), ...options.env},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    kill(signal) {
      child.kill(signal);
    },
    ended: new Promise((resolve) => {
      child.once('close', (exitCode, signal) => {
        resolve({exitCode, signal, stdout, stderr});
      });
    }),
  };
}

/** Nothing of the developer's own settings: only what the test needs. */
function environment(folder: string, docker: FakeDocker): Readonly<Record<string, string>> {
  const path = [docker.folder, dirname(process.execPath), process.env['PATH'] ?? ''];
  return {
    PATH: path.join(delimiter),
    HOME: folder,
    DOCKER_CONFIG: join(folder, '.docker'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    LANG: 'C.UTF-8',
    ...docker.env,
  };
}

async function makeCheckout(folder: string): Promise<void> {
  const git = (...args: readonly string[]): Promise<unknown> =>
    promisify(execFile)('git', [...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_SYSTEM: '/dev/null',
        GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
        GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
      },
    });
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  await writeFile(join(folder, '.gitignore'), '.build-matrix/\ndocker.sock\n');
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.gitignore');
  await git(...author, 'commit', '--quiet', '--message', 'start');
}
