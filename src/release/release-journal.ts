import {z} from 'zod';

import type {FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {stateFolder} from '../plan/paths.ts';
import type {Files} from '../ports/files.ts';
import {attemptFile, fileUnusable} from '../records/file-attempt.ts';

/** A tag that a release moved. */
export interface TagMove {
  /** Full reference. */
  readonly reference: string;
  /** Digest that it had before the release; null when there was no such tag. */
  readonly before: string | null;
  readonly after: string;
}

/**
 * What a release moved, so that `--rollback` can put it back. It is no memory of how far the release
 * came: that is always read from the registries, git and GitHub.
 */
export interface JournalDocument {
  readonly schema: 1;
  readonly version: string;
  /** Full commit id. */
  readonly commit: string;
  /** In the order in which they were moved. */
  readonly moves: readonly TagMove[];
  /** ISO 8601, UTC: when it was rolled back last; null when it was not. */
  readonly rolledBackAt: string | null;
}

export interface ReleaseJournal {
  /** Keeps moves that are about to be made; resolves when they are on disk. */
  keep(moves: readonly TagMove[]): Promise<Result<void, FileUnusable>>;
}

const document = z.object({
  schema: z.literal(1),
  version: z.string(),
  commit: z.string(),
  moves: z.array(
    z.object({reference: z.string(), before: z.string().nullable(), after: z.string()}),
  ),
  rolledBackAt: z.string().nullable(),
}) satisfies z.ZodType<JournalDocument>;

/** Journal of the release of a version, relative to the working directory. */
export function journalFileOf(version: string): string {
  return `${stateFolder}/releases/${version}.json`;
}

/** The journal of a version; null when there is none. */
export async function readJournal(
  files: Files,
  version: string,
): Promise<Result<JournalDocument | null, FileUnusable>> {
  const path = journalFileOf(version);
  const text = await attemptFile(path, () => files.readText(path));
  if (!text.ok) return text;
  if (text.value === undefined) return ok(null);
  let json: unknown;
  try {
    json = JSON.parse(text.value);
  } catch {
    return err(fileUnusable(path, 'it is not JSON, or was cut short'));
  }
  const parsed = document.safeParse(json);
  return parsed.success
    ? ok(parsed.data)
    : err(fileUnusable(path, 'it is no journal of a release'));
}

export function writeJournal(
  files: Files,
  journal: JournalDocument,
): Promise<Result<void, FileUnusable>> {
  const path = journalFileOf(journal.version);
  return attemptFile(path, () => files.writeAtomic(path, `${JSON.stringify(journal, null, 2)}\n`));
}

/** The journal of a release that begins, or goes on. */
export async function openJournal(
  files: Files,
  version: string,
  commit: string,
): Promise<Result<ReleaseJournal, FileUnusable>> {
  const before = await readJournal(files, version);
  if (!before.ok) return before;
  let journal: JournalDocument = {
    ...{schema: 1, version, commit},
    moves: before.value?.moves ?? [],
    rolledBackAt: before.value?.rolledBackAt ?? null,
  };
  return ok({
    keep(moves) {
      journal = {...journal, moves: mergeMoves(journal.moves, moves)};
      return writeJournal(files, journal);
    },
  });
}

/**
 * A move that is made again (the run was ended before the registry had it, or after) keeps what the tag
 * held before the first time; unless somebody else has moved it in between.
 */
export function mergeMoves(
  kept: readonly TagMove[],
  moves: readonly TagMove[],
): readonly TagMove[] {
  const again = moves.map((move) => {
    const known = kept.find(({reference}) => reference === move.reference);
    const isOwn = known?.after === move.before;
    return isOwn ? {...move, before: known.before} : move;
  });
  const named = new Set(again.map(({reference}) => reference));
  return [...kept.filter(({reference}) => !named.has(reference)), ...again];
}
