import {beforeEach, describe, expect, test} from 'vitest';

import type {ProcessRequest, Processes} from '../../../src/ports/processes.ts';
import {createDeferred} from '../../fakes/deferred.ts';

/** Programs that the suite runs: the fake scripts them, the real adapter starts them. */
export interface ProcessesUnderTest {
  readonly processes: Processes;
  /** Prints these lines and ends with this code. */
  printing(stdout: readonly string[], stderr: readonly string[], exitCode: number): ProcessRequest;
  /** Prints `ready` on stdout and never ends by itself. */
  readonly waiting: ProcessRequest;
  /** A program that does not exist. */
  readonly missing: ProcessRequest;
}

/** What every `Processes` must do; run on the real adapter and on the fake alike. */
export function describeProcesses(name: string, create: () => ProcessesUnderTest): void {
  describe(`processes: ${name}`, () => {
    let subject: ProcessesUnderTest;
    beforeEach(() => {
      subject = create();
    });

    /** Starts the waiting program; `ready` resolves when it runs. */
    const startWaiting = (signal?: AbortSignal) => {
      const ready = createDeferred();
      const ended = subject.processes.run({
        ...subject.waiting,
        ...(signal === undefined ? {} : {signal}),
        onStdoutLine: () => {
          ready.resolve();
        },
      });
      return {ready: ready.promise, ended};
    };

    test('an exit code is data, and output is collected', async () => {
      const result = await subject.processes.run(subject.printing(['out'], ['err'], 3));
      expect(result).toMatchObject({
        ok: true,
        value: {exitCode: 3, stdout: 'out\n', stderr: 'err\n'},
      });
    });

    test('lines come one by one without their break, the empty ones too', async () => {
      const lines: string[] = [];
      const result = await subject.processes.run({
        ...subject.printing(['one', '', 'zwölf'], ['oops'], 0),
        collect: false,
        onStdoutLine: (line) => lines.push(`out ${line}`),
        onStderrLine: (line) => lines.push(`err ${line}`),
      });
      expect(lines.filter((line) => line.startsWith('out'))).toEqual([
        'out one',
        'out ',
        'out zwölf',
      ]);
      expect(lines.filter((line) => line.startsWith('err'))).toEqual(['err oops']);
      expect(result).toMatchObject({ok: true, value: {exitCode: 0, stdout: '', stderr: ''}});
    });

    test('a missing program is told from one that fails', async () => {
      const result = await subject.processes.run(subject.missing);
      expect(result).toEqual({
        ok: false,
        error: {kind: 'not-found', command: subject.missing.command},
      });
    });

    test('an abort ends the program', async () => {
      const stop = new AbortController();
      const {ready, ended} = startWaiting(stop.signal);
      await ready;
      stop.abort({reason: 'interrupted', signal: 'SIGINT'});
      expect(await ended).toEqual({ok: false, error: {kind: 'cancelled'}});
    });

    test('with an aborted signal nothing starts', async () => {
      const {ended} = startWaiting(AbortSignal.abort());
      expect(await ended).toEqual({ok: false, error: {kind: 'cancelled'}});
    });

    test('killAll ends everything that runs', async () => {
      const all = [startWaiting(), startWaiting()];
      await Promise.all(all.map(({ready}) => ready));
      subject.processes.killAll();
      const results = await Promise.all(all.map(({ended}) => ended));
      expect(results).toMatchObject([
        {ok: true, value: {signal: 'SIGKILL'}},
        {ok: true, value: {signal: 'SIGKILL'}},
      ]);
    });
  });
}
