import {describe, expect, it} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import type {EventSink} from '../../../src/ports/event-sink.ts';
import {combinedSink} from '../../../src/render/combined-sink.ts';
import {jsonlSink} from '../../../src/render/jsonl-sink.ts';
import {quietSink} from '../../../src/render/quiet-sink.ts';
import {warningSink} from '../../../src/render/warning-sink.ts';
import {createCollectingSink} from '../../fakes/collecting-sink.ts';
import {sampleRun} from './sample-run.ts';

const events: readonly BuildEvent[] = [...sampleRun.begun, ...sampleRun.ended];

describe('jsonlSink', () => {
  it('writes each event as a line that reads back as the event', () => {
    let text = '';
    const sink = jsonlSink((part) => (text += part));
    for (const event of events) sink.handle(event);
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
  });
});

describe('quietSink', () => {
  it('takes every event', async () => {
    for (const event of events) quietSink.handle(event);
    await expect(quietSink.close()).resolves.toBeUndefined();
  });
});

describe('combinedSink', () => {
  it('hands events to all, and closes one after the other', async () => {
    const [first, second] = [createCollectingSink(), createCollectingSink()];
    const order: string[] = [];
    const closing = (name: string, sink: EventSink, delayMs: number): EventSink => ({
      handle: (event) => {
        sink.handle(event);
      },
      async close() {
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        order.push(name);
      },
    });
    const sink = combinedSink([closing('first', first, 5), closing('second', second, 0)]);
    for (const event of events) sink.handle(event);
    await sink.close();
    expect(first.events).toEqual(events);
    expect(second.events).toEqual(events);
    expect(order).toEqual(['first', 'second']);
  });
});

describe('warningSink', () => {
  const diagnostic = {severity: 'warning', code: 'x', message: 'x'} as const;

  it('shows each warning once, when the run has ended', async () => {
    const shown: unknown[] = [];
    const sink = warningSink((diagnostics) => shown.push(diagnostics));
    sink.handle({type: 'target-warning', at: 0, target: 'a', diagnostic});
    sink.handle({type: 'target-warning', at: 1, target: 'b', diagnostic: {...diagnostic}});
    sink.handle({type: 'notice', at: 2, diagnostic: {...diagnostic, message: 'y'}});
    expect(shown).toEqual([]);
    await sink.close();
    expect(shown).toEqual([[diagnostic, {...diagnostic, message: 'y'}]]);
  });

  it('is silent without warnings', async () => {
    const shown: unknown[] = [];
    const sink = warningSink((diagnostics) => shown.push(diagnostics));
    for (const event of events) sink.handle(event);
    await sink.close();
    expect(shown).toEqual([]);
  });
});
