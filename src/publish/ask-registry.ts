import {explainByAnswers} from '../docker/registry-answers.ts';
import type {RegistryFailure} from '../docker/registry-failure.ts';
import {parseImageRef} from '../model/image-ref.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';

/** What is known once the registry itself was asked about a failure. */
export interface AskedRegistry {
  readonly failure: RegistryFailure;
  /** Digest that the reference of the failure has now; null when there is none, or it was not asked. */
  readonly digest: string | null;
}

/**
 * Asks the registry what it has against what failed. `wanted` is the digest that was to be there:
 * a client may report an error for what the registry has done all the same
 * (docker/build-push-action#251), so it is looked for after every failed push.
 */
export async function askRegistry(request: {
  readonly failure: RegistryFailure;
  readonly wanted?: string | undefined;
  readonly probe: RegistryProbe;
  readonly signal: AbortSignal;
}): Promise<AskedRegistry> {
  const {failure, wanted, probe, signal} = request;
  const {repository, reference, manifest, action} = failure.subject;
  const unasked = {failure, digest: null};
  if (repository === null || (!failure.vague && wanted === undefined)) return unasked;
  const parsed = parseImageRef(reference ?? repository);
  const named = parsed.ok ? (parsed.value.digest ?? parsed.value.tag) : null;
  const asked = manifest ?? named ?? wanted ?? null;
  const answers = await probe.ask({repository, reference: asked, action}, signal);
  if (!answers.ok) return unasked;
  return {
    failure: failure.vague ? explainByAnswers(failure, answers.value) : failure,
    digest: answers.value.manifest?.digest ?? null,
  };
}
