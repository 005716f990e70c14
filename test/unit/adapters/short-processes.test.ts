import {describe, expect, it} from 'vitest';

import {createShortProcesses} from '../../../src/adapters/short-processes.ts';

const processes = createShortProcesses();
const node = (script: string, more: object = {}) =>
  processes.run({command: process.execPath, args: ['-e', script], ...more});

describe('createShortProcesses', () => {
  it('returns what was printed and the exit code, whatever it is', async () => {
    const script = 'console.log(process.env.X); console.error("e"); process.exitCode = 3';
    expect(await node(script, {env: {X: 'a b'}})).toMatchObject({
      ok: true,
      value: {exitCode: 3, stdout: 'a b\n', stderr: 'e\n'},
    });
    expect(await node('')).toMatchObject({ok: true, value: {exitCode: 0, stdout: '', stderr: ''}});
  });

  it('closes standard input, so that nothing waits for it', async () => {
    expect(await node('process.stdin.on("end", () => console.log("end")).resume()')).toMatchObject({
      value: {stdout: 'end\n'},
    });
  });

  it('gives a text to standard input, as helpers for logins want it', async () => {
    const input = 'ghcr.io';
    expect(await node('process.stdin.pipe(process.stdout)', {input})).toMatchObject({
      value: {exitCode: 0, stdout: input},
    });
    const unread = 'x'.repeat(1024 * 1024);
    expect(await node('process.exit(0)', {input: unread})).toMatchObject({value: {exitCode: 0}});
  });

  it('tells what kept it from an exit code', async () => {
    expect(await processes.run({command: 'no-such-program', args: []})).toEqual({
      ok: false,
      error: {kind: 'not-found', command: 'no-such-program'},
    });
    expect(await node('setInterval(() => {}, 1000)', {timeoutMs: 300})).toEqual({
      ok: false,
      error: {kind: 'timed-out', afterMs: 300},
    });
    expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({
      ok: true,
      value: {signal: 'SIGKILL'},
    });
  });

  it('refuses what only execa can do', () => {
    const {signal} = new AbortController();
    expect(() => node('', {signal})).toThrow('only execa-processes.ts');
    expect(() => node('', {onStdoutLine: () => undefined})).toThrow('only execa-processes.ts');
    const input = new ReadableStream<Uint8Array>();
    expect(() => node('', {input})).toThrow('only execa-processes.ts');
  });
});
