import {createHash} from 'node:crypto';

import {err, ok, type Result} from '../model/result.ts';
import {joinPath} from '../plan/paths.ts';
import type {ContextFiles, EntryFacts} from '../ports/context-files.ts';
import {applyRules, mayTakeBack, type IgnoreRules, type RuleMatches} from './ignore-file.ts';

/** What a build can see of a context. */
export interface ContextContent {
  /** sha256 over all lines, in hex. */
  readonly hash: string;
  /** One for each file, folder and link, by its path. */
  readonly lines: ReadonlyMap<string, string>;
  /** What the file system said of each, to tell later whether it was touched since. */
  readonly stamps: ReadonlyMap<string, string>;
}

/** A folder that is left out and from which something was taken back is sent all the same. */
interface OpenFolder {
  readonly path: string;
  readonly matches: RuleMatches | undefined;
  readonly facts: EntryFacts | undefined;
  readonly parent: OpenFolder | undefined;
}

/**
 * Looks at everything in the folder that the rules leave to the build, and reads the content of every
 * file. What counts is what BuildKit's own checksum counts (cache/contenthash): path, kind, permissions,
 * content and the text of links; not owners, which its client sets to 0, nor times. Fails with a
 * sentence when something cannot be read, or is of a kind that cannot be compared. Files whose stamp is
 * as in `known` are not read again.
 */
export async function walkContext(
  files: ContextFiles,
  folder: string,
  rules: IgnoreRules,
  known?: ContextContent,
): Promise<Result<ContextContent, string>> {
  const lines = new Map<string, string>();
  const stamps = new Map<string, string>();
  const note = (path: string, facts: EntryFacts, line: string): void => {
    lines.set(path, line);
    stamps.set(path, facts.stamp);
  };
  const noteFolders = (open: OpenFolder | undefined): void => {
    for (let one = open; one?.facts !== undefined && !lines.has(one.path); one = one.parent) {
      note(one.path, one.facts, `folder ${permissions(one.facts)}`);
    }
  };

  const open: OpenFolder[] = [{path: '', matches: undefined, facts: undefined, parent: undefined}];
  let path = '';
  try {
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      path = at.path;
      for (const {name, kind} of await files.entries(joinPath(folder, at.path))) {
        path = at.path === '' ? name : `${at.path}/${name}`;
        const {ignored, matches} = applyRules(rules, path, at.matches);
        const isFolder = kind === 'folder';
        if (ignored && !(isFolder && mayTakeBack(rules, path))) continue;
        const full = joinPath(folder, path);
        const facts = await files.facts(full);
        if (isFolder) {
          const entry: OpenFolder = {path, matches, facts, parent: at};
          open.push(entry);
          if (!ignored) noteFolders(entry);
          continue;
        }
        if (kind === 'other') return err(`\`${full}\` is a pipe, a socket or a device`);
        noteFolders(at);
        const same = known?.stamps.get(path) === facts.stamp ? known.lines.get(path) : undefined;
        const line =
          same ??
          (kind === 'link'
            ? `link ${JSON.stringify(await files.linkTarget(full))}`
            : `file ${permissions(facts)} ${await files.contentHash(full, facts)}`);
        note(path, facts, line);
      }
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err(`\`${joinPath(folder, path)}\` cannot be read: ${message}`);
  }
  return ok({hash: hashOfLines(lines), lines, stamps});
}

const permissions = ({mode}: EntryFacts): string => mode.toString(8).padStart(4, '0');

/** Lines of a context as text, one for each path, by which they are sorted. */
export function contextText(lines: ReadonlyMap<string, string>): string {
  return [...lines.keys()]
    .sort()
    .map((path) => `${JSON.stringify(path)} ${lines.get(path) ?? ''}\n`)
    .join('');
}

function hashOfLines(lines: ReadonlyMap<string, string>): string {
  return createHash('sha256').update(contextText(lines)).digest('hex');
}
