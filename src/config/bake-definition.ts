import {z} from 'zod';

import {err, ok, type Result} from '../model/result.ts';

/** Not z.record, which leaves a key `__proto__` out without a word. */
const attributes = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/**
 * What `docker buildx bake --print` writes, as far as it has to be understood at all: the attributes
 * of a target are read one by one, so that one odd value costs no more than itself.
 */
const bakeDefinition = z.object({
  group: z.record(z.string(), z.object({targets: z.array(z.string())})).default({}),
  target: z.record(z.string(), attributes),
});

export type BakeDefinition = z.infer<typeof bakeDefinition>;

const expected: Readonly<Record<string, string>> = {array: 'list', string: 'text'};

/** The definition, or why this JSON is none. */
export function readBakeDefinition(json: unknown): Result<BakeDefinition, string> {
  const parsed = bakeDefinition.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place =
      issue === undefined || issue.path.length === 0 ? 'it' : `\`${issue.path.join('.')}\``;
    const wanted = issue?.code === 'invalid_type' ? expected[issue.expected] : undefined;
    return err(`${place} is no ${wanted ?? 'map'}`);
  }
  // zod leaves such a key out.
  for (const [key, map] of Object.entries(json as Readonly<Record<string, unknown>>)) {
    if (typeof map === 'object' && map !== null && Object.hasOwn(map, '__proto__')) {
      return err(`nothing can be called \`__proto__\`, as \`${key}.__proto__\` is`);
    }
  }
  const {group, target} = parsed.data;
  const targets = Object.entries(target);
  if (targets.length === 0) return err('it has no target');
  return ok({
    group,
    target: Object.fromEntries(targets.map(([name, one]) => [name, withoutEscapes(one)])),
  });
}

/**
 * Where `bake --print` escapes values since buildx 0.23, and `extra-hosts` since 0.25 (`MarshalJSON` in
 * docker/buildx bake/bake.go). Keys and all other attributes are printed as they are.
 */
const escapedAttributes: ReadonlySet<string> = new Set([
  'annotations',
  'args',
  'dockerfile-inline',
  'extra-hosts',
  'labels',
]);

function withoutEscapes(target: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(target).map(([name, value]) => [
      name,
      escapedAttributes.has(name) ? unescaped(value) : value,
    ]),
  );
}

/** HCL reads `$${` and `%%{` as `${` and `%{`; only the sign before the brace counts. */
function unescaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/([$%])\1\{/gu, '$1{');
  if (Array.isArray(value)) return value.map(unescaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unescaped(one)]));
}

/** Something of a bake file that matrix.yml has no place for. */
export interface LeftOut {
  /** Name of the bake target; null for what belongs to none. */
  readonly target: string | null;
  readonly attribute: string;
  /** What stood there, as JSON. */
  readonly value: string;
  readonly reason: string;
}

/** One entry of `cache-from`, `output`, `secret`, …: a map, or buildx's older `type=gha,scope=x`. */
export type Entry = Readonly<Record<string, string>>;

const entry = z.union([
  z.record(z.string(), z.union([z.string(), z.boolean(), z.number()]).transform(String)),
  z.string().transform(parseEntry),
]);

/** The entries of a list, or of a single entry; undefined when it is neither. */
export function readEntries(value: unknown): readonly Entry[] | undefined {
  const parsed = z.array(entry).safeParse(Array.isArray(value) ? value : [value]);
  return parsed.success ? parsed.data : undefined;
}

/** Reads `key=value,key=value`; text without `=` is kept under the empty key. */
function parseEntry(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((field) => {
      const at = field.indexOf('=');
      return at < 0 ? ['', field] : [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}
