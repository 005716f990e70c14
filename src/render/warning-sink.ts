import type {Diagnostic} from '../events/diagnostic.ts';
import type {EventSink} from '../ports/event-sink.ts';

/**
 * Keeps warnings until the run has ended, so that they stand together and do not tear the display;
 * the same warning of several targets or platforms is shown once.
 */
export function warningSink(show: (diagnostics: readonly Diagnostic[]) => void): EventSink {
  const kept = new Map<string, Diagnostic>();
  return {
    handle(event) {
      if (event.type !== 'notice' && event.type !== 'target-warning') return;
      kept.set(JSON.stringify(event.diagnostic), event.diagnostic);
    },
    close() {
      if (kept.size > 0) show([...kept.values()]);
      return Promise.resolve();
    },
  };
}
