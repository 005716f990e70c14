import {withTimeLimit} from './time-limit.ts';
import type {EcrAddress} from '../model/ecr-address.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Ecr, EcrFailure} from '../ports/ecr.ts';
import {ecrFailure, errorName} from './aws-failure.ts';
import {openPrivateEcr} from './aws-ecr-private.ts';
import {openPublicEcr} from './aws-ecr-public.ts';
import type {EcrClient} from './ecr-shapes.ts';

/** For one call, the SDK's own retries included. */
const callTimeoutMs = 60_000;

/**
 * Amazon ECR over the AWS SDK, which is loaded by the first call. Credentials come from the SDK's own
 * chain: environment, shared configuration, SSO, web identity, container and instance roles.
 * `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_ECR` and `AWS_ENDPOINT_URL_ECR_PUBLIC` are respected.
 */
export function createAwsEcr(): Ecr {
  // The SDK warns on standard error of versions of Node that it is about to leave behind.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const clients = new Map<string, Promise<EcrClient>>();

  function clientOf(address: EcrAddress): Promise<EcrClient> {
    const key = address.kind === 'public' ? 'public' : `${address.account} ${address.region}`;
    const client =
      clients.get(key) ?? (address.kind === 'public' ? openPublicEcr() : openPrivateEcr(address));
    clients.set(key, client);
    return client;
  }

  async function attempt<T>(
    address: EcrAddress,
    signal: AbortSignal | undefined,
    call: (client: EcrClient, signal: AbortSignal) => Promise<T>,
  ): Promise<Result<T, EcrFailure>> {
    const ends = withTimeLimit(signal, callTimeoutMs);
    try {
      return ok(await call(await clientOf(address), ends));
    } catch (error) {
      return err(ecrFailure(error));
    }
  }

  return {
    token: (address, signal) => attempt(address, signal, (client, ends) => client.token(ends)),
    repository: (address, name, signal) =>
      attempt(address, signal, (client, ends) =>
        unless('RepositoryNotFoundException', null, client.repository(name, ends)),
      ),
    createsOnPush: (address, name, signal) =>
      attempt(address, signal, (client, ends) => client.createsOnPush(name, ends)),
    lifecyclePolicy: (address, name, signal) =>
      attempt(address, signal, (client, ends) =>
        unless('LifecyclePolicyNotFoundException', null, client.lifecyclePolicy(name, ends)),
      ),
    createRepository: (address, name, settings, signal) =>
      attempt(address, signal, (client, ends) => {
        const created = client.create(name, settings, ends).then(() => 'created' as const);
        return unless('RepositoryAlreadyExistsException', 'existed' as const, created);
      }),
  };
}

/** What the call gives, or `instead` when AWS answers with the exception of this name. */
async function unless<T, I>(exception: string, instead: I, call: Promise<T>): Promise<T | I> {
  try {
    return await call;
  } catch (error) {
    if (errorName(error) === exception) return instead;
    throw error;
  }
}
