import type {MatrixFile} from '../config/matrix-file.ts';
import type {Failure} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Locate} from '../plan/findings.ts';
import type {Flags} from './flags.ts';
import {goToBuilds, loadMatrixFile} from './recorded-run.ts';

export interface MatrixAt {
  readonly matrix: Pick<MatrixFile, 'registries' | 'images' | 'vars'>;
  /** Where values stand in it. */
  readonly locate: Locate;
}

/** matrix.yml itself, without what it names. Where it is not needed, none at all is fine too. */
export async function loadMatrixAt(
  flags: Flags,
  isOptional: boolean,
): Promise<Result<MatrixAt, Failure>> {
  const folder = await goToBuilds(flags);
  if (!folder.ok) return folder;
  const {matrixFile} = folder.value;
  if (matrixFile === undefined) {
    if (isOptional) return ok({matrix: {images: {}}, locate: () => undefined});
    return err({
      reason: 'invalid-usage',
      message: 'there is no matrix.yml here, nor above',
      remedy: 'name one with --file, or name a host: `build-matrix login ghcr.io`',
    });
  }
  const loaded = await loadMatrixFile(matrixFile);
  if (!loaded.ok) return loaded;
  const {matrix, source} = loaded.value;
  return ok({matrix, locate: (path) => source.locate(path)});
}
