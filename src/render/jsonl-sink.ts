import type {EventSink} from '../ports/event-sink.ts';

/** Writes every event as one line of JSON, exactly as src/events/event.ts describes it. */
export function jsonlSink(write: (text: string) => void): EventSink {
  return {
    handle(event) {
      write(`${JSON.stringify(event)}\n`);
    },
    close: () => Promise.resolve(),
  };
}
