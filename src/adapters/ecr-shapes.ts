import {everyTagMoves, type TagMutability} from '../model/tag-mutability.ts';
import type {EcrRepository, EcrToken, NewEcrRepository} from '../ports/ecr.ts';
import {proxyAgents} from './proxies.ts';

/** Between what AWS's API says and what we say. */

/** One registry of Amazon's. Its methods throw what the AWS SDK throws. */
export interface EcrClient {
  token(abortSignal: AbortSignal): Promise<EcrToken>;
  repository(name: string, abortSignal: AbortSignal): Promise<EcrRepository | null>;
  createsOnPush(name: string, abortSignal: AbortSignal): Promise<boolean>;
  lifecyclePolicy(name: string, abortSignal: AbortSignal): Promise<string | null>;
  create(name: string, settings: NewEcrRepository, abortSignal: AbortSignal): Promise<void>;
}

/** The SDK itself waits for ever, and knows no proxies. */
export const requestHandler = () => ({
  ...{connectionTimeout: 10_000, requestTimeout: 30_000},
  ...proxyAgents(),
});

type Mode = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

interface Filter {
  readonly filterType: 'WILDCARD';
  readonly filter: string;
}

/** @throws Error when AWS's answer holds no token */
export function tokenFrom(
  data: {authorizationToken?: string | undefined; expiresAt?: Date | undefined} | undefined,
): EcrToken {
  const decoded = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0) throw new Error('the answer of AWS holds no token');
  return {
    username: decoded.slice(0, colon),
    password: decoded.slice(colon + 1),
    // Without it: a token that has to be asked for again.
    expiresAt: data?.expiresAt?.getTime() ?? 0,
  };
}

export function repositoryFrom(
  data:
    | {
        imageTagMutability?: string | undefined;
        imageTagMutabilityExclusionFilters?: {filter: string | undefined}[] | undefined;
        imageScanningConfiguration?: {scanOnPush?: boolean | undefined} | undefined;
      }
    | undefined,
): EcrRepository | null {
  if (data === undefined) return null;
  const mode = data.imageTagMutability ?? 'MUTABLE';
  const except = (data.imageTagMutabilityExclusionFilters ?? []).flatMap(
    ({filter}) => filter ?? [],
  );
  return {
    tags: mode === 'MUTABLE' ? everyTagMoves : {immutable: mode.startsWith('IMMUTABLE'), except},
    scanOnPush: data.imageScanningConfiguration?.scanOnPush ?? false,
  };
}

export function mutabilityMode({immutable, except}: TagMutability): Mode {
  const mode = immutable ? 'IMMUTABLE' : 'MUTABLE';
  return except.length === 0 ? mode : `${mode}_WITH_EXCLUSION`;
}

export function exclusionFilters({except}: TagMutability): Filter[] {
  return except.map((filter) => ({filterType: 'WILDCARD', filter}));
}

/** Whether a creation template is meant for pushes to this repository. Its prefix `a` stands for `a/…`. */
export function coversPush(
  {prefix = '', appliedFor = []}: {prefix?: string | undefined; appliedFor?: string[] | undefined},
  name: string,
): boolean {
  return (
    appliedFor.includes('CREATE_ON_PUSH') && (prefix === 'ROOT' || name.startsWith(`${prefix}/`))
  );
}
