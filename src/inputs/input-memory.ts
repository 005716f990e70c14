import {z} from 'zod';

import {stateFolder} from '../plan/paths.ts';
import type {Files} from '../ports/files.ts';
import type {ShortParts} from './input-labels.ts';
import {contextText} from './walk-context.ts';

/** What is remembered of one build of a target. */
export interface RememberedBuild {
  /** Fingerprint. */
  readonly inputs: string;
  /** Repository, or folder of the layout, that holds the image. */
  readonly place: string;
  /** By the id of the build. */
  readonly digests: Readonly<Record<string, string>>;
  readonly parts: ShortParts;
  /** sha256 of each context, by the name of its part. */
  readonly contexts: Readonly<Record<string, string>>;
  /** False when something was touched while it was built: its label then says more than is known. */
  readonly trusted: boolean;
}

/** What this machine remembers of its builds: enough to find images again, and to name changed files. */
export interface InputMemory {
  /** Newest first. */
  builds(target: string): Promise<readonly RememberedBuild[]>;
  /** Lines of a context, by path; undefined when they are not remembered. */
  context(hash: string): Promise<ReadonlyMap<string, string> | undefined>;
  /** Takes a build that has ended. Trouble with the disk is no trouble for the caller. */
  remember(
    target: string,
    build: RememberedBuild,
    contexts: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ): Promise<void>;
}

export const inputsFolder = `${stateFolder}/inputs`;
const targetFile = (target: string): string => `${inputsFolder}/targets/${target}.json`;
const contextFile = (hash: string): string => `${inputsFolder}/contexts/${hash}.txt`;

/** Builds that are kept for each target: branches are changed to and fro. */
const mostBuilds = 8;

/** The files of longer contexts are not remembered. */
const longestContext = 200_000;

const texts = z.record(z.string(), z.string());
const document = z.object({
  schema: z.literal(1),
  builds: z.array(
    z.object({
      inputs: z.string(),
      place: z.string(),
      digests: texts,
      parts: texts,
      contexts: texts,
      trusted: z.boolean(),
    }),
  ),
}) satisfies z.ZodType<{readonly schema: 1; readonly builds: readonly RememberedBuild[]}>;

/** The memory in `.build-matrix/inputs`. A file that is missing or broken counts as empty. */
export function openInputMemory(
  files: Pick<Files, 'readText' | 'writeAtomic' | 'list' | 'remove'>,
): InputMemory {
  const builds = async (target: string): Promise<readonly RememberedBuild[]> => {
    try {
      const parsed = document.safeParse(
        JSON.parse((await files.readText(targetFile(target))) ?? ''),
      );
      return parsed.success ? parsed.data.builds : [];
    } catch {
      return [];
    }
  };
  return {
    builds,
    async context(hash) {
      if (!/^[0-9a-f]{64}$/u.test(hash)) return undefined;
      const text = await files.readText(contextFile(hash)).catch(() => undefined);
      return text === undefined ? undefined : parseLines(text);
    },
    async remember(target, build, contexts) {
      try {
        for (const [hash, lines] of contexts) {
          if (lines.size > longestContext) continue;
          await files.writeAtomic(contextFile(hash), contextText(lines));
        }
        const earlier = await builds(target);
        const others = earlier.filter((one) => !isSameImage(one, build));
        const kept = [build, ...others].slice(0, mostBuilds);
        const dropped = [...earlier, ...others].filter((one) => !kept.includes(one));
        await files.writeAtomic(
          targetFile(target),
          `${JSON.stringify({schema: 1, builds: kept}, null, 1)}\n`,
        );
        if (dropped.length > 0) await forgetContexts(dropped);
      } catch {
        // The next run finds out by itself whether something changed.
      }
    },
  };

  /** Removes the lines of contexts that no target names any more. */
  async function forgetContexts(dropped: readonly RememberedBuild[]): Promise<void> {
    const gone = new Set(dropped.flatMap(({contexts}) => Object.values(contexts)));
    const root = `${inputsFolder}/targets`;
    for (const image of await files.list(root)) {
      for (const file of await files.list(`${root}/${image}`)) {
        for (const {contexts} of await builds(`${image}/${file.replace(/\.json$/u, '')}`)) {
          for (const hash of Object.values(contexts)) gone.delete(hash);
        }
      }
    }
    for (const hash of gone) await files.remove(contextFile(hash));
  }
}

const isSameImage = (one: RememberedBuild, other: RememberedBuild): boolean =>
  one.place === other.place && JSON.stringify(one.digests) === JSON.stringify(other.digests);

function parseLines(text: string): ReadonlyMap<string, string> | undefined {
  const lines = new Map<string, string>();
  try {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const end = /^"(?:[^"\\]|\\.)*"/u.exec(line)?.[0] ?? '';
      lines.set(JSON.parse(end) as string, line.slice(end.length + 1));
    }
  } catch {
    return undefined;
  }
  return lines;
}
