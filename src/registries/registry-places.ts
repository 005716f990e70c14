import type {RegistrySpec} from '../config/matrix-file-parts.ts';
import {ecrAddressOf, type EcrAddress} from '../model/ecr-address.ts';
import {parseImageRef} from '../model/image-ref.ts';
import type {MatrixPath} from '../plan/findings.ts';
import {registryPrefix} from '../plan/registry-prefixes.ts';

/** A repository that is pushed to, and what matrix.yml says of its registry. */
export interface Place {
  readonly host: string;
  /** Repository on the host. */
  readonly path: string;
  /** `host/path`. */
  readonly repository: string;
  /** Tags that are to be written there. */
  readonly tags: readonly string[];
  /** Where matrix.yml defines the registry; null when it does not. */
  readonly at: MatrixPath | null;
  /** Name of the registry in matrix.yml; null when it is not in there. */
  readonly registry: string | null;
  /** null for every registry that is not Amazon's. */
  readonly ecr: EcrPlace | null;
}

export interface EcrPlace {
  readonly address: EcrAddress;
  /** Name of the repository in the API: without the alias of a public registry. */
  readonly name: string;
  readonly settings: Partial<Extract<RegistrySpec, {type: 'ecr'}>>;
}

type Registries = Readonly<Record<string, RegistrySpec>>;

/**
 * The repositories of image references, in their order, each once. A reference belongs to the registry
 * of matrix.yml on whose host it is, and of several to the one whose prefix is longest.
 */
export function placesOf(references: readonly string[], registries: Registries): readonly Place[] {
  const places = new Map<string, Place>();
  for (const text of references) {
    const parsed = parseImageRef(text);
    if (!parsed.ok) continue;
    const {host, path, tag} = parsed.value;
    const repository = `${host}/${path}`;
    const known = places.get(repository);
    const tags = [...(known?.tags ?? []), ...(tag === null ? [] : [tag])];
    if (known !== undefined) {
      places.set(repository, {...known, tags: [...new Set(tags)]});
      continue;
    }
    const registry = registryNameOf(repository, registries);
    const spec = registry === null ? undefined : registries[registry];
    places.set(repository, {
      ...{host, path, repository, tags, registry},
      at: registry === null ? null : ['registries', registry],
      ecr: ecrPlace(host, path, spec),
    });
  }
  return [...places.values()];
}

function registryNameOf(repository: string, registries: Registries): string | null {
  const found = Object.entries(registries)
    .map(([name, spec]) => ({name, prefix: registryPrefix(spec)}))
    .filter(({prefix}) => patternOf(prefix).test(repository))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return found[0]?.name ?? null;
}

/** The plan has put values in the place of a prefix's placeholders. */
function patternOf(prefix: string): RegExp {
  const fixed = prefix
    .split(/\{[^{}]*\}/u)
    .map((part) => part.replaceAll(/[^\w/:-]/gu, String.raw`\$&`));
  return new RegExp(`^${fixed.join('.+')}/`, 'u');
}

function ecrPlace(host: string, path: string, spec: RegistrySpec | undefined): EcrPlace | null {
  const settingsOfEcr = spec?.type === 'ecr' ? spec : {};
  if (spec?.type === 'ecr' && spec.endpoint !== undefined) {
    const {account, region} = spec;
    return {address: {kind: 'private', account, region}, name: path, settings: settingsOfEcr};
  }
  const address = ecrAddressOf(host);
  if (address === undefined) return null;
  if (address.kind === 'private') return {address, name: path, settings: settingsOfEcr};
  const settings =
    spec?.type === 'ecr-public' && spec.createRepository !== undefined
      ? {createRepository: spec.createRepository}
      : {};
  return {address, name: path.slice(path.indexOf('/') + 1), settings};
}
