import {z} from 'zod';

import type {
  Finding,
  ImageContents,
  Place,
  SizedPath,
  StageContents,
  WhyReport,
} from './why-report.ts';

/** What `sizes --why --json` prints, for schema/why.schema.json; the types say what each key means. */

const bytes = z.number().int().nonnegative();
const origin = z.enum(['base', 'stage', 'unknown']);

const sizedPath = z.object({path: z.string(), bytes}) satisfies z.ZodType<SizedPath>;

const place = z.object({
  origin,
  stage: z.string().nullable(),
  line: z.number().int().positive().nullable(),
  instruction: z.string().nullable(),
}) satisfies z.ZodType<Place>;

const finding = z.object({
  kind: z.enum([
    'deleted-later',
    'overwritten-later',
    'copied-library',
    'apt-lists',
    'apt-archives',
    'rpm-cache',
    'apk-cache',
    'pip-cache',
    'conda-packages',
    'npm-cache',
    'build-cache',
    'bytecode',
    'static-libraries',
    'cuda-static-libraries',
    'package-tests',
    'git-folders',
    'core-dumps',
    'logs',
    'temporary-files',
    'root-home',
  ]),
  what: z.string(),
  bytes,
  files: bytes,
  path: z.string(),
  largest: z.array(sizedPath),
  place,
  madeBy: z.array(z.object({place, bytes})).exactOptional(),
  notTraced: z.string().exactOptional(),
  hiddenBy: place.exactOptional(),
  others: z.array(z.string()).exactOptional(),
  remedy: z.string(),
}) satisfies z.ZodType<Finding>;

const stageContents = z.object({
  origin,
  stage: z.string().nullable(),
  from: z.string().nullable(),
  bytes,
  files: bytes,
  directories: z.array(sizedPath),
  largestFiles: z.array(sizedPath),
}) satisfies z.ZodType<StageContents>;

const imageContents = z.object({
  target: z.string(),
  platform: z.string(),
  digest: z.string(),
  bytes,
  files: bytes,
  hiddenBytes: bytes,
  stagesUnknownBecause: z.string().nullable(),
  stages: z.array(stageContents),
  findings: z.array(finding),
}) satisfies z.ZodType<ImageContents>;

export const whyReportSchema = z.object({
  schema: z.literal(1),
  runId: z.string(),
  images: z.array(imageContents),
}) satisfies z.ZodType<WhyReport>;
