import type {Result} from '../model/result.ts';

/** What a registry answers to one request. */
export interface RegistryAnswer {
  readonly status: number;
  /** `Service Unavailable`, as the registry words it; may be empty. */
  readonly statusText: string;
  /** Codes and messages of its error document, or the begin of another body; '' when there is none. */
  readonly said: string;
  /** From `Retry-After`, in ms. */
  readonly retryAfterMs?: number;
  /** Digest of the manifest that was asked for, when it is there. */
  readonly digest?: string;
}

export interface RegistryQuestion {
  /** With its host. */
  readonly repository: string;
  /** A tag or digest; null asks for no manifest. */
  readonly reference: string | null;
  readonly action: 'push' | 'pull';
}

export interface RegistryAnswers {
  /** To the begin of an upload, which is given up again; null when nothing is to be pushed. */
  readonly upload: RegistryAnswer | null;
  /** To the manifest; null when none was asked for. */
  readonly manifest: RegistryAnswer | null;
}

/**
 * Asks a registry, with the logins of the user's own docker, what it has against a push or a pull:
 * messages of builders have often lost it. Nothing stays in the registry, and nothing is sent twice.
 */
export interface RegistryProbe {
  /** The error is a sentence: there was no answer. */
  ask(question: RegistryQuestion, signal?: AbortSignal): Promise<Result<RegistryAnswers, string>>;
}
