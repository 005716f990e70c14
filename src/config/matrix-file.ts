import {z} from 'zod';

import {budget, builderRoute, cacheEntry, registry, release, runner} from './matrix-file-parts.ts';
import type {ReadonlyInfer} from './readonly-infer.ts';
import {
  argName,
  memorySize,
  mirrorPrefix,
  name,
  optionKey,
  platform,
  registryHost,
  repository,
  tag,
  ulimit,
} from './text-schemas.ts';

/**
 * The shape of matrix.yml, exactly as written: nothing is defaulted, expanded or merged here.
 * Every key carries a one-line description, from which the editor schema and
 * docs/matrix-reference.md are generated.
 */

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const stringMap = z.record(optionKey, scalar.nullable());

const combinations = z.array(z.record(name, scalar));

const matrixAxes = z
  .object({
    include: combinations
      .optional()
      .describe(
        'Combinations to add, or values for existing ones, by the rules of GitHub Actions.',
      ),
    exclude: combinations
      .optional()
      .describe('Combinations to drop; an entry matches when all of its keys are equal.'),
  })
  .catchall(z.array(scalar).min(1, 'an axis needs at least one value'));

const secret = z
  .strictObject({
    id: z.string().describe('The id that `RUN --mount=type=secret,id=…` asks for.'),
    env: z
      .string()
      .optional()
      .describe(
        'Environment variable that holds the secret. `build` wants it to be set, be it to nothing.',
      ),
    file: z
      .string()
      .optional()
      .describe(
        'File that holds the secret, relative to matrix.yml. `build` wants it to be there.',
      ),
  })
  .refine(({env, file}) => (env === undefined) !== (file === undefined), {
    error: 'a secret has either `env` or `file`',
  });

const ssh = z.strictObject({
  id: z.string().describe('The id that `RUN --mount=type=ssh,id=…` asks for, usually `default`.'),
  keys: z
    .array(z.string())
    .optional()
    .describe('Key files or agent sockets; the agent when absent.'),
});

/** The keys that a target, a template and `defaults` share. */
const targetShape = {
  description: z.string().optional().describe('One line for `build-matrix list`.'),
  dockerfile: z
    .string()
    .optional()
    .describe('Dockerfile, relative to `context`. Default `Dockerfile`.'),
  context: z
    .string()
    .optional()
    .describe(
      'Build context: a folder relative to matrix.yml, or a git or https URL. Default `.`.',
    ),
  contexts: z
    .record(optionKey, z.string().nullable())
    .optional()
    .describe(
      'Named contexts: a folder, a URL, `docker-image://…`, `oci-layout://…`, or `target:NAME` to build on another target.',
    ),
  stage: z
    .string()
    .optional()
    .describe('Stage of the Dockerfile to ship (`--target`). Default: the last.'),
  platforms: z
    .array(platform)
    .min(1, 'a target needs at least one platform')
    .optional()
    .describe('Platforms, such as `linux/amd64`.'),
  accelerator: z
    .enum(['cpu', 'cuda', 'jetson'])
    .optional()
    .describe('What the image computes on; rules and hints follow from it. Default `cpu`.'),
  args: z
    .record(argName, scalar.nullable())
    .optional()
    .describe('Build arguments. `null` leaves the Dockerfile’s own default.'),
  labels: stringMap.optional().describe('Image labels.'),
  annotations: stringMap
    .optional()
    .describe('OCI annotations; a key may carry a level, such as `index:org.example.key`.'),
  secrets: z
    .array(secret)
    .optional()
    .describe('Secrets for `RUN --mount=type=secret`; never stored or printed.'),
  ssh: z.array(ssh).optional().describe('SSH agents or keys for `RUN --mount=type=ssh`.'),
  cache: z
    .union([cacheEntry, z.array(cacheEntry)])
    .optional()
    .describe(
      'Where build cache is read from and written to; one scope for each target, and for each part of it.',
    ),
  noCache: z.boolean().optional().describe('Build every step anew (`--no-cache`).'),
  noCacheStages: z
    .array(z.string())
    .optional()
    .describe('Stages to build anew (`--no-cache-filter`).'),
  pull: z.boolean().optional().describe('Look for newer base images (`--pull`).'),
  tags: z
    .array(tag)
    .optional()
    .describe('Tags, with placeholders: `{version}-cuda{matrix.cuda}`. No repository name.'),
  reuse: z
    .array(tag)
    .optional()
    .describe(
      'Tags of earlier images that may be reused when nothing changed, besides those of `tags`, such as `latest` or `{branch}`: read from the main repository, never moved.',
    ),
  registries: z
    .array(z.string())
    .optional()
    .describe('Names of the registries that the image goes to.'),
  provenance: z
    .union([z.boolean(), z.enum(['min', 'max'])])
    .optional()
    .describe(
      'Provenance attestation on the pushed image: `min` (buildx’s default), `max` or false.',
    ),
  sbom: z
    .union([z.boolean(), z.string()])
    .optional()
    .describe('SBOM attestation, or the generator image.'),
  network: z.enum(['default', 'host', 'none']).optional().describe('Network of `RUN` steps.'),
  addHosts: z
    .record(optionKey, z.string())
    .optional()
    .describe('Extra entries of `/etc/hosts` in `RUN` steps: `name: address`.'),
  shmSize: memorySize.optional().describe('Size of `/dev/shm` in `RUN` steps, such as `2g`.'),
  ulimits: z
    .record(optionKey, ulimit)
    .optional()
    .describe('Limits of `RUN` steps: `nofile: 1024:4096`.'),
  allow: z
    .array(z.enum(['network.host', 'security.insecure', 'device']))
    .optional()
    .describe('Entitlements that the build needs (`--allow`).'),
  budget: budget.optional().describe('Size limits of the image and of its stages.'),
  runners: z
    .record(platform, runner.nullable())
    .optional()
    .describe(
      'GitHub Actions: the runner that builds each platform, as `runs-on` names it: `linux/arm64: [self-hosted, jetson]`. Default: `ubuntu-latest`, for arm64 `ubuntu-24.04-arm`.',
    ),
} as const;

const defaults = z.strictObject(targetShape);

const template = z.strictObject({
  extends: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Templates (or targets of the same image) to take values from; later ones win.'),
  ...targetShape,
});

/** A target as written; import-bake.ts asks it key by key. */
export const targetSchema = template.extend({
  name: z
    .string()
    .optional()
    .describe(
      'Name of each expanded target, with placeholders. Default: the key, then the axis values.',
    ),
  matrix: matrixAxes
    .optional()
    .describe('Axes of values: the target becomes one target for each combination.'),
});

const indexEntry = z.union([
  z.array(z.string()).min(1, 'an index needs at least one target'),
  z.strictObject({
    targets: z
      .array(z.string())
      .min(1, 'an index needs at least one target')
      .describe('Targets whose images the index joins.'),
    annotations: stringMap.optional().describe('Annotations of the index.'),
  }),
]);

const image = z.strictObject({
  description: z
    .string()
    .optional()
    .describe('What the image is, in one line, for readers of the file.'),
  repository: repository
    .optional()
    .describe('Repository below the registry. Default: the image’s key.'),
  defaults: defaults.optional().describe('Values for every target of this image.'),
  targets: z
    .record(name, targetSchema)
    .describe('The targets: one Dockerfile, arguments and platforms each.'),
  indexes: z
    .record(tag, indexEntry)
    .optional()
    .describe('One tag over the images of several targets, one for each platform.'),
});

/** The whole file. */
export const matrixFileSchema = z.strictObject({
  version: z.literal(1).describe('Version of this file format.'),
  vars: z
    .record(name, scalar)
    .optional()
    .describe(
      'Values for `{vars.NAME}`; `--set vars.NAME=…` wins. They may hold every placeholder that may stand where they are used, but no `{vars.…}`; a brace is written `{{` or `}}`.',
    ),
  registries: z
    .record(name, registry)
    .optional()
    .describe('Registries that images can go to, by name.'),
  mirrors: z
    .record(registryHost, mirrorPrefix)
    .optional()
    .describe(
      'Where base images are read from instead: `docker.io: mirror.example.com/docker.io`.',
    ),
  defaults: defaults
    .optional()
    .describe('Values for every target; a target’s own value wins, maps are merged by key.'),
  builders: z
    .array(builderRoute)
    .optional()
    .describe('Which buildx builder builds which platform (docs/builders.md).'),
  templates: z.record(name, template).optional().describe('Named sets of values for `extends`.'),
  groups: z
    .record(name, z.array(z.string()))
    .optional()
    .describe(
      'Names for sets of targets: names, globs and other groups. `default` is built when none is named.',
    ),
  release: release.optional().describe('How `build-matrix release` makes releases.'),
  images: z.record(name, image).describe('The images: a repository and its targets.'),
});

/**
 * matrix.yml as written. Its maps have no prototype, so that looking up a name that is not there
 * finds nothing, whatever the name.
 */
export type MatrixFile = ReadonlyInfer<typeof matrixFileSchema>;
export type ImageSpec = ReadonlyInfer<typeof image>;
export type TargetSpec = ReadonlyInfer<typeof targetSchema>;
export type TemplateSpec = ReadonlyInfer<typeof template>;
export type TargetDefaults = ReadonlyInfer<typeof defaults>;
export type MatrixAxes = ReadonlyInfer<typeof matrixAxes>;
export type Scalar = z.infer<typeof scalar>;
