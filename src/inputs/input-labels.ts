import {canonicalJson} from '../plan/fingerprint.ts';
import {partHash} from './part-hash.ts';

/** Counts up when other things count than before: no image of an earlier version is found unchanged then. */
const scheme = 1;

/** What an image says whose inputs could not be told. */
export const unprovedInputs = `${String(scheme)}:unproved`;

/** Value of the label for what `parts` hold, by their names. */
export function inputsFingerprint(parts: ReadonlyMap<string, string>): string {
  return `${String(scheme)}:sha256:${partHash(canonicalJson(Object.fromEntries(parts)))}`;
}

/** Most bytes of the label that names the parts. */
export const partsLabelLimit = 2000;

const shortLength = 8;

/** Short hashes by the name of the part; `arg *` stands for all parts that begin with `arg `. */
export type ShortParts = Readonly<Record<string, string>>;

/** Short hashes of all parts, those of one kind together where there would be too many to be told. */
export function shortParts(parts: ReadonlyMap<string, string>): ShortParts {
  let short: Record<string, string> = {};
  for (const [name, hash] of parts) short[name] = hash.slice(0, shortLength);
  while (sizeOf(short) > partsLabelLimit) {
    const kind = largestKind(short);
    if (kind === undefined) return {};
    short = joinKind(short, parts, kind);
  }
  return short;
}

/** The parts of one kind as one. */
export function joinKind(
  short: ShortParts,
  parts: ReadonlyMap<string, string>,
  kind: string,
): Record<string, string> {
  const isOfKind = (name: string): boolean => name.startsWith(`${kind} `);
  const kept = Object.entries(short).filter(([name]) => !isOfKind(name));
  const joined = Object.fromEntries([...parts].filter(([name]) => isOfKind(name)));
  return {
    ...Object.fromEntries(kept),
    [`${kind} *`]: partHash(canonicalJson(joined)).slice(0, shortLength),
  };
}

const sizeOf = (short: ShortParts): number => Buffer.byteLength(formatParts(short));

function largestKind(short: ShortParts): string | undefined {
  const sizes = new Map<string, number>();
  for (const name of Object.keys(short)) {
    const [kind, rest] = cutName(name);
    if (rest === '' || rest === '*') continue;
    sizes.set(kind, (sizes.get(kind) ?? 0) + Buffer.byteLength(name) + shortLength);
  }
  return [...sizes].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Kind of a part, and which of its kind; empty for the only one. */
export function cutName(name: string): readonly [string, string] {
  const blank = name.indexOf(' ');
  return blank === -1 ? [name, ''] : [name.slice(0, blank), name.slice(blank + 1)];
}

/** Value of the label. */
export const formatParts = (short: ShortParts): string => canonicalJson(short);

/** Reads the value of the label; undefined for what is none. */
export function parseParts(text: string | undefined): ShortParts | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const entries = Object.entries(json as Readonly<Record<string, unknown>>);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? Object.fromEntries(entries)
    : undefined;
}
