import type {BuildxCommand} from './buildx-arguments.ts';

/** A tag of a repository, made of what is in that repository already. */
export interface TagRequest {
  /** Full references, all of one repository. */
  readonly references: readonly string[];
  /** `repository@digest`; several are joined to one index, with all that they hold. */
  readonly sources: readonly string[];
  /** Annotations of the index. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Builder whose settings for registries (plain HTTP, own authorities) are used; null for the current one. */
  readonly builder: string | null;
}

/**
 * The command that makes references point at images. It moves manifests only: a single source keeps
 * its digest (`--prefer-index=false`, which came with buildx 0.15; before, a manifest was wrapped).
 */
export function imagetoolsCommand({
  references,
  sources,
  annotations,
  builder,
}: TagRequest): BuildxCommand {
  return {
    program: 'docker',
    args: [
      ...['buildx', 'imagetools', 'create'],
      ...(builder === null ? [] : [`--builder=${builder}`]),
      '--prefer-index=false',
      ...Object.entries(annotations).flatMap(([key, value]) => [
        '--annotation',
        `index:${key}=${value}`,
      ]),
      ...references.flatMap((reference) => ['--tag', reference]),
      ...sources,
    ],
    env: {},
  };
}

/** Pushes one tag from docker's own store, with every platform that it holds there. */
export function dockerPushCommand(reference: string): BuildxCommand {
  return {program: 'docker', args: ['push', '--quiet', reference], env: {}};
}
