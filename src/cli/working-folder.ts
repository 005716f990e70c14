import type {InvalidUsage} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';

/** Where the command was started; that folder may have been removed since. */
export function workingFolder(): Result<string, InvalidUsage> {
  try {
    return ok(process.cwd());
  } catch {
    return err({
      reason: 'invalid-usage',
      message: 'the folder that this shell is in does not exist any more',
      remedy: 'go to another one: cd FOLDER',
    });
  }
}
