import type {MatrixFile} from '../config/matrix-file.ts';
import type {Findings, MatrixPath} from './findings.ts';

/** Warns, once at each place, of keys that are read and checked but whose work is not done yet. */
export function warnOfPendingFeatures(matrix: MatrixFile, findings: Findings): void {
  const pending = (path: MatrixPath, message: string): void => {
    findings.warning('not-yet', {path, message});
  };
  warnOfRegistries(matrix, pending);
}

function warnOfRegistries(
  matrix: MatrixFile,
  pending: (path: MatrixPath, message: string) => void,
): void {
  for (const [name, registry] of Object.entries(matrix.registries ?? {})) {
    const path = ['registries', name];
    if (registry.type !== 'ecr' && registry.type !== 'ecr-public') continue;
    const keys =
      registry.type === 'ecr'
        ? (['createRepository', 'immutableTags', 'scanOnPush', 'lifecyclePolicy'] as const)
        : (['createRepository'] as const);
    const settings: Readonly<Record<string, unknown>> = registry;
    for (const key of keys) {
      if (settings[key] === undefined || settings[key] === false) continue;
      pending(
        [...path, key],
        `\`${key}\` does nothing yet: the repository has to exist before a push`,
      );
    }
  }
}
