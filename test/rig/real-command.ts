import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

import type {BuildRecord} from '../../src/records/build-record.ts';
import {latestRecord} from './latest-record.ts';

/** The built command on the real docker, in a folder of its own. */
export interface RealCommand {
  readonly folder: string;
  /** `input` goes to standard input, which is empty otherwise; an abort of `kill` kills it. */
  run(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    input?: string,
    kill?: AbortSignal,
  ): Promise<Ended>;
  /** The record of the run that started last. */
  record(): Promise<BuildRecord>;
  close(): Promise<void>;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const command = join(import.meta.dirname, '../../bin/build-matrix.js');

/** Makes a folder that holds `files`, by their paths. */
export async function realCommand(files: Readonly<Record<string, string>>): Promise<RealCommand> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), text);
  }
  return {
    folder,
    run: (args, env, input, kill) => runIn(folder, args, env, input, kill),
    record: () => latestRecord(folder),
    close: () => rm(folder, {recursive: true, force: true, maxRetries: 3}),
  };
}

/** Runs the command in `folder` to its end. */
export function runIn(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
  kill?: AbortSignal,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: folder,
      env: {...process.env, NO_COLOR: '1', ...env},
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A command that does not read its input closes the pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.once('error', reject);
    kill?.addEventListener('abort', () => child.kill('SIGKILL'));
    child.once('close', (exitCode) => {
      resolve({exitCode, stdout, stderr});
    });
  });
}
