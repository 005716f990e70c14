/**
 * A failure that a person can act on: what happened, why, and what to do about it.
 * Everything the engine throws on purpose is one of these; anything else is a bug in the engine.
 */
export class EngineError extends Error {
  readonly reason: string | undefined;
  readonly remedy: string | undefined;

  constructor(what: string, details: {readonly reason?: string; readonly remedy?: string} = {}) {
    super(what);
    this.name = 'EngineError';
    this.reason = details.reason;
    this.remedy = details.remedy;
  }
}

/** One line for a thrown value of any kind, for messages that wrap it. */
export function messageOf(error: unknown): string {
  if (error instanceof EngineError && error.reason !== undefined) {
    return `${error.message}: ${error.reason}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error (ENOENT, EEXIST …), undefined for everything else. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}
