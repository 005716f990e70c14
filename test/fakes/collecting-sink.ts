import type {BuildEvent} from '../../src/events/event.ts';
import type {EventSink} from '../../src/ports/event-sink.ts';

/** Keeps every event in the order of its coming. */
export interface CollectingSink extends EventSink {
  readonly events: readonly BuildEvent[];
  /** The events of one type. */
  ofType<T extends BuildEvent['type']>(type: T): readonly Extract<BuildEvent, {type: T}>[];
}

/** `onEvent` is called with each event before it is kept. */
export function createCollectingSink(onEvent?: (event: BuildEvent) => void): CollectingSink {
  const events: BuildEvent[] = [];
  let closed = false;
  return {
    events,
    ofType: <T extends BuildEvent['type']>(type: T) =>
      events.filter((event): event is Extract<BuildEvent, {type: T}> => event.type === type),
    handle(event) {
      if (closed) throw new Error(`event after close: ${event.type}`);
      // What is not plain JSON would not survive `--json` and the record.
      if (JSON.stringify(JSON.parse(JSON.stringify(event))) !== JSON.stringify(event)) {
        throw new Error(`event is not plain JSON: ${event.type}`);
      }
      onEvent?.(event);
      events.push(event);
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}
