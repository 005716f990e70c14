import {hasInvisible} from '../model/invisible-text.ts';
import {cutName, joinKind, type ShortParts} from './input-labels.ts';

/** What is known of the earlier image. */
export interface EarlierInputs {
  readonly parts: ShortParts;
  /** Lines of its contexts, by the name of the part; only those that are remembered on this machine. */
  readonly contexts: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** What is known of the target as it is now. */
export interface CurrentInputs {
  readonly parts: ReadonlyMap<string, string>;
  readonly contexts: ReadonlyMap<string, {readonly lines: ReadonlyMap<string, string>}>;
  /** Name of the Dockerfile. */
  readonly dockerfile: string;
}

/** What differs, in words, what matters most first; empty when nothing does that can be told. */
export function explainChange(current: CurrentInputs, earlier: EarlierInputs): readonly string[] {
  let now: ShortParts = Object.fromEntries(
    [...current.parts].map(([name, hash]) => [name, hash.slice(0, 8)]),
  );
  for (const name of Object.keys(earlier.parts)) {
    if (name.endsWith(' *')) now = joinKind(now, current.parts, name.slice(0, -2));
  }
  const names = new Set([...Object.keys(now), ...Object.keys(earlier.parts)]);
  const changed = [...names].filter((name) => now[name] !== earlier.parts[name]);
  const phrases = changed
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((name) => {
      const kind: Change =
        earlier.parts[name] === undefined ? 'new' : now[name] === undefined ? 'gone' : 'changed';
      const [part, which] = cutName(name);
      return part === 'context' && which !== '*'
        ? contextPhrases(name, which, kind, current, earlier.contexts.get(name))
        : [phrase(part, which, kind, current.dockerfile)];
    });
  // The Dockerfile is mostly a file of the context too.
  return [...new Set(phrases)];
}

type Change = 'new' | 'gone' | 'changed';

const order = ['dockerfile', 'context', 'image', 'target', 'arg', 'platforms', 'stage'];

function rank(name: string): number {
  const at = order.indexOf(name.split(' ', 1)[0] ?? '');
  return at === -1 ? order.length : at;
}

function phrase(kind: string, which: string, change: Change, dockerfile: string): string {
  if (which === '*') return `${plurals[kind] ?? kind} changed`;
  switch (kind) {
    case 'dockerfile':
      return `${dockerfile} changed`;
    case 'image':
      return change === 'changed'
        ? `base image ${which} moved`
        : `base image ${which} ${told[change]}`;
    case 'target':
      return change === 'changed'
        ? `${which}, which it builds on, changed`
        : `the link to ${which} ${told[change]}`;
    case 'arg':
      return `argument ${which} ${told[change]}`;
    case 'label':
    case 'annotation':
    case 'variable':
      return `${kind} ${which} ${told[change]}`;
    default:
      return plurals[kind] === undefined ? `${kind} changed` : `${plurals[kind]} changed`;
  }
}

const told: Readonly<Record<Change, string>> = {
  new: 'is new',
  gone: 'is gone',
  changed: 'changed',
};

const plurals: Readonly<Record<string, string>> = {
  arg: 'arguments',
  label: 'labels',
  annotation: 'annotations',
  image: 'base images',
  context: 'contexts',
  target: 'targets that it builds on',
  variable: 'variables of the environment',
  platforms: 'the platforms',
  stage: 'the stage that is shipped',
  attestations: 'the settings of SBOM and provenance',
  secrets: 'the names of secrets or ssh agents',
  settings: 'network, hosts, limits or entitlements',
};

const namedFiles = 3;

/** Files that came, went or changed, each for itself; the whole where they are not known. */
function contextPhrases(
  name: string,
  which: string,
  change: Change,
  current: CurrentInputs,
  earlier: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  const whole = which === '' ? 'the build context' : `context ${which}`;
  const now = current.contexts.get(name)?.lines;
  if (change !== 'changed' || now === undefined || earlier === undefined) {
    return [`${whole} ${told[change]}`];
  }
  const files: string[] = [];
  const folders: string[] = [];
  for (const path of [...new Set([...now.keys(), ...earlier.keys()])].sort()) {
    const [before, after] = [earlier.get(path), now.get(path)];
    if (before === after) continue;
    const done: Change = before === undefined ? 'new' : after === undefined ? 'gone' : 'changed';
    const isFolder = (after ?? before ?? '').startsWith('folder ');
    (isFolder ? folders : files).push(
      `${which === '' ? '' : `${which}: `}${printable(path)} ${told[done]}`,
    );
  }
  const all = files.length > 0 ? files : folders;
  const more = all.length - namedFiles;
  return all.length === 0
    ? [`${whole} changed`]
    : [...all.slice(0, namedFiles), ...(more > 0 ? [`${String(more)} more files changed`] : [])];
}

/** File names may hold anything, also what moves a terminal's cursor. */
const printable = (path: string): string => (hasInvisible(path) ? JSON.stringify(path) : path);
