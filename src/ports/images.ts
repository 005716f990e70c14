import type {Result} from '../model/result.ts';

/** A content descriptor (OCI image spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes of what it describes. */
  readonly size: number;
  readonly platform?: {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string | undefined;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest or index, as stored: the digest is that of these very bytes. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly json: unknown;
}

export interface ImageReadFailure {
  /**
   * `plain-http`: a registry without TLS of which nobody said so. `untrusted`: its certificate is not one
   * that we trust. Of these only `unreachable` may pass.
   */
  readonly kind:
    'not-found' | 'unauthorized' | 'unreachable' | 'plain-http' | 'untrusted' | 'invalid';
  readonly message: string;
}

/**
 * Where built images can be read back from: a registry, or an OCI layout folder.
 * `reference` is a tag or a digest within `repository` (or within the layout).
 */
export interface Images {
  manifest(
    repository: string,
    reference: string,
    signal?: AbortSignal,
  ): Promise<Result<StoredManifest, ImageReadFailure>>;

  /** The image configuration (JSON) with this digest, of a manifest in the same place. */
  config(
    repository: string,
    digest: string,
    signal?: AbortSignal,
  ): Promise<Result<unknown, ImageReadFailure>>;

  /**
   * The bytes of a blob of the same place as they are stored, as they come. The iteration throws an
   * `Error` when they break off; whether they are those of the digest is for the caller to see.
   */
  blob(
    repository: string,
    digest: string,
    signal?: AbortSignal,
  ): Promise<Result<AsyncIterable<Uint8Array>, ImageReadFailure>>;
}
