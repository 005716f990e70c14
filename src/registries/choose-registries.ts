import type {RegistrySpec} from '../config/matrix-file-parts.ts';
import type {MatrixFile} from '../config/matrix-file.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Findings} from '../plan/findings.ts';
import {chosenPrefixes, registryPrefixes} from '../plan/registry-prefixes.ts';
import {placesOf, type Place} from './registry-places.ts';

/**
 * One repository of each registry: those of matrix.yml, or the named ones, each a name in the file or a
 * host. Rights are asked for the first image's repository, or one of that name.
 */
export function chooseRegistries(
  named: readonly string[],
  {registries = {}, images, vars = {}}: Pick<MatrixFile, 'registries' | 'images' | 'vars'>,
  findings: Findings,
): Result<readonly Place[], Problem> {
  const values = {version: 'dev', git: null, vars: new Map(Object.entries(vars))};
  const defined = registryPrefixes(registries, values, findings);
  const names = named.length > 0 ? named : [...defined.keys()];
  if (names.length === 0) {
    return err({
      message: 'matrix.yml defines no registries',
      suggestion: 'name a host: `build-matrix login ghcr.io`',
    });
  }
  const prefixes = chosenPrefixes(names, defined, '');
  if (!prefixes.ok) return prefixes;
  const [[key, image] = ['image', undefined]] = Object.entries(images);
  const repository = image?.repository ?? key;
  const last = /^[a-z0-9][a-z0-9._/-]*$/u.test(repository) ? repository : 'image';
  return ok(
    prefixes.value.flatMap((prefix, index) => {
      const name = names[index] ?? '';
      const spec = registries[name];
      const own: Record<string, RegistrySpec> = spec === undefined ? registries : {[name]: spec};
      return placesOf([`${prefix}/${last}`], own);
    }),
  );
}
