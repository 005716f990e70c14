import {parseImageRef, repositoryOf} from '../model/image-ref.ts';

/** What was asked of which registry, as far as an error tells. */
export interface RegistrySubject {
  /** `docker.io` for Docker Hub; null when the error names none. */
  readonly host: string | null;
  /** With its host, without tag and digest. */
  readonly repository: string | null;
  /** The reference as it was written; null when only a URL is known. */
  readonly reference: string | null;
  /** Tag or digest of the manifest whose request failed; null when it was another request, or is not told. */
  readonly manifest: string | null;
  readonly action: 'push' | 'pull';
}

const pushed = /failed to push (\S+?):? /u;
const pulled =
  /failed to resolve source metadata for (\S+?): |^(?:ERROR: )?(\S+[:@]\S+): not found/mu;
const url = /https?:\/\/([^/\s"]+)(?:\/v2\/([^\s"?]+?)\/(?:manifests|blobs)\/)?/u;
const manifestUrl = /\/v2\/\S+\/manifests\/([^\s":]+(?::[0-9a-f]{32,})?)/u;
/** What writes: a read before it (HEAD) is part of both. */
const writing = /(?:\b(?:Post|Put|Patch) "|from (?:POST|PUT|PATCH) request)/u;

/** `given` is what the caller was about to do, for errors that name nothing: those of `docker push`. */
export function registrySubject(
  error: string,
  given?: {readonly reference: string; readonly action: 'push' | 'pull'},
): RegistrySubject {
  const push = pushed.exec(error)?.[1];
  const pull = push === undefined ? pulled.exec(error)?.slice(1).find(Boolean) : undefined;
  const reference = push ?? pull ?? given?.reference ?? null;
  const action =
    push !== undefined || (pull === undefined && writing.test(error))
      ? 'push'
      : pull === undefined && given !== undefined
        ? given.action
        : 'pull';
  const manifest = manifestUrl.exec(error)?.[1] ?? null;
  const parsed = reference === null ? undefined : parseImageRef(reference);
  if (parsed?.ok) {
    const {host} = parsed.value;
    return {host, repository: repositoryOf(parsed.value), reference, manifest, action};
  }
  const [, host = null, path] = url.exec(error) ?? [];
  const repository = host === null || path === undefined ? null : `${host}/${path}`;
  return {host, repository, reference, manifest, action};
}

/** The error without names, which may look like anything: `r.io/denied/404:eof`. */
export function withoutNames(error: string, {reference}: RegistrySubject): string {
  const unnamed = error
    .replace(/"?https?:\/\/[^\s"]*"?/gu, 'URL')
    .replace(/failed to push \S+?:? /gu, 'failed to push: ')
    .replace(
      /failed to resolve source metadata for \S+?: /gu,
      'failed to resolve source metadata: ',
    )
    .replace(/(?:sha256|sha512):[0-9a-f]+/gu, 'DIGEST');
  return reference === null ? unnamed : unnamed.replaceAll(reference, 'REF');
}
