import {z} from 'zod';

const registryErrors = z.object({
  errors: z
    .array(
      z.object({
        code: z.string().catch(''),
        message: z.string().catch(''),
        detail: z.unknown().optional(),
      }),
    )
    .min(1),
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
  const {code, message, detail} = error;
  return oneLine([code, message, causeIn(detail)].filter((part) => part !== '').join(': '));
}

/**
 * The distribution registry passes on errors of its storage with numbers of the system
 * (`{"DriverName": "filesystem", "Enclosed": {"Op": "write", "Err": 28}}`): 28 is ENOSPC, 122 EDQUOT.
 */
function causeIn(detail: unknown): string {
  const parsed = z.object({Enclosed: z.object({Err: z.number()})}).safeParse(detail);
  const number = parsed.data?.Enclosed.Err;
  if (number === 28) return 'no space left on device';
  return number === 122 ? 'disk quota exceeded' : '';
}

function errorOf(
  body: Uint8Array | undefined,
): z.infer<typeof registryErrors>['errors'][number] | undefined {
  try {
    return registryErrors.parse(JSON.parse(new TextDecoder().decode(body))).errors[0];
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim().slice(0, 300);
}

/** What happened is the cause, or the first of the causes where several addresses were tried. */
export function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return causeOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const {cause} = error;
  return cause instanceof Error ? causeOf(cause) : error.message;
}
