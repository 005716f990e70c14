import type {Failure} from '../events/failure.ts';
import type {BuildPlan} from '../plan/build-plan.ts';
import type {EventSink} from '../ports/event-sink.ts';
import {heldBackRecords, publish, type PublishResult} from '../publish/publish.ts';
import type {BuildRecord} from '../records/build-record.ts';
import type {Ledger} from './run-ledger.ts';
import type {RunPorts} from './run-ports.ts';

interface Published extends Pick<PublishResult, 'records'> {
  readonly failures: readonly Failure[];
}

/** Nothing becomes public unless everything that was to be built has been, and may be. */
export async function publishRun(
  run: {
    readonly plan: BuildPlan;
    readonly ports: RunPorts;
    readonly sink: EventSink;
    readonly mayPublish?: ((record: BuildRecord) => Promise<boolean>) | undefined;
    readonly signal: AbortSignal;
  },
  ledger: Ledger,
): Promise<Published> {
  const {plan, ports, sink, mayPublish, signal} = run;
  const {publications} = plan;
  if (publications.length === 0) return {records: [], failures: []};
  const isReady = !signal.aborted && ledger.isComplete();
  if (!isReady || (await mayPublish?.(ledger.record())) === false) {
    return {records: heldBackRecords(publications), failures: []};
  }
  const refused = await ports.logins.ensure(signal);
  if (refused !== null) return {records: heldBackRecords(publications), failures: [refused]};
  return publish({
    publications,
    digests: ledger.digests(),
    ports: {...ports, registry: ports.images.push},
    emit: (event) => {
      sink.handle(event);
    },
    signal,
  });
}
