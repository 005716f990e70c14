import {classifyRegistryFailure, type RegistryFailure} from '../docker/registry-failure.ts';
import type {BuildEvent} from '../events/event.ts';
import {parseImageRef, repositoryOf} from '../model/image-ref.ts';
import type {RunPorts} from './run-ports.ts';

/** How long a step that waits for a registry may say nothing before the registry is asked itself. */
const quietMs = 30_000;

/** Watches a build for a registry that does not answer: BuildKit waits for it for ever. */
export interface SilenceWatch {
  /** Aborts when the registry has answered neither BuildKit nor us. */
  readonly signal: AbortSignal;
  /** Takes every event of the build. */
  see(event: BuildEvent): void;
  /** Ends the watch; what it has found, if anything. */
  stop(): RegistryFailure | undefined;
}

/**
 * `pushed` is the reference that the build pushes to, if it does. A slow upload is no silence: the
 * registry answers our own question meanwhile.
 */
export function watchSilence(
  {clock, probe, waiting}: Pick<RunPorts, 'clock' | 'probe' | 'waiting'>,
  pushed: string | undefined,
): SilenceWatch {
  /** What runs and waits for a registry, and the reference that it is about. */
  const waits = new Map<string, string>();
  const given = new AbortController();
  const stopped = new AbortController();
  let lastAt = clock.now();
  let found: RegistryFailure | undefined;
  let asking = false;

  const isQuiet = (): boolean => clock.now() - lastAt >= quietMs;
  const ask = async (reference: string): Promise<void> => {
    const parsed = parseImageRef(reference);
    if (!parsed.ok) return;
    const {tag, digest} = parsed.value;
    const question = {
      repository: repositoryOf(parsed.value),
      reference: digest ?? tag ?? 'latest',
      action: 'pull',
    } as const;
    const answers = await probe.ask(question, stopped.signal);
    if (answers.ok || stopped.signal.aborted || !isQuiet()) return;
    const action = reference === pushed ? 'push' : 'pull';
    const error = `${reference}: no response for ${Math.round(quietMs / 1000)} s, and ${answers.error}`;
    found = classifyRegistryFailure({error, doing: {reference, action}});
    if (found !== undefined) given.abort();
  };
  const stopTicking = waiting.every(quietMs / 3, () => {
    const reference = [...waits.values()].at(-1);
    if (reference === undefined || asking || !isQuiet()) return;
    asking = true;
    void ask(reference).finally(() => {
      asking = false;
    });
  });

  return {
    signal: given.signal,
    see(event) {
      lastAt = clock.now();
      if (event.type === 'step-finished') waits.delete(event.step);
      if (event.type !== 'step-started') return;
      const reference = event.name === 'exporting to image' ? pushed : pulledBy(event.name);
      if (reference !== undefined) waits.set(event.step, reference);
    },
    stop() {
      stopTicking();
      stopped.abort();
      return found;
    },
  };
}

/** `[internal] load metadata for REF`, `FROM REF@sha256:…`. */
function pulledBy(name: string): string | undefined {
  return /(?:load metadata for|^FROM) (\S+)/u.exec(name)?.[1];
}
