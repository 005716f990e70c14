export const annotationLevels = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'];

const level = /[a-z-]+(?:\[[\w/-]+\])?/.source;
const levels = new RegExp(`^(${level}(?:,${level})*):(?=\\S)`);

/** What stands before the `:`, where it looks like levels (buildx util/buildflags, annotations). */
export function levelsOf(key: string): readonly string[] {
  return writtenLevels(key).map((one) => one.replace(/\[.*/, ''));
}

/** The same annotation for what is not an index; undefined when it is for an index alone. */
export function withoutIndexLevels(key: string): string | undefined {
  const all = writtenLevels(key);
  const kept = all.filter((one) => !one.startsWith('index'));
  if (kept.length === all.length) return key;
  return kept.length === 0 ? undefined : `${kept.join(',')}:${key.replace(levels, '')}`;
}

/** Annotations of an index, by their keys without level. */
export function indexAnnotations(
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) =>
      writtenLevels(key).includes('index') ? [[key.replace(levels, ''), value]] : [],
    ),
  );
}

const writtenLevels = (key: string): readonly string[] => levels.exec(key)?.[1]?.split(',') ?? [];
