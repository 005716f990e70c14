import {csvAttributes} from './csv-attributes.ts';

/** One `docker buildx build`, as data: every text is final, nothing is left to be expanded. */
export interface BuildxBuild {
  /** A folder relative to the working directory, or the URL of a remote context. */
  readonly context: string;
  /** Relative to the working directory (for a remote context: relative to that). */
  readonly dockerfile: string;
  readonly stage: string | null;
  readonly platforms: readonly string[];
  /** Full references; the first is the main one. */
  readonly tags: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly secrets: readonly BuildxSecret[];
  readonly ssh: readonly {readonly id: string; readonly keys: readonly string[]}[];
  /** Values of `--cache-from` and `--cache-to`, as buildx writes them: `type=registry,ref=…`. */
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly noCache: boolean;
  readonly noCacheStages: readonly string[];
  readonly pull: boolean;
  /** Value of `--provenance`; null leaves it to buildx. */
  readonly provenance: string | null;
  /** Value of `--sbom`; null leaves it to buildx. */
  readonly sbom: string | null;
  readonly network: string | null;
  readonly addHosts: Readonly<Record<string, string>>;
  readonly shmSize: string | null;
  readonly ulimits: Readonly<Record<string, string>>;
  readonly allow: readonly string[];
  /** null for the current builder. */
  readonly builder: string | null;
  readonly outputs: readonly BuildxOutput[];
  readonly metadataFile: string;
}

/** A secret by the place it is read from; its value never passes through here. */
export interface BuildxSecret {
  readonly id: string;
  readonly from: 'env' | 'file';
  /** Name of the variable, or the file. */
  readonly source: string;
}

/** Where the result goes. */
export type BuildxOutput =
  | PushOutput
  | {readonly kind: 'load'}
  /** An OCI layout folder (image spec, image-layout.md), relative to the working directory. */
  | {readonly kind: 'oci'; readonly folder: string};

/**
 * An image for registries. Tags are no part of the build: they move when everything that they need is
 * there (`src/publish`). `digest` pushes the image under its digest alone, to every repository.
 * `store` is for the docker driver, which cannot do that ("not implemented for docker driver"): the
 * image stays in docker's own store, under its tags, until these are pushed.
 */
export interface PushOutput {
  readonly kind: 'push';
  readonly through: 'digest' | 'store';
  /** `host/path`; the first is the main one, from which the image is read back. */
  readonly repositories: readonly string[];
}

export interface BuildxCommand {
  readonly program: 'docker';
  readonly args: readonly string[];
  /** Variables that are added to the environment; never a secret. */
  readonly env: Readonly<Record<string, string>>;
}

/** Digests are all that is read from the metadata file; provenance is hundreds of kilobytes of it. */
const environment = {BUILDX_METADATA_PROVENANCE: 'disabled'};

/** The command that makes `build`, its options always in the same order. */
export function buildxCommand(build: BuildxBuild): BuildxCommand {
  const args = [
    ...['buildx', 'build', '--progress=rawjson'],
    ...(build.builder === null ? [] : [`--builder=${build.builder}`]),
    `--metadata-file=${build.metadataFile}`,
    `--file=${build.dockerfile}`,
    ...(build.stage === null ? [] : [`--target=${build.stage}`]),
    `--platform=${build.platforms.join(',')}`,
    ...pairs('--build-arg', build.args),
    ...pairs('--build-context', build.contexts),
    ...build.secrets.flatMap((secret) => ['--secret', secretValue(secret)]),
    ...build.ssh.flatMap((agent) => ['--ssh', sshValue(agent)]),
    ...build.cacheFrom.flatMap((cache) => ['--cache-from', cache]),
    ...build.cacheTo.flatMap((cache) => ['--cache-to', cache]),
    ...(build.noCache ? ['--no-cache'] : []),
    ...build.noCacheStages.map((stage) => `--no-cache-filter=${stage}`),
    ...(build.pull ? ['--pull'] : []),
    ...(build.network === null ? [] : [`--network=${build.network}`]),
    ...pairs('--add-host', build.addHosts),
    ...(build.shmSize === null ? [] : [`--shm-size=${build.shmSize}`]),
    ...pairs('--ulimit', build.ulimits),
    ...build.allow.map((entitlement) => `--allow=${entitlement}`),
    ...(build.provenance === null ? [] : [`--provenance=${build.provenance}`]),
    ...(build.sbom === null ? [] : [`--sbom=${build.sbom}`]),
    ...pairs('--label', build.labels),
    ...pairs('--annotation', build.annotations),
    // buildx refuses tags beside a push by digest.
    ...(build.outputs.some(isByDigest) ? [] : build.tags.flatMap((tag) => ['--tag', tag])),
    ...build.outputs.flatMap(outputArguments),
    // A folder of this name would be taken for an option.
    build.context.startsWith('-') ? `./${build.context}` : build.context,
  ];
  return {program: 'docker', args, env: environment};
}

/**
 * The command that builds a stage of `build` once more, from the cache, so that its layers can be read:
 * it neither stores nor pushes anything. What decides on the cache is as in `build`; without
 * attestations, labels and caches to be written, which make no layers.
 */
export function stageExportCommand(
  build: BuildxBuild,
  {
    stage,
    platforms,
    metadataFile,
  }: Pick<BuildxBuild, 'platforms' | 'metadataFile'> & {
    readonly stage: string;
  },
): BuildxCommand {
  const {args, ...command} = buildxCommand({
    ...build,
    ...{stage, platforms, metadataFile},
    ...{tags: [], labels: {}, annotations: {}, outputs: [], cacheTo: []},
    ...{provenance: 'false', sbom: null},
  });
  return {...command, args: args.toSpliced(-1, 0, '--output', 'type=image,push=false,store=false')};
}

/** The command that makes a builder; `docker buildx inspect --bootstrap` then starts it. */
export function createBuilderCommand({
  name,
  driver,
  options,
  endpoint,
}: {
  readonly name: string;
  readonly driver: string;
  readonly options: readonly (readonly [string, string])[];
  readonly endpoint: string | null;
}): BuildxCommand {
  const args = [
    ...['buildx', 'create', `--name=${name}`, `--driver=${driver}`],
    ...options.flatMap((option) => ['--driver-opt', csvAttributes([option])]),
    ...(endpoint === null ? [] : [endpoint]),
  ];
  return {program: 'docker', args, env: {}};
}

/** The same build by another builder. */
export function onBuilder(command: BuildxCommand, builder: string | null): BuildxCommand {
  const args = command.args.filter((arg) => !arg.startsWith('--builder='));
  const place = args.indexOf('--progress=rawjson') + 1;
  return {
    ...command,
    args: builder === null ? args : args.toSpliced(place, 0, `--builder=${builder}`),
  };
}

function pairs(option: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

/** Value of `--secret`, which bake files share. */
export function secretValue({id, from, source}: BuildxSecret): string {
  return csvAttributes([['id', id], from === 'env' ? ['env', source] : ['src', source]]);
}

/** Value of `--ssh`, which bake files share: `default`, `default=key,other-key`. */
export function sshValue({
  id,
  keys,
}: {
  readonly id: string;
  readonly keys: readonly string[];
}): string {
  return keys.length === 0 ? id : `${id}=${keys.join(',')}`;
}

const isByDigest = (output: BuildxOutput): boolean =>
  output.kind === 'push' && output.through === 'digest';

function outputArguments(output: BuildxOutput): readonly string[] {
  switch (output.kind) {
    case 'oci':
      return ['--output', ociOutput(output.folder)];
    case 'load':
      return ['--load'];
    case 'push':
      return output.through === 'store'
        ? ['--load']
        : ['--output', digestOutput(output.repositories)];
  }
}

/** Value of `--output` that pushes by digest (buildx docs, `--output type=image`). */
export const digestOutput = (repositories: readonly string[]): string =>
  csvAttributes([
    ['type', 'image'],
    ['name', repositories.join(',')],
    ['push', 'true'],
    ['push-by-digest', 'true'],
    ['name-canonical', 'true'],
  ]);

/** Value of `--output` for an OCI layout folder. */
export const ociOutput = (folder: string): string =>
  csvAttributes([
    ['type', 'oci'],
    ['tar', 'false'],
    ['dest', folder],
  ]);
