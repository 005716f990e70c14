import type {TargetDefaults} from '../config/matrix-file.ts';
import {argName, optionKey} from '../config/text-schemas.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';

/** One `--set`, read but not yet applied. */
export type SetOverride =
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly value: string;
      readonly text: string;
    }
  | {
      readonly kind: 'setting';
      /** Name or glob over targets. */
      readonly pattern: string;
      readonly key: SettableKey;
      /** Key within a map; null for a setting that is no map. */
      readonly entry: string | null;
      readonly append: boolean;
      readonly value: string;
      /** As it was given, for messages. */
      readonly text: string;
    };

/** How the text after `=` is read, by the key it is for. */
const settable = {
  description: 'text',
  dockerfile: 'text',
  context: 'text',
  contexts: 'map',
  stage: 'text',
  platforms: 'list',
  accelerator: ['cpu', 'cuda', 'jetson'],
  args: 'map',
  labels: 'map',
  annotations: 'map',
  noCache: 'boolean',
  noCacheStages: 'list',
  pull: 'boolean',
  tags: 'list',
  reuse: 'list',
  registries: 'list',
  provenance: ['true', 'false', 'min', 'max'],
  sbom: 'booleanOrText',
  network: ['default', 'host', 'none'],
  addHosts: 'map',
  shmSize: 'text',
  ulimits: 'map',
  allow: 'list',
} as const satisfies Partial<Record<keyof TargetDefaults, string | readonly string[]>>;

export type SettableKey = keyof typeof settable;

/** Keys whose value is a list of texts. */
export type ListKey = {
  [K in SettableKey]: (typeof settable)[K] extends 'list' ? K : never;
}[SettableKey];

/** Keys that say what targets there are, or what they may use: only the file can. */
const ofTheFile: readonly string[] = [
  ...['matrix', 'extends', 'name', 'secrets', 'ssh', 'cache', 'budget'],
];

const settableKeys = Object.keys(settable) as readonly SettableKey[];

/** What may follow `TARGET.` in a `--set`: `stage=`, `args.`. */
export const settingStarts: readonly string[] = settableKeys.map((key) =>
  settable[key] === 'map' ? `${key}.` : `${key}=`,
);

/**
 * Reads `PATTERN.KEY=VALUE`, `PATTERN.KEY.ENTRY=VALUE`, `PATTERN.KEY+=VALUE` (lists only) or
 * `vars.NAME=VALUE`. Target names may hold dots: the pattern ends before the first part that is a key.
 * Fails with a message that names the option.
 */
export function parseSetOverride(text: string): Result<SetOverride, Problem> {
  const problem = (message: string, suggestion: string): {ok: false; error: Problem} =>
    err({message: `--set ${text}: ${message}`, suggestion});
  const equals = text.indexOf('=');
  const append = text.charAt(equals - 1) === '+';
  const parts = text.slice(0, append ? equals - 1 : equals).split('.');
  const value = text.slice(equals + 1);
  const [first = '', second = ''] = parts;
  if (equals === -1 || first === '' || second === '') {
    return problem(
      'not of the form TARGET.KEY=VALUE',
      'for example `--set cuda.args.CUDA_VERSION=12.6`',
    );
  }
  if (first === 'vars') {
    if (append) return problem('`+=` is for lists', 'write `=`');
    return ok({kind: 'variable', name: parts.slice(1).join('.'), value, text});
  }
  const at = parts.findIndex((part, index) => index > 0 && isSettable(part));
  const key = parts[at];
  if (key === undefined || !isSettable(key)) {
    if (ofTheFile.includes(second)) {
      const keys = settableKeys.join(', ');
      return problem(
        `\`${second}\` cannot be set here`,
        `write it into matrix.yml; keys are ${keys}`,
      );
    }
    const guess = didYouMean(second, settableKeys);
    return problem(`unknown key \`${second}\``, guess ?? `keys are ${settableKeys.join(', ')}`);
  }
  const entry = parts.slice(at + 1).join('.');
  const isMap = settable[key] === 'map';
  if (isMap && entry === '')
    return problem(`which entry of \`${key}\`?`, `write TARGET.${key}.NAME=VALUE`);
  const named = isMap ? (key === 'args' ? argName : optionKey).safeParse(entry) : undefined;
  if (named?.success === false) {
    return problem(`invalid name \`${entry}\``, named.error.issues[0]?.message ?? 'correct it');
  }
  if (!isMap && entry !== '')
    return problem(`\`${key}\` has no entries`, `write TARGET.${key}=VALUE`);
  if (append && settable[key] !== 'list') return problem('`+=` is for lists', 'write `=`');
  const allowed = settable[key];
  const choices = allowed === 'boolean' ? ['true', 'false'] : allowed;
  if (typeof choices !== 'string' && !(choices as readonly string[]).includes(value)) {
    return problem(`\`${value}\` is not possible`, `write ${choices.join(', ')}`);
  }
  const pattern = parts.slice(0, at).join('.');
  return ok({
    kind: 'setting',
    pattern,
    key,
    entry: isMap ? entry : null,
    append,
    value,
    text,
  });
}

function isSettable(key: string): key is SettableKey {
  return Object.hasOwn(settable, key);
}

/** A `--set` for targets. */
export type SettingOverride = Extract<SetOverride, {kind: 'setting'}>;

/**
 * The settings that overrides come to for one target; `below` are the values without them, which `+=`
 * appends to. Repeated `=` of one list collect their values, as bake's do; commas separate values.
 */
export function overrideSettings(
  overrides: readonly SettingOverride[],
  below: (key: ListKey) => readonly string[],
): TargetDefaults {
  const settings: Record<string, unknown> = {};
  for (const {key, entry, append, value} of overrides) {
    const before = settings[key];
    switch (settable[key]) {
      case 'map':
        settings[key] = {...(before as object | undefined), [entry ?? '']: value};
        break;
      case 'list':
        settings[key] = [
          ...((before as string[] | undefined) ?? (append ? below(key as ListKey) : [])),
          ...value.split(',').filter((item) => item !== ''),
        ];
        break;
      case 'text':
        settings[key] = value;
        break;
      case 'boolean':
      case 'booleanOrText':
      default:
        settings[key] = value === 'true' || value === 'false' ? value === 'true' : value;
    }
  }
  // Each value was read by the kind of its key, which a record of unknowns cannot say.
  return settings;
}
