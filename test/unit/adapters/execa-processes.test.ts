import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {createProcesses} from '../../../src/adapters/execa-processes.ts';
import type {ProcessRequest} from '../../../src/ports/processes.ts';

const node = process.execPath;
const script = (code: string): Pick<ProcessRequest, 'command' | 'args'> => ({
  command: node,
  args: ['-e', code],
});

/** A zombie that process 1 has not reaped yet is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return (
      process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    );
  } catch {
    return false;
  }
}

async function isGoneSoon(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await sleep(20);
  return !isAlive(pid);
}

/**
 * Prints the id of a grandchild that holds no pipe of its parent; with `stubborn` it ignores SIGTERM.
 * The parent itself ends at SIGTERM.
 */
const withGrandchild = (stubborn: boolean): string => `
  const grandchild = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(
    `${stubborn ? "process.on('SIGTERM', () => {});" : ''} process.send('up'); setInterval(() => {}, 1000)`,
  )}], {stdio: ['ignore', 'ignore', 'ignore', 'ipc']});
  grandchild.once('message', () => { grandchild.disconnect(); console.log(grandchild.pid); });
  setInterval(() => {}, 1000);`;

/** Runs until the first line, which is the grandchild's process id, then does `then`. */
async function untilGrandchild(
  stubborn: boolean,
  request: Partial<ProcessRequest>,
  then: () => void,
) {
  let grandchild = 0;
  const end = await createProcesses().run({
    ...script(withGrandchild(stubborn)),
    ...request,
    onStdoutLine(line) {
      grandchild = Number(line);
      then();
    },
  });
  return {end, grandchild};
}

test('collects output and tells the exit code as data', async () => {
  const end = await createProcesses().run(
    script(`process.stdout.write('out\\n'); process.stderr.write('err'); process.exitCode = 3`),
  );
  expect(end).toEqual({
    ok: true,
    value: {exitCode: 3, stdout: 'out\n', stderr: 'err'},
  });
});

test('tells the signal that ended a program', async () => {
  const end = await createProcesses().run(script(`process.kill(process.pid, 'SIGKILL')`));
  expect(end).toMatchObject({ok: true, value: {signal: 'SIGKILL'}});
  expect(end.ok && 'exitCode' in end.value).toBe(false);
});

test('adds to the environment, sets the folder and writes the input', async () => {
  const end = await createProcesses().run({
    ...script(
      `process.stdin.on('data', (text) => console.log(process.env.BM_X, process.cwd(), String(text)));`,
    ),
    env: {BM_X: 'x'},
    cwd: '/',
    input: 'typed',
  });
  expect(end).toMatchObject({ok: true, value: {stdout: 'x / typed\n'}});
});

test('hands on whole lines as they come, split characters joined, and the last unfinished one', async () => {
  const lines: string[] = [];
  const errors: string[] = [];
  const end = await createProcesses().run({
    ...script(`
      const out = (...bytes) => process.stdout.write(Buffer.from(bytes));
      out(0x61, 0xc3); setTimeout(() => { out(0xa9, 0x0d, 0x0a, 0x0a, 0x62); process.stderr.write('x\\ny'); }, 50)`),
    collect: false,
    onStdoutLine: (line) => lines.push(line),
    onStderrLine: (line) => errors.push(line),
  });
  expect(lines).toEqual(['aé', '', 'b']);
  expect(errors).toEqual(['x', 'y']);
  expect(end).toMatchObject({ok: true, value: {stdout: '', stderr: ''}});
});

test('loses no line of a program that prints much and ends at once', async () => {
  let lines = 0;
  await createProcesses().run({
    ...script(`process.stdout.write('line\\n'.repeat(200_000))`),
    collect: false,
    onStdoutLine: () => (lines += 1),
  });
  expect(lines).toBe(200_000);
});

test('a program that does not exist is not found; a folder that does not exist is told apart', async () => {
  const processes = createProcesses();
  expect(await processes.run({command: 'bm-no-such-program', args: []})).toEqual({
    ok: false,
    error: {kind: 'not-found', command: 'bm-no-such-program'},
  });
  expect(await processes.run({...script(''), cwd: '/no/such/folder'})).toMatchObject({
    ok: false,
    error: {kind: 'spawn-failed', message: expect.stringContaining('/no/such/folder') as string},
  });
});

test('a timeout ends the program', async () => {
  const end = await createProcesses().run({
    ...script('setInterval(() => {}, 1000)'),
    timeoutMs: 100,
  });
  expect(end).toEqual({ok: false, error: {kind: 'timed-out', afterMs: 100}});
});

test('a cancelled request starts nothing', async () => {
  const end = await createProcesses().run({
    ...script(`require('node:fs').writeFileSync('/tmp/never', '')`),
    signal: AbortSignal.abort(),
  });
  expect(end).toEqual({ok: false, error: {kind: 'cancelled'}});
});

test('a cancel ends the grandchild too, within a second', async () => {
  const controller = new AbortController();
  const started = performance.now();
  const {end, grandchild} = await untilGrandchild(false, {signal: controller.signal}, () => {
    controller.abort();
  });
  expect(end).toEqual({ok: false, error: {kind: 'cancelled'}});
  expect(isAlive(grandchild)).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('a grandchild that ignores SIGTERM and outlives its parent is killed after the delay', async () => {
  const controller = new AbortController();
  const {end, grandchild} = await untilGrandchild(
    true,
    {signal: controller.signal, killAfterMs: 300},
    () => {
      controller.abort();
    },
  );
  expect(end).toEqual({ok: false, error: {kind: 'cancelled'}});
  expect(isAlive(grandchild)).toBe(false);
});

test('killAll ends everything at once', async () => {
  const processes = createProcesses();
  let grandchild = 0;
  const end = await processes.run({
    ...script(withGrandchild(true)),
    onStdoutLine(line) {
      grandchild = Number(line);
      processes.killAll();
    },
  });
  expect(end).toMatchObject({ok: true, value: {signal: 'SIGKILL'}});
  expect(await isGoneSoon(grandchild)).toBe(true);
});

test('what a program leaves running is ended with it', async () => {
  let grandchild = 0;
  const end = await createProcesses().run({
    ...script(
      withGrandchild(false).replace(
        'console.log',
        'process.stdout.write(grandchild.pid + "\\n", () => process.exit(0)); void',
      ),
    ),
    onStdoutLine: (line) => (grandchild = Number(line)),
  });
  expect(end).toMatchObject({ok: true, value: {exitCode: 0}});
  expect(grandchild).toBeGreaterThan(0);
  expect(isAlive(grandchild)).toBe(false);
});
