import {z} from 'zod';

import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import type {BudgetExceeded, Failure} from '../events/failure.ts';
import {registryFailureKinds} from '../events/registry-failure-kind.ts';

const sourceRange = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  length: z.number(),
  text: z.string(),
}) satisfies z.ZodType<SourceRange>;

const diagnostic = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  range: sourceRange.exactOptional(),
  suggestion: z.string().exactOptional(),
  related: z.array(z.object({message: z.string(), range: sourceRange})).exactOptional(),
}) satisfies z.ZodType<Diagnostic>;

const excerptLine = z.object({line: z.number(), text: z.string(), failed: z.boolean()});

export const budgetExceeded = z.object({
  reason: z.literal('budget-exceeded'),
  target: z.string(),
  platform: z.string(),
  stage: z.string().exactOptional(),
  measure: z.enum(['compressed', 'unpacked', 'growth']),
  written: z.string(),
  limit: z.number(),
  actual: z.number(),
  against: z.string().exactOptional(),
  because: z.string().exactOptional(),
  range: sourceRange.exactOptional(),
}) satisfies z.ZodType<BudgetExceeded>;

/** Every failure, as a record holds it. */
export const failureSchema = z.discriminatedUnion('reason', [
  z.object({reason: z.literal('invalid-matrix'), diagnostics: z.array(diagnostic)}),
  z.object({reason: z.literal('registry-unusable'), diagnostics: z.array(diagnostic)}),
  z.object({reason: z.literal('invalid-usage'), message: z.string(), remedy: z.string()}),
  z.object({
    reason: z.literal('engine-unusable'),
    problem: z.enum([
      'docker-missing',
      'buildx-missing',
      'buildx-too-old',
      'daemon-unreachable',
      'builder-missing',
      'builder-unreachable',
      'builder-lacks-platform',
      'builder-lacks-output',
      'builder-lacks-output',
      'state-busy',
    ]),
    message: z.string(),
    remedy: z.string(),
  }),
  z.object({
    reason: z.literal('build-failed'),
    target: z.string(),
    message: z.string(),
    cause: z.enum(registryFailureKinds).exactOptional(),
    platform: z.string().exactOptional(),
    stage: z.string().exactOptional(),
    step: z.string().exactOptional(),
    range: sourceRange.exactOptional(),
    excerpt: z.array(excerptLine).exactOptional(),
    logTail: z.array(z.string()),
    logFile: z.string(),
    hint: z.string().exactOptional(),
  }),
  z.object({
    reason: z.literal('measure-failed'),
    target: z.string(),
    message: z.string(),
    remedy: z.string(),
  }),
  z.object({
    reason: z.literal('publish-failed'),
    of: z.string(),
    message: z.string(),
    cause: z.enum(registryFailureKinds).exactOptional(),
    remedy: z.string(),
  }),
  z.object({reason: z.literal('publish-refused'), message: z.string(), remedy: z.string()}),
  budgetExceeded,
  z.object({
    reason: z.literal('release-refused'),
    version: z.string(),
    problems: z.array(z.object({message: z.string(), remedy: z.string()})),
  }),
  z.object({
    reason: z.literal('release-stopped'),
    version: z.string(),
    problems: z.array(z.object({step: z.string(), message: z.string(), remedy: z.string()})),
    done: z.number(),
    of: z.number(),
  }),
  z.object({reason: z.literal('file-unusable'), path: z.string(), message: z.string()}),
  z.object({reason: z.literal('interrupted'), signal: z.enum(['SIGINT', 'SIGTERM'])}),
  z.object({
    reason: z.literal('unknown-error'),
    message: z.string(),
    stack: z.string().exactOptional(),
  }),
]) satisfies z.ZodType<Failure>;

type DeepReadonly<T> = {readonly [K in keyof T]: DeepReadonly<T[K]>};

/** A member of `Type` that its schema would refuse is a compile error where this is used. */
export type Covered<Schema extends z.ZodType, Type extends DeepReadonly<z.infer<Schema>>> = Type;
export type CoveredFailure = Covered<typeof failureSchema, Failure>;
