import type {MatrixFile, TargetDefaults} from '../../config/matrix-file.ts';

/** Names of the environment variables that matrix.yml takes secrets from, wherever it says so. */
export function secretVariables(matrix: MatrixFile): readonly string[] {
  const images = Object.values(matrix.images);
  const places: readonly (TargetDefaults | undefined)[] = [
    matrix.defaults,
    ...Object.values(matrix.templates ?? {}),
    ...images.map(({defaults}) => defaults),
    ...images.flatMap(({targets}) => Object.values(targets)),
  ];
  const names = places.flatMap((place) => (place?.secrets ?? []).map(({env}) => env));
  return [...new Set(names.filter((name) => name !== undefined))];
}
