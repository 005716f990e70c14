import type {EcrFailure} from '../ports/ecr.ts';

/** Names that AWS gives its answers when the credentials themselves are no good. */
const badCredentials = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidIdentityToken',
  'InvalidIdentityTokenException',
  'InvalidSignatureException',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

const denials = new Set(['AccessDenied', 'AccessDeniedException', 'OptInRequired']);

/** Of the SDK's request handler, and of an `AbortSignal`. */
const silences = new Set(['TimeoutError', 'AbortError', 'ThrottlingException']);

/** What kind of failure an exception of the AWS SDK is. */
export function ecrFailure(error: unknown): EcrFailure {
  const name = errorName(error);
  return {kind: kindOf(name, error), message: messageOf(error)};
}

export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function kindOf(name: string, error: unknown): EcrFailure['kind'] {
  if (badCredentials.has(name)) return 'no-credentials';
  if (denials.has(name)) return 'denied';
  if (silences.has(name) || isNetworkError(error)) return 'unreachable';
  const status = statusOf(error);
  return status === 429 || status >= 500 ? 'unreachable' : 'refused';
}

/** Errors of Node's sockets and resolver carry a code such as ECONNREFUSED. */
function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isNetworkError);
  return 'code' in error && /^E[A-Z_]+$/u.test(String(error.code));
}

function statusOf(error: unknown): number {
  const metadata: unknown =
    error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : 0;
  return typeof status === 'number' ? status : 0;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return messageOf(error.errors[0]);
  const said = error instanceof Error ? error.message || error.name : String(error);
  return said.replaceAll(/\s+/gu, ' ').slice(0, 300);
}
