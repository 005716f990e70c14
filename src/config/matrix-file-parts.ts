import {z} from 'zod';

import type {ReadonlyInfer} from './readonly-infer.ts';
import {
  awsAccount,
  awsRegion,
  byteSize,
  githubRepository,
  gitTagPrefix,
  growthLimit,
  optionKey,
  platform,
  registryUrl,
  repository,
  tag,
  tagPattern,
} from './text-schemas.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** The parts of matrix.yml that are a choice between several shapes: registries, caches, builders. */

const limits = {
  compressed: byteSize
    .optional()
    .describe('Most bytes that a pull may move: `3.5GB` (powers of 1000) or `512MiB` (of 1024).'),
  unpacked: byteSize.optional().describe('Most bytes that a device may have to store.'),
  growth: growthLimit
    .optional()
    .describe(
      'Most growth of the compressed size against the last release: `5%` or `200MB`. The last release is the last kept run of a clean commit with a version tag and another version; without one, the last run that built the target.',
    ),
} as const;

export const budget = z.strictObject({
  ...limits,
  stages: z
    .record(z.string(), z.strictObject(limits))
    .optional()
    .describe(
      'Limits of what single stages add, by the name of the stage; also of stages that are not shipped.',
    ),
});

const ecrSettings = {
  createRepository: z
    .boolean()
    .optional()
    .describe('Create the repository when it does not exist. Default `false`.'),
  immutableTags: z
    .union([
      z.boolean(),
      z.strictObject({
        except: z
          .array(tagPattern)
          .min(1, 'name at least one tag, or write `immutableTags: true`')
          .max(5, 'ECR takes at most 5 patterns')
          .describe(
            'Tags that can be moved all the same, such as `latest` and `*-dev`; at most 5.',
          ),
      }),
    ])
    .optional()
    .describe('Whether tags of repositories that are created can never be moved. Default `false`.'),
  scanOnPush: z.boolean().optional().describe('Scan on push of repositories that are created.'),
  lifecyclePolicy: z
    .string()
    .optional()
    .describe('Lifecycle policy for repositories that are created: a JSON file beside matrix.yml.'),
} as const;

const namespace = repository.optional().describe('Path before the repository name.');

export const registry = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('docker-hub').describe('Docker Hub.'),
    namespace: repository.describe('Docker Hub user or organisation.'),
  }),
  z.strictObject({
    type: z.literal('ecr').describe('Amazon ECR, a private registry.'),
    account: awsAccount.describe('AWS account id, in quotes.'),
    region: awsRegion.describe('AWS region.'),
    endpoint: registryUrl
      .optional()
      .describe(
        'Host to push to instead of `ACCOUNT.dkr.ecr.REGION.amazonaws.com`: the endpoint of a VPC, say. One of Amazon’s or this machine, since it is given the login.',
      ),
    namespace,
    ...ecrSettings,
  }),
  z.strictObject({
    type: z.literal('ecr-public').describe('Amazon ECR Public.'),
    alias: repository.describe('Registry alias below public.ecr.aws.'),
    createRepository: ecrSettings.createRepository,
  }),
  z.strictObject({
    type: z.literal('ghcr').describe('GitHub’s container registry.'),
    owner: repository.describe('GitHub user or organisation, in lower case.'),
  }),
  z.strictObject({
    type: z.literal('oci').describe('Any other registry that speaks the OCI distribution API.'),
    url: registryUrl.describe('Host of the registry, with `http://` where it has no TLS.'),
    namespace,
  }),
]);

const mode = z
  .enum(['min', 'max'])
  .optional()
  .describe('`max` also keeps stages beside the final chain. Default `min`.');
const readOnly = z.boolean().optional().describe('Read, never write. Default `false`.');

export const cacheEntry = z.discriminatedUnion('type', [
  z.strictObject({
    type: z
      .literal('registry')
      .describe('Cache image in a registry. Every run reads it, runs with `--push` write it.'),
    ref: z
      .string()
      .optional()
      .describe(
        'Cache image. Default: the image’s first repository, tag `cache-TARGET`. A build of some platforms adds `-linux-arm64`.',
      ),
    mode,
    readOnly,
  }),
  z.strictObject({
    type: z.literal('local').describe('Folder on this machine.'),
    path: z
      .string()
      .optional()
      .describe('Folder, relative to matrix.yml. Default `.build-matrix/cache`.'),
    mode,
    readOnly,
  }),
  z.strictObject({
    type: z.literal('gha').describe('Cache of GitHub Actions.'),
    scope: z
      .string()
      .optional()
      .describe('Scope. Default: image and target. A build of some platforms adds `-linux-arm64`.'),
    mode,
    readOnly,
  }),
  z.strictObject({type: z.literal('inline').describe('Within the image itself.')}),
]);

export const builderRoute = z
  .strictObject({
    platform: platform
      .optional()
      .describe(
        'Platform that this builder builds; every one without a route of its own when absent. Of several entries for one platform the first is preferred, and the next takes over when it cannot be used.',
      ),
    builder: z
      .string()
      .regex(/^[^\s-]\S*$/u, 'not a name of a builder')
      .optional()
      .describe('Name of an existing buildx builder.'),
    endpoint: z
      .string()
      .regex(/^[^\s-]\S*$/u, 'an endpoint is a URL or the name of a docker context')
      .optional()
      .describe(
        'Where a builder is to be made when there is none: `ssh://host`, `tcp://host:port` or the name of a docker context; with `driver: remote` a BuildKit of its own, `tcp://host:port` or `unix:///path`.',
      ),
    driver: z
      .enum(['docker-container', 'remote', 'kubernetes'])
      .optional()
      .describe(
        'What the builder at `endpoint` is: a container in that docker (the default), a BuildKit that runs already (`remote`), or pods of the current cluster (`kubernetes`, without `endpoint`).',
      ),
    options: z
      .record(optionKey, scalar)
      .optional()
      .describe('Options of the driver (`--driver-opt`), such as `namespace: buildkit`.'),
    fallback: z
      .enum(['emulate', 'skip', 'fail'])
      .optional()
      .describe(
        'When none of the platform’s builders can be used: `emulate` builds on the current builder, `skip` leaves the platform out and publishes nothing of the targets that have it, `fail` stops before anything is built. Default `fail`. Without `builder` and `endpoint`, `emulate` says that the current builder may emulate.',
      ),
    concurrency: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Most targets that it builds at once. Default: as many as the run builds.'),
  })
  .superRefine(({platform, builder, endpoint, driver, options, fallback}, context) => {
    const problem = (message: string): void => {
      context.addIssue({code: 'custom', message});
    };
    const isOwn = endpoint !== undefined || driver === 'kubernetes';
    if (builder !== undefined && (isOwn || driver !== undefined || options !== undefined))
      problem('a builder has either `builder`, or `endpoint` with its `driver` and `options`');
    else if (driver === 'kubernetes' && endpoint !== undefined)
      problem('`driver: kubernetes` uses the current cluster and has no `endpoint`');
    else if (builder === undefined && !isOwn && !(platform !== undefined && fallback === 'emulate'))
      problem('a builder has either `builder` or `endpoint`');
  });

export const release = z.strictObject({
  branches: z
    .array(z.string())
    .min(1, 'a release comes from at least one branch')
    .optional()
    .describe(
      'Branches that releases are made from, as globs. Default: `main`, `master`, `release/*`.',
    ),
  remote: z.string().optional().describe('Git remote that gets the tag. Default `origin`.'),
  tagPrefix: gitTagPrefix
    .optional()
    .describe('What stands before the version in git tags. Default `v`.'),
  moving: z
    .array(z.enum(['minor', 'major', 'latest']))
    .optional()
    .describe(
      'Which image tags move to the greatest version of their reach: `1.4` (minor), `1` (major), `latest`. Default: all of them.',
    ),
  latest: tag
    .optional()
    .describe('What `{version}` becomes in the tags of the greatest version. Default `latest`.'),
  next: tag
    .optional()
    .describe(
      'What `{version}` becomes in a tag that moves with pre-releases: `next`. Without it only `--next` moves one.',
    ),
  github: z
    .union([z.literal(false), githubRepository])
    .optional()
    .describe(
      'Repository on GitHub that gets the release, `owner/name`, or `false` for none. Default: that of the workflow or the git remote.',
    ),
});

const runnerLabel = z
  .string()
  .min(1, 'the label of a runner is not empty')
  .regex(/^[^\p{Cc}]*$/u, 'the label of a runner has no control characters');
const runnerLabels = z.array(runnerLabel).min(1, 'a runner needs at least one label');

/** What GitHub's `runs-on` takes. */
export const runner = z.union([
  runnerLabel,
  runnerLabels,
  z.strictObject({
    group: runnerLabel.describe('Group of runners.'),
    labels: z
      .union([runnerLabel, runnerLabels])
      .optional()
      .describe('Labels that the runner has too.'),
  }),
]);

export type RunnerSpec = ReadonlyInfer<typeof runner>;
export type RegistrySpec = ReadonlyInfer<typeof registry>;
export type CacheSpec = ReadonlyInfer<typeof cacheEntry>;
export type BuilderRouteSpec = ReadonlyInfer<typeof builderRoute>;
export type ReleaseSpec = ReadonlyInfer<typeof release>;
export type BudgetSpec = ReadonlyInfer<typeof budget>;
