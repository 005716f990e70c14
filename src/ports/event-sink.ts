import type {BuildEvent} from '../events/event.ts';

/** Draws or stores events. `handle` never throws and never waits: what is slow is queued until `close`. */
export interface EventSink {
  handle(event: BuildEvent): void;
  /** Everything that was handled is on its way out; restores the terminal. */
  close(): Promise<void>;
}
