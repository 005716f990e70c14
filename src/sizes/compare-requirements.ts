import {stageChanges, type InstructionChange} from './compare-changes.ts';
import {keywordOf} from './compare-instructions.ts';
import {growthNote, placeOf} from './compare-words.ts';
import type {ImageSizes, InstructionReport} from './size-report.ts';

/** Files that name what is to be installed, by the usual package managers. */
const requirementFile =
  /(?:^|[\s/=,"'[(])(?:(?:[\w.-]*requirements[\w.-]*|constraints[\w.-]*)\.(?:txt|in)|pyproject\.toml|setup\.(?:py|cfg)|(?:poetry|uv|pdm|pixi|conda|Pipfile|Cargo|composer|Gemfile)[\w-]*\.lock|Pipfile|environment\.ya?ml|package(?:-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|go\.(?:mod|sum)|Cargo\.toml|Gemfile)(?=$|[\s,"'\]);&|])/u;

/** Commands that install what such a file names, though they need not name the file. */
const installCommand =
  /\b(?:pip3?|uv|poetry|pdm|pixi|conda|mamba|npm|yarn|pnpm|bundle|cargo|go|composer)\s+(?:\S+\s+)??(?:ci|install|sync|download|fetch|create|build)\b/u;

export interface RequirementsChange {
  /** `requirements changed: line 7 (…), which line 8 (…) installs (+45 MB)`. */
  readonly words: string;
  /** The shipped instructions whose growth it explains. */
  readonly explained: readonly InstructionChange[];
}

/**
 * Requirements changed when a COPY of a file that names them, in any stage, has another layer; where
 * the base image changed, and every layer with it, when it has another size. A RUN that names them
 * counts when it has another layer above the same base and was not edited. null otherwise. What
 * they explain is also the growth of the commands that install them.
 *
 * @param changed what changed in the shipped stages
 */
export function requirementsChange(
  image: ImageSizes,
  earlier: ImageSizes,
  changed: readonly InstructionChange[],
  baseChanged: boolean,
): RequirementsChange | null {
  const naming = [...changed, ...stageChanges(image.stages, earlier.stages, false)].flatMap(
    (change) => {
      const {now, before, bytes} = change;
      const isMadeAnew = baseChanged && (bytes ?? 0) === 0;
      // What comes from another stage was made there.
      if (now === null || before === null || isMadeAnew || sourceStage(now) !== undefined) {
        return [];
      }
      const isCopy = ['COPY', 'ADD'].includes(keywordOf(now));
      const namesFile = requirementFile.test(now.text);
      const isInstaller = !isCopy && change.isUnedited && installCommand.test(now.text);
      return namesFile || isInstaller ? [{change, now, isCopy, namesFile}] : [];
    },
  );
  const proof =
    naming.find(({isCopy}) => isCopy) ??
    (baseChanged ? undefined : naming.find((one) => one.namesFile && one.change.isUnedited));
  if (proof === undefined) return null;

  const installers = naming.filter((one) => one !== proof && !one.isCopy);
  const involved = [proof, ...installers];
  // What a stage beside the chain installs reaches the image by a COPY of it.
  const carried = changed.filter((change) =>
    involved.some(({now}) => isIn(image, now, sourceStage(change.now))),
  );
  const own = involved.map(({change}) => change).filter((change) => changed.includes(change));
  const explained = [...new Set([...own, ...carried])];
  const bytes = explained.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  const [installer] = installers;
  const words =
    installer === undefined
      ? placeOf(proof.now)
      : `${placeOf(proof.now)}, which ${placeOf(installer.now)} installs`;
  return {words: `requirements changed: ${words}${growthNote(bytes)}`, explained};
}

/** The stage that a COPY takes its files from, as written; undefined for any other instruction. */
export function sourceStage(instruction: InstructionReport | null): string | undefined {
  return instruction === null ? undefined : /--from=(\S+)/u.exec(instruction.text)?.[1];
}

function isIn(image: ImageSizes, {line}: InstructionReport, stage: string | undefined): boolean {
  const found = image.stages.find(({name}) => name.toLowerCase() === stage?.toLowerCase());
  return found?.instructions.some((instruction) => instruction.line === line) ?? false;
}
