import {z} from 'zod';

const registryErrors = z.object({
  errors: z.array(z.object({code: z.string().catch(''), message: z.string().catch('')})).min(1),
});

/** What the registry's own error document says, on one line; '' when there is none. */
export function sayings(body: Uint8Array | undefined): string {
  const error = errorOf(body);
  return error === undefined ? '' : oneLine(error.message || error.code);
}

/** Its code too (`DENIED: …`), or the begin of whatever else the body is. */
export function sayingsWithCode(body: Uint8Array | undefined): string {
  const error = errorOf(body);
  if (error === undefined) return oneLine(new TextDecoder().decode(body));
  return oneLine([error.code, error.message].filter((part) => part !== '').join(': '));
}

function errorOf(body: Uint8Array | undefined): {code: string; message: string} | undefined {
  try {
    return registryErrors.parse(JSON.parse(new TextDecoder().decode(body))).errors[0];
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim().slice(0, 300);
}

/** fetch says only `fetch failed`; what happened is the cause, or the causes of all addresses tried. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {cause} = error;
  if (cause instanceof AggregateError) return causeOf(cause.errors[0]);
  return cause instanceof Error ? causeOf(cause) : error.message;
}
