import type {Interrupted} from '../events/failure.ts';

/** Time for the last record to be written after everything was killed. */
const graceMs = 2000;

/**
 * Returns a signal that aborts, with an `Interrupted`, at the first Ctrl-C (or SIGTERM, or when the
 * terminal is closed), so that children end and what was done is recorded. The second kills: with
 * `killAll` at once, and soon after this process itself.
 *
 * Children are in process groups of their own, so that a Ctrl-C reaches this process alone.
 */
export function watchSignals(killAll: () => void): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    const interrupted: Interrupted = {
      reason: 'interrupted',
      signal: signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM',
    };
    if (!controller.signal.aborted) {
      controller.abort(interrupted);
      return;
    }
    killAll();
    const code = interrupted.signal === 'SIGINT' ? 130 : 143;
    setTimeout(() => process.exit(code), graceMs).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // Children live in groups of their own and would go on without us.
  process.on('uncaughtExceptionMonitor', killAll);
  return controller.signal;
}

/** A function, since the compiler takes a property that was false once for false ever after. */
export function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
