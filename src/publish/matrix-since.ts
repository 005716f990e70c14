import type {MatrixFile} from '../config/matrix-file.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import {fingerprint} from '../plan/fingerprint.ts';
import type {ShardRecord} from './join-records.ts';

/**
 * What is published stands in the records, whatever is checked out where they are published. A matrix.yml
 * there that says something else by now is told of: its tags, indexes and annotations do not count.
 * `matrix` is undefined where it cannot be read, null where there is none.
 */
export function matrixSince(
  [first]: readonly ShardRecord[],
  file: string,
  matrix: MatrixFile | null | undefined,
): readonly Diagnostic[] {
  if (matrix === null || first === undefined) return [];
  if (matrix === undefined) {
    return [
      {
        ...{severity: 'warning', code: 'matrix-unread'},
        message: `${file} cannot be read: which registries have no TLS, or are Amazon’s, is not known`,
        suggestion: 'see what `build-matrix validate` says',
      },
    ];
  }
  if (first.record.sharding?.matrix === fingerprint(matrix)) return [];
  return [
    {
      ...{severity: 'warning', code: 'matrix-changed'},
      message: `${file} is not what the shards were built with: tags and indexes are published as it had them then`,
      suggestion: 'where its changes are to count, run all shards again',
    },
  ];
}
