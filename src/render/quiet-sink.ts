import type {EventSink} from '../ports/event-sink.ts';

/** Draws nothing: failures are reported by the command itself once the run has ended. */
export const quietSink: EventSink = {
  handle: () => undefined,
  close: () => Promise.resolve(),
};
