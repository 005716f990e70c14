import {z} from 'zod';

import {err, ok, type Result} from '../model/result.ts';

/**
 * What `docker buildx bake --print` writes, as far as it has to be understood at all: the attributes
 * of a target are read one by one, so that one odd value costs no more than itself.
 */
const bakeDefinition = z.object({
  group: z.record(z.string(), z.object({targets: z.array(z.string())})).default({}),
  target: z.record(z.string(), z.record(z.string(), z.unknown())),
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
  const names = Object.keys(target);
  if (names.length === 0) return err('it has no target');
  const original = (json as {readonly target: Readonly<Record<string, object>>}).target;
  const odd = names.find((name) => Object.hasOwn(original[name] ?? {}, '__proto__'));
  if (odd !== undefined) return err(`\`target.${odd}\` has no attribute \`__proto__\``);
  const unescapedTargets = names.map((name) => [name, withoutEscapes(target[name] ?? {})]);
  return ok({group, target: Object.fromEntries(unescapedTargets) as BakeDefinition['target']});
}

/** What bake escapes in its output (MarshalJSON in docker/buildx bake/bake.go); the rest it does not. */
const escapedAttributes = new Set(['annotations', 'args', 'dockerfile-inline', 'labels']);

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
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [unescaped(key), unescaped(one)]),
  );
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
