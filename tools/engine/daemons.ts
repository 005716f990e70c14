import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {closeSync, openSync} from 'node:fs';
import {mkdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {identityOf, isAlive, until} from './alive.ts';
import type {ProcessIdentity} from './alive.ts';
import {EngineError} from './errors.ts';
import {readIfAny, writeAtomic} from './files.ts';
import type {EnginePaths} from './paths.ts';
import {lastLines} from './shell.ts';
import type {EngineState} from './state.ts';
import {cgroupParent, clearCgroup, killMarked, marker, MARKER, unmountBelow} from './sweep.ts';

export interface DaemonSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Text whose change means that a running daemon has to be started anew. */
  readonly configuration: string;
  /** True once it answers. */
  ready(): Promise<boolean>;
}

interface DaemonRecord extends ProcessIdentity {
  readonly fingerprint: string;
}

const START_TIMEOUT_MS = 60_000;
/** A daemon that answers nothing for so long while its process lives is replaced. */
const ANSWER_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 15_000;

/**
 * Makes sure that the daemon runs with this very configuration and answers.
 * @returns true when it was (re)started
 * @throws EngineError with the end of its log when it does not come up
 */
export async function ensureDaemon(
  paths: EnginePaths,
  state: EngineState,
  spec: DaemonSpec,
): Promise<boolean> {
  const fingerprint = fingerprintOf(spec);
  const record = await readRecord(paths, spec.name);
  if (
    record?.fingerprint === fingerprint &&
    (await isAlive(record)) &&
    (await until(() => spec.ready(), ANSWER_TIMEOUT_MS))
  ) {
    return false;
  }
  await stopDaemon(paths, state, spec.name);
  await start(paths, state, spec, fingerprint);
  return true;
}

/**
 * Ends the daemon and whatever it left behind: its children, containers and mounts too when it was
 * killed itself. What it keeps in .engine stays.
 */
export async function stopDaemon(
  paths: EnginePaths,
  state: EngineState,
  name: string,
): Promise<void> {
  const record = await readRecord(paths, name);
  if (record !== undefined && (await isAlive(record))) {
    process.kill(record.pid, 'SIGTERM');
    await until(async () => !(await isAlive(record)), STOP_TIMEOUT_MS);
  }
  await killMarked(marker(paths.id, name));
  await clearCgroup(cgroupParent(paths.id, name));
  const volatile = volatileFolder(state, name);
  await unmountBelow([join(paths.engine, name), volatile]);
  // Its record of a process that is no more would keep dockerd from starting.
  await rm(volatile, {recursive: true, force: true});
  await rm(recordFile(paths, name), {force: true});
}

async function start(
  paths: EnginePaths,
  state: EngineState,
  spec: DaemonSpec,
  fingerprint: string,
): Promise<void> {
  if (await spec.ready()) {
    throw new EngineError(`another program answers where ${spec.name} should`, {
      reason: 'its port or socket was taken while the engine was down',
      remedy: "end that program, or run 'down --purge' and 'up' for new ports",
    });
  }
  await mkdir(paths.logs, {recursive: true});
  const log = join(paths.logs, `${spec.name}.log`);
  const descriptor = openSync(log, 'a');
  let child;
  try {
    // A process group of its own: Ctrl-C in the terminal that ran `up` does not reach it.
    child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', descriptor, descriptor],
      cwd: paths.engine,
      env: {...spec.env, [MARKER]: marker(paths.id, spec.name)},
    });
  } finally {
    closeSync(descriptor);
  }
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on(
    'exit',
    (code, signal) => (ended = `it ended with ${signal ?? `exit code ${code ?? '?'}`}`),
  );
  const {pid} = child;
  if (pid !== undefined) {
    const record: DaemonRecord = {...(await identityOf(pid)), fingerprint};
    await writeAtomic(recordFile(paths, spec.name), JSON.stringify(record));
  }

  await until(async () => ended !== undefined || (await spec.ready()), START_TIMEOUT_MS);
  if (ended !== undefined || !(await spec.ready())) {
    const reason = ended ?? `it does not answer after ${START_TIMEOUT_MS / 1_000} s`;
    await stopDaemon(paths, state, spec.name);
    throw new EngineError(`${spec.name} does not start`, {
      reason: `${reason}; the end of its log:\n${lastLines(await readFile(log, 'utf8'), 8)}`,
      remedy: `read ${log}; 'down --purge' and 'up' start from nothing`,
    });
  }
  child.removeAllListeners();
  child.unref();
}

/** What a daemon keeps only while it runs; removed with it. */
export function volatileFolder(state: EngineState, name: string): string {
  return join(state.runtime, name);
}

function fingerprintOf(spec: DaemonSpec): string {
  const parts = JSON.stringify([spec.command, spec.args, spec.configuration]);
  return createHash('sha256').update(parts).digest('hex');
}

function recordFile(paths: EnginePaths, name: string): string {
  return join(paths.run, `${name}.json`);
}

async function readRecord(paths: EnginePaths, name: string): Promise<DaemonRecord | undefined> {
  const text = await readIfAny(recordFile(paths, name));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as DaemonRecord);
  } catch {
    return undefined;
  }
}
