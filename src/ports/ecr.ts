import type {EcrAddress} from '../model/ecr-address.ts';
import type {Result} from '../model/result.ts';
import type {TagMutability} from '../model/tag-mutability.ts';

/** What docker logs in with. Never printed, logged or stored by us. */
export interface EcrToken {
  readonly username: string;
  readonly password: string;
  /** Milliseconds since the Unix epoch. At most 12 h away, and no later than the role session that asked. */
  readonly expiresAt: number;
}

export interface EcrRepository {
  readonly tags: TagMutability;
  readonly scanOnPush: boolean;
}

export interface NewEcrRepository extends EcrRepository {
  /** JSON; null for none. */
  readonly lifecyclePolicy: string | null;
}

export interface EcrFailure {
  /**
   * `no-credentials`: there are none of AWS, or they have expired; `denied`: they may not do this;
   * `unreachable`: no answer, or one that says to come later.
   */
  readonly kind: 'no-credentials' | 'denied' | 'unreachable' | 'refused';
  /** What the SDK or AWS said, on one line. */
  readonly message: string;
}

/** Amazon's API for registries, as whoever the AWS credentials of this machine belong to. */
export interface Ecr {
  /** A new token on each call. */
  token(address: EcrAddress, signal?: AbortSignal): Promise<Result<EcrToken, EcrFailure>>;

  /** `name` is the path within the registry. null when there is no such repository. */
  repository(
    address: EcrAddress,
    name: string,
    signal?: AbortSignal,
  ): Promise<Result<EcrRepository | null, EcrFailure>>;

  /** Whether a push creates the repository, by a creation template of the registry. */
  createsOnPush(
    address: EcrAddress,
    name: string,
    signal?: AbortSignal,
  ): Promise<Result<boolean, EcrFailure>>;

  /** The lifecycle policy of a repository that exists (JSON); null when it has none. */
  lifecyclePolicy(
    address: EcrAddress,
    name: string,
    signal?: AbortSignal,
  ): Promise<Result<string | null, EcrFailure>>;

  /** `existed` when someone else was faster: nothing of it was changed then. */
  createRepository(
    address: EcrAddress,
    name: string,
    settings: NewEcrRepository,
    signal?: AbortSignal,
  ): Promise<Result<'created' | 'existed', EcrFailure>>;
}
