import type {FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';

/** Does something with a file; what the file system rejects becomes a failure that names `path`. */
export async function attemptFile<T>(
  path: string,
  work: () => Promise<T>,
): Promise<Result<T, FileUnusable>> {
  try {
    return ok(await work());
  } catch (error) {
    return err(fileUnusable(path, error instanceof Error ? error.message : String(error)));
  }
}

export function fileUnusable(path: string, message: string): FileUnusable {
  return {reason: 'file-unusable', path, message};
}
