import type {EventSink} from '../ports/event-sink.ts';

/** Hands every event to every sink, in their order, and closes one after the other. */
export function combinedSink(sinks: readonly EventSink[]): EventSink {
  return {
    handle(event) {
      for (const sink of sinks) sink.handle(event);
    },
    async close() {
      for (const sink of sinks) await sink.close();
    },
  };
}
