import {z} from 'zod';

import type {FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Shard, Sharding} from '../plan/shards.ts';
import type {Descriptor} from '../ports/images.ts';
import type {GitFacts} from '../ports/git.ts';
import type {EngineFacts} from '../docker/engine-facts.ts';
import type {InstructionSize, StageSize} from '../docker/stage-sizes.ts';
import type {
  BuildRecord,
  LayerRecord,
  PlatformRecord,
  PublicationRecord,
  TargetRecord,
} from './build-record.ts';
import {budgetExceeded, failureSchema, type Covered} from './failure-codec.ts';
import {fileUnusable} from './file-attempt.ts';

const digest = z.string().regex(/^[a-z0-9]+:[0-9a-f]{32,}$/, 'expected a digest, `sha256:<hex>`');
const isoTime = z.iso.datetime();
const bytes = z.number().int().nonnegative();
const duration = z.number().nonnegative();

const git = z.object({
  commit: z.string(),
  branch: z.string().nullable(),
  tag: z.string().nullable(),
  dirty: z.boolean(),
  committedAt: z.string(),
  remote: z.string().nullable(),
}) satisfies z.ZodType<GitFacts>;

const engine = z.object({
  docker: z.string().nullable(),
  buildx: z.string().nullable(),
  builders: z.array(
    z.object({
      name: z.string(),
      driver: z.string(),
      nodes: z.array(
        z.object({
          name: z.string(),
          buildkit: z.string().nullable(),
          platforms: z.array(z.string()),
        }),
      ),
    }),
  ),
}) satisfies z.ZodType<EngineFacts>;

const descriptor = z.object({
  mediaType: z.string(),
  digest,
  size: bytes,
  platform: z
    .object({os: z.string(), architecture: z.string(), variant: z.string().optional()})
    .exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
}) satisfies z.ZodType<Descriptor>;

const layer = descriptor.extend({
  unpackedBytes: bytes.nullable().default(null),
}) satisfies z.ZodType<LayerRecord>;

const instruction = z.object({
  line: z.number().int().positive(),
  text: z.string(),
  addedBytes: bytes.nullable(),
  unpackedBytes: bytes.nullable(),
  layer: digest.nullable(),
}) satisfies z.ZodType<InstructionSize>;

const stage = z.object({
  name: z.string(),
  index: z.number().int().nonnegative(),
  line: z.number().int().positive(),
  from: z.string(),
  shipped: z.boolean(),
  addedBytes: bytes.nullable(),
  totalBytes: bytes.nullable(),
  addedUnpackedBytes: bytes.nullable().default(null),
  totalUnpackedBytes: bytes.nullable().default(null),
  layers: z.number().int().nonnegative().nullable(),
  instructions: z.array(instruction).default([]),
  unknownBecause: z.string().nullable().default(null),
  unpackedUnknownBecause: z.string().exactOptional(),
}) satisfies z.ZodType<StageSize>;

const platform = z
  .object({
    platform: z.string(),
    digest,
    config: descriptor,
    layers: z.array(layer),
    compressedBytes: bytes,
    unpackedBytes: bytes.nullable().default(null),
    unpackedUnknownBecause: z.string().nullable().default(null),
    stages: z.array(stage).nullable(),
    stagesUnknownBecause: z.string().nullable(),
  })
  // What does not add up was changed by hand, and would be shown as measured.
  .refine(({layers, compressedBytes}) => sumOf(layers.map(({size}) => size)) === compressedBytes, {
    message: 'the layers do not add up to `compressedBytes`',
  }) satisfies z.ZodType<PlatformRecord>;

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a + b, 0);
}

const output = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('push'),
    through: z.enum(['digest', 'store']).default('digest'),
    repositories: z.array(z.string()).default([]),
  }),
  z.object({kind: z.literal('load')}),
  z.object({kind: z.literal('oci'), folder: z.string()}),
]);

const target = z.object({
  id: z.string(),
  image: z.string(),
  name: z.string(),
  axes: z.record(z.string(), z.string()),
  dockerfile: z.string().exactOptional(),
  outcome: z.enum(['succeeded', 'unchanged', 'failed', 'aborted', 'unstarted', 'running']),
  builder: z.string().nullable(),
  output,
  tags: z.array(z.string()),
  startedAt: isoTime.nullable(),
  durationMs: duration,
  digest: digest.nullable(),
  platforms: z.array(platform),
  sizesUnknownBecause: z.string().exactOptional(),
  steps: z.object({total: bytes, cached: bytes}),
  why: z.array(z.string()).exactOptional(),
  logFile: z.string().nullable(),
  failure: failureSchema.nullable(),
}) satisfies z.ZodType<TargetRecord>;

const publication = z.object({
  of: z.string(),
  builds: z.array(z.string()),
  outcome: z.enum(['published', 'unchanged', 'failed', 'restored', 'held-back']),
  moves: z.array(
    z.object({reference: z.string(), before: digest.nullable(), after: digest.nullable()}),
  ),
  failure: failureSchema.nullable(),
}) satisfies z.ZodType<PublicationRecord>;

const shard = z.object({
  target: z.string(),
  platforms: z.array(z.string()),
}) satisfies z.ZodType<Shard>;

const sharding = z.object({
  fingerprint: z.string(),
  matrix: z.string(),
  shards: z.array(shard),
  publications: z.array(
    z.object({
      of: z.string(),
      isIndex: z.boolean(),
      repository: z.string(),
      references: z.array(z.string()),
      annotations: z.record(z.string(), z.string()),
      needs: z.array(shard),
    }),
  ),
}) satisfies z.ZodType<Sharding>;

const recordSchema = z.object({
  schema: z.literal(1),
  runId: z.string(),
  tool: z.string(),
  matrixFile: z.string(),
  planFingerprint: z.string(),
  git: git.nullable(),
  version: z.string(),
  engine,
  startedAt: isoTime,
  finishedAt: isoTime.nullable(),
  outcome: z.enum(['running', 'succeeded', 'failed', 'interrupted']),
  targets: z.array(target),
  sharding: sharding.exactOptional(),
  publications: z.array(publication).exactOptional(),
  exceeded: z.array(budgetExceeded).exactOptional(),
}) satisfies z.ZodType<BuildRecord>;

export type CoveredRecord = Covered<typeof recordSchema, BuildRecord>;

/** Text of a record, as `parseRecord` reads it. */
export function formatRecord(record: BuildRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Reads the text of a record. The failure names `path` and tells a newer schema, a file that was cut
 * short and a value that was changed by hand apart. Keys that this version does not know are dropped.
 */
export function parseRecord(path: string, text: string): Result<BuildRecord, FileUnusable> {
  const unusable = (message: string): Result<never, FileUnusable> =>
    err(fileUnusable(path, message));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unusable('not a record: the file is not JSON, or was cut short');
  }
  const version = z.object({schema: z.number().int().positive()}).safeParse(json);
  if (!version.success) return unusable('not a record: `schema` is missing');
  const {schema} = version.data;
  if (schema > recordSchema.shape.schema.value) {
    return unusable(
      `written by a newer build-matrix (schema ${schema}, this one reads 1): update build-matrix`,
    );
  }
  const record = recordSchema.safeParse(json);
  if (record.success) return ok(record.data);
  const [issue] = record.error.issues;
  return unusable(
    `not a valid record: ${z.core.toDotPath(issue?.path ?? [])}: ${issue?.message ?? 'unknown'}`,
  );
}
