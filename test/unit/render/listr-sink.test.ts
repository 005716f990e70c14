import {Writable} from 'node:stream';
import {stripVTControlCharacters} from 'node:util';

import {describe, expect, it} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import {listrSink} from '../../../src/render/listr-sink.ts';
import {createFakeClock} from '../../fakes/fake-clock.ts';
import {sampleRun, startedAt} from './sample-run.ts';

/** A terminal that keeps what is written to it. */
function fakeTerminal(rows: number): {
  readonly stream: NodeJS.WriteStream;
  readonly text: () => string;
} {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    stream: Object.assign(stream, {
      isTTY: true,
      columns: 72,
      rows,
    }) as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

async function finalRows(
  events: readonly BuildEvent[],
  options: {readonly rows?: number} = {},
): Promise<readonly string[]> {
  const {stream, text} = fakeTerminal(options.rows ?? 40);
  const sink = listrSink({
    stream,
    colour: true,
    unicode: true,
    clock: createFakeClock(startedAt + 2000),
    knownStages: new Map(),
    stopping: new AbortController().signal,
  });
  for (const event of events) sink.handle(event);
  await sink.close();
  // What stays is drawn last, after the live frames were erased.
  const last = text().split('\u001b[2K').at(-1) ?? '';
  return stripVTControlCharacters(last)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

describe('listrSink', () => {
  it('leaves a row for each target, and the way to what failed', async () => {
    expect(await finalRows([...sampleRun.begun, ...sampleRun.ended])).toEqual([
      '✔ face-service/cpu     sha256:3f2a1b9c0d1e  3 steps, 1 cached     4.5s',
      '✖ face-service/jetson  exit code 2                                2.4s',
      '  ✖ test  1/1                                                     2.3s',
      '    ✖ RUN make test                                               2.3s',
      '⊘ face-service/all     not started: face-service/jetson failed',
    ]);
  });

  it('draws nothing, and ends, when the run never began', async () => {
    expect(await finalRows([])).toEqual([]);
  });

  it('ends when the run was cut off', async () => {
    const rows = await finalRows(sampleRun.begun);
    expect(rows[0]).toMatch(/^. face-service\/cpu +2\.0s$/);
  });

  it('hides targets that are done when all would not fit', async () => {
    const rows = await finalRows([...sampleRun.begun, ...sampleRun.ended], {rows: 3});
    expect(rows.map((row) => row.split(' ')[1])).not.toContain('face-service/cpu');
    expect(rows.join('\n')).toContain('✖ face-service/jetson');
  });

  it('leaves no listener for signals behind', async () => {
    const before = process.listenerCount('SIGINT');
    const ended = finalRows(sampleRun.begun);
    expect(process.listenerCount('SIGINT')).toBe(before);
    await ended;
  });
});
