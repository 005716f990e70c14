import {dirname, relative, resolve} from 'node:path';

import {createGit} from '../adapters/git-cli.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {createShortProcesses} from '../adapters/short-processes.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import type {Failure, FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {PlanFacts} from '../plan/check-valid-part.ts';
import type {Locate} from '../plan/findings.ts';
import type {MadePlan} from '../plan/make-plan.ts';
import type {CommandContext} from './context.ts';
import type {Flags} from './flags.ts';
import {findMatrix} from './matrix-location.ts';
import {namedFile, progressOf, targetOptions} from './options.ts';
import {workingFolder} from './working-folder.ts';

export interface PreparedPlan extends MadePlan {
  readonly matrix: MatrixFile;
  /** Where values stand in matrix.yml. */
  readonly locate: Locate;
}

/**
 * From the command line to the plan: finds matrix.yml (and goes to its folder, when that is above),
 * reads it and what it names, and resolves the targets. Nothing is changed or started but `git`.
 */
export async function preparePlan(
  context: CommandContext,
  selectors: readonly string[],
  flags: Flags,
): Promise<Result<PreparedPlan, Failure>> {
  const options = targetOptions(selectors, flags);
  if (!options.ok) return options;
  const start = workingFolder();
  if (!start.ok) return start;
  const location = await findMatrix(nodeFiles, start.value, namedFile(flags));
  if (!location.ok) return location;
  const {folder, file} = location.value;
  if (folder !== start.value) {
    process.chdir(folder);
    const progress = progressOf(flags, context.environment, context.err.isTerminal);
    const isTold = progress.ok && (progress.value === 'tty' || progress.value === 'plain');
    if (isTold)
      context.err.print(context.err.style.colours.dim(`Using ${relative(start.value, file)}`));
  }

  // git works while the modules are loaded, which takes about as long.
  const git = createGit(createShortProcesses()).facts(dirname(file));
  const [{loadMatrix}, {largestFile}, {makePlan}] = await Promise.all([
    import('../config/load-matrix.ts'),
    import('../config/decode-text.ts'),
    import('../plan/make-plan.ts'),
  ]);
  const bytes = await readMatrix(file, largestFile + 1);
  if (!bytes.ok) return bytes;
  const loaded = loadMatrix(file, bytes.value);
  const {output} = options.value;
  const facts: PlanFacts = {
    files: nodeFiles,
    git: await git,
    options: {
      ...options.value,
      // The folder was named from where the command was started.
      output:
        output.kind === 'oci' && flags.output !== undefined
          ? {kind: 'oci', folder: relative('.', resolve(start.value, output.folder)) || '.'}
          : output,
      tool: context.version,
      matrixFile: file,
    },
  };
  if (!loaded.ok) {
    const {checkValidPart} = await import('../plan/check-valid-part.ts');
    return err(await checkValidPart(loaded.error, facts));
  }
  const {matrix, source} = loaded.value;
  const locate: Locate = (path) => source.locate(path);
  const made = await makePlan({...facts, matrix, locate});
  return made.ok ? ok({...made.value, matrix, locate}) : made;
}

async function readMatrix(file: string, limit: number): Promise<Result<Uint8Array, FileUnusable>> {
  try {
    const bytes = await nodeFiles.readBytes(file, limit);
    if (bytes !== undefined) return ok(bytes);
    return err({reason: 'file-unusable', path: file, message: 'it has gone'});
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err({reason: 'file-unusable', path: file, message});
  }
}
