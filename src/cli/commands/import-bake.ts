import type {Failure} from '../../events/failure.ts';
import type {CommandContext} from '../context.ts';

/** `build-matrix import bake`: waits for src/config/import-bake.ts. */
export function importBakeFile(context: CommandContext, file: string): Promise<readonly Failure[]> {
  throw new Error(`not written yet: ${file} ${context.version}`);
}
