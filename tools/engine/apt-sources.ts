import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError} from './errors.ts';
import {readIfAny} from './files.ts';

/** One repository of the machine, in the terms of sources.list(5). */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Signed-By, Trusted … as written; the names are those of the deb822 form. */
  readonly options: readonly (readonly [string, string])[];
}

/** Every binary source that the machine's apt has switched on. */
export async function machineSources(folder = '/etc/apt'): Promise<readonly AptSource[]> {
  const parts = join(folder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const found: AptSource[] = parseList((await readIfAny(join(folder, 'sources.list'))) ?? '');
  for (const name of names) {
    const text = (await readIfAny(join(parts, name))) ?? '';
    if (name.endsWith('.list')) {
      found.push(...parseList(text));
    } else if (name.endsWith('.sources')) {
      found.push(...parseDeb822(text));
    }
  }
  return found;
}

/**
 * The machine's own Debian archive, asked for another suite: same mirror, same keys.
 * @throws EngineError where the machine's apt has no Debian archive
 */
export function sourceFor(
  sources: readonly AptSource[],
  codename: string,
  suite: string,
): AptSource {
  const main = mainArchive(sources, codename);
  return {...main, suites: [suite], components: ['main']};
}

/** The machine's Debian sources (security and updates included), moved to another release. */
export function sourcesFor(
  sources: readonly AptSource[],
  codename: string,
  release: string,
): readonly AptSource[] {
  mainArchive(sources, codename);
  const ofRelease = (suite: string): boolean =>
    suite === codename || suite.startsWith(`${codename}-`);
  return sources.flatMap((source) => {
    const suites = source.suites.filter(ofRelease).map((suite) => suite.replace(codename, release));
    return suites.length > 0 && source.components.includes('main')
      ? [{...source, suites, components: ['main']}]
      : [];
  });
}

export function formatSources(sources: readonly AptSource[]): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${source.suites.join(' ')}`,
        `Components: ${source.components.join(' ')}`,
        ...source.options.map(([name, value]) => `${name}: ${value}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

function mainArchive(sources: readonly AptSource[], codename: string): AptSource {
  const found = sources.find(
    (source) => source.suites.includes(codename) && source.components.includes('main'),
  );
  if (found === undefined) {
    throw new EngineError(
      `apt on this machine has no Debian archive for its release "${codename}"`,
      {
        reason: 'a private engine is made of Debian packages',
        remedy: 'use a Debian machine, or install docker with buildx 0.22 or newer and start it',
      },
    );
  }
  return found;
}

/** `deb [signed-by=… arch=…] uri suite component…` */
function parseList(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (match === null) {
      return [];
    }
    const [, options = '', uri = '', suite = '', components = ''] = match;
    return [
      {
        uris: [uri],
        suites: [suite],
        components: words(components),
        options: words(options).flatMap((option): (readonly [string, string])[] => {
          const [name = '', value = ''] = option.split('=', 2);
          const known = LIST_OPTIONS.get(name.toLowerCase());
          return known === undefined ? [] : [[known, value]];
        }),
      },
    ];
  });
}

const LIST_OPTIONS = new Map([
  ['signed-by', 'Signed-By'],
  ['trusted', 'Trusted'],
  ['check-valid-until', 'Check-Valid-Until'],
]);

function parseDeb822(text: string): AptSource[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, '');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    // A line that begins with a space goes on with the field above: an inline key, for one.
    for (const match of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').trim());
    }
    const field = (name: string): readonly string[] => words(fields.get(name) ?? '');
    if (!field('types').includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') {
      return [];
    }
    return [
      {
        uris: field('uris'),
        suites: field('suites'),
        components: field('components'),
        options: [...LIST_OPTIONS.values()].flatMap((name): (readonly [string, string])[] => {
          const value = fields.get(name.toLowerCase());
          return value === undefined ? [] : [[name, value]];
        }),
      },
    ];
  });
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
