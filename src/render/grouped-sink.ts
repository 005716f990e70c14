import type {BuildEvent} from '../events/event.ts';
import type {EventSink} from '../ports/event-sink.ts';
import {printableProse} from './printable.ts';
import {shortTargetNames} from './target-names.ts';

/**
 * Puts what a sink prints of the builds into a group that folds: what is left to see of a log on
 * GitHub is the result. `open` and `close` are told when.
 */
export function groupedSink(
  sink: EventSink,
  group: {readonly open: (title: string) => void; readonly close: () => void},
): EventSink {
  let isOpen = false;
  const close = (): void => {
    if (isOpen) group.close();
    isOpen = false;
  };
  return {
    handle(event: BuildEvent) {
      if (event.type === 'run-started') {
        const ids = event.targets.map(({id}) => id);
        const names = [...shortTargetNames(ids).values()].join(', ');
        group.open(`Build ${printableProse(names)}`);
        isOpen = true;
      }
      sink.handle(event);
      if (event.type === 'run-finished') close();
    },
    async close() {
      await sink.close();
      close();
    },
  };
}
