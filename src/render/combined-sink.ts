import type {EventSink} from '../ports/event-sink.ts';

/** Hands every event to every sink, in their order. */
export function combinedSink(sinks: readonly EventSink[]): EventSink {
  return {
    handle(event) {
      for (const sink of sinks) sink.handle(event);
    },
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}
