import {err, ok, type Result} from '../model/result.ts';
import {
  attributes,
  joinCaches,
  literal,
  ownLocalCaches,
  type Draft,
  type ImportedTarget,
} from './bake-attributes.ts';
import {readBakeDefinition, type BakeDefinition, type LeftOut} from './bake-definition.ts';
import {convertTags, createRegistryNames, freeName, type RegistryNames} from './bake-tags.ts';
import {targetSchema, type TargetSpec} from './matrix-file.ts';
import {writeMatrix} from './write-matrix.ts';

/** A matrix.yml that does what a bake file does. */
export interface ImportedBake {
  /** The text of matrix.yml; what was left out stands in it as comments. */
  readonly text: string;
  readonly leftOut: readonly LeftOut[];
}

type Note = (attribute: string, value: unknown, reason: string) => void;

/**
 * Turns the output of `docker buildx bake --print` into matrix.yml: tags become registries,
 * repositories and tags; targets are put together into images by repository; groups and links between
 * targets are kept. Whatever has no place there is listed. Fails when `json` is no such output.
 */
export function importBake(json: unknown): Result<ImportedBake, string> {
  const definition = readBakeDefinition(json);
  if (!definition.ok) return err(definition.error);
  const leftOut: LeftOut[] = [];
  const noteOf =
    (target: string | null): Note =>
    (attribute, value, reason) => {
      leftOut.push({target, attribute, value: JSON.stringify(value), reason});
    };
  const registries = createRegistryNames();
  const targets = importTargets(definition.value, registries, noteOf);
  const groups = importGroups(definition.value, targets, noteOf(null));
  return ok({text: writeMatrix({registries: registries.all(), groups, targets, leftOut}), leftOut});
}

function importTargets(
  {target: bakeTargets}: BakeDefinition,
  registries: RegistryNames,
  noteOf: (target: string) => Note,
): readonly ImportedTarget[] {
  const claimed = new Map<string, string>();
  const drafts = Object.entries(bakeTargets).map(([bakeName, {tags, contexts, ...rest}]) => {
    const note = noteOf(bakeName);
    const draft = importAttributes(rest, note);
    const names = convertTags(tags, registries, claimed, bakeName, note);
    // Without `tags` build-matrix would make one up.
    draft.tags = names.tags;
    keep(draft, 'registries', names.registries, note);
    return {bakeName, draft, repository: names.repository, contexts};
  });

  // Targets without tags are mostly built on by the others, and so lie beside them.
  const fallback = drafts.find(({repository}) => repository !== undefined)?.repository ?? 'app';
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  const placed = drafts.map(({repository = fallback, bakeName, ...rest}) => {
    const image = keys.get(repository) ?? freeName(shortened(repository), (key) => taken.has(key));
    keys.set(repository, image);
    taken.add(image);
    const name = freeName(shortened(bakeName), (one) => taken.has(`${image}/${one}`));
    taken.add(`${image}/${name}`);
    return {bakeName, image, name, repository, ...rest};
  });

  const byBakeName = new Map(placed.map((target) => [target.bakeName, target]));
  return placed.map(({contexts, ...target}) => {
    const note = noteOf(target.bakeName);
    const draft = {...target.draft};
    const id = `${target.image}/${target.name}`;
    keep(draft, 'cache', ownLocalCaches(draft.cache, id, toldBy(note)), note);
    keep(draft, 'contexts', importContexts(contexts, target.image, byBakeName, note), note);
    return {...target, draft};
  });
}

const toldBy =
  (note: Note) =>
  (before: string, after: string): void => {
    note('cache', before, `a local cache is in a folder of the target’s own, here \`${after}\``);
  };

function importAttributes(bakeTarget: Readonly<Record<string, unknown>>, note: Note): Draft {
  const draft: Draft = {};
  for (const [attribute, value] of Object.entries(bakeTarget)) {
    const convert = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (!convert) {
      note(attribute, value, 'build-matrix does not know this attribute');
      continue;
    }
    const made = convert(value, (reason, part = value) => {
      note(attribute, part, reason);
    });
    for (const [key, part] of Object.entries(made) as [keyof TargetSpec, unknown][]) {
      keep(draft, key, key === 'cache' ? joinCaches(draft.cache, part) : part, note, attribute);
    }
  }
  return draft;
}

/** Takes over a value that says something, when the schema of matrix.yml has nothing against it. */
function keep(
  draft: Draft,
  key: keyof TargetSpec,
  value: unknown,
  note: Note,
  attribute: string = key,
): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'object' && Object.keys(value).length === 0) return;
  if (typeof value === 'object' && Object.hasOwn(value, '__proto__')) {
    note(attribute, value, 'no key of matrix.yml can be called `__proto__`');
    return;
  }
  const parsed = targetSchema.shape[key].safeParse(value);
  if (parsed.success) draft[key] = value;
  else
    note(attribute, value, `matrix.yml cannot hold it: ${parsed.error.issues[0]?.message ?? ''}`);
}

function importContexts(
  contexts: unknown,
  image: string,
  targets: ReadonlyMap<string, Omit<ImportedTarget, 'draft'>>,
  note: Note,
): Readonly<Record<string, unknown>> {
  const entries = typeof contexts === 'object' && contexts !== null ? Object.entries(contexts) : [];
  return Object.fromEntries(
    entries.flatMap(([name, value]: [string, unknown]) => {
      if (typeof value !== 'string' || !value.startsWith('target:')) {
        return [[name, typeof value === 'string' ? literal(value) : value]];
      }
      const target = targets.get(value.slice('target:'.length));
      if (target) {
        return [[name, `target:${target.image === image ? '' : `${target.image}/`}${target.name}`]];
      }
      note('contexts', {[name]: value}, 'there is no such target in the bake definition');
      return [];
    }),
  );
}

function importGroups(
  {group}: BakeDefinition,
  targets: readonly ImportedTarget[],
  note: Note,
): Readonly<Record<string, readonly string[]>> {
  const names = new Map<string, string>();
  for (const bakeName of Object.keys(group)) {
    names.set(
      bakeName,
      freeName(shortened(bakeName), (name) => [...names.values()].includes(name)),
    );
  }
  const kept = new Map(Object.entries(group).map(([name, {targets: members}]) => [name, members]));
  const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
    from === goal ||
    (!seen.has(from) &&
      (kept.get(from) ?? []).some((member) => reaches(member, goal, seen.add(from))));

  // `bake --print NAME` adds NAME to the group `default`: a circle is best opened there.
  const order = [...kept.keys()].sort((a, b) => Number(b === 'default') - Number(a === 'default'));
  for (const bakeName of order) {
    const members = (kept.get(bakeName) ?? []).filter((member) => {
      const circle = member !== bakeName && reaches(member, bakeName);
      if (circle) note(`group ${bakeName}`, member, 'a group cannot contain itself');
      return !circle;
    });
    kept.set(bakeName, members);
  }
  const groups = [...kept].map(([bakeName, members]): [string, readonly string[]] => [
    names.get(bakeName) ?? bakeName,
    members.flatMap((member) => {
      if (names.has(member) && member !== bakeName) return [names.get(member) ?? member];
      const target = targets.find((one) => one.bakeName === member);
      if (target) return [`${target.image}/${target.name}`];
      note(`group ${bakeName}`, member, 'there is no such target in the bake definition');
      return [];
    }),
  ]);
  return Object.fromEntries(groups.filter(([, members]) => members.length > 0));
}

/** A bake name or a repository as a name of matrix.yml: no `/`, and a letter or digit at the start. */
function shortened(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain.slice(0, 100) || 'target';
}
