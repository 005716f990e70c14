import {z} from 'zod';

import type {SizeReport} from '../src/sizes/size-report.ts';

/**
 * The published schema of `build-matrix sizes --json`. The command makes reports and never reads
 * them, so this is no part of it; the compiler checks that the schema and the type are the same.
 */
const bytes = z.int().nullable().describe('Bytes; null is not known, and never zero.');

const pair = z.strictObject({compressed: bytes, unpacked: bytes});

const measured = z
  .strictObject({
    compressed: bytes,
    unpacked: bytes,
    before: pair
      .nullable()
      .optional()
      .describe(
        'The same before: absent when nothing is compared, null when it was not there or is not known.',
      ),
  })
  .meta({
    id: 'measured',
    description:
      'Compressed: what a pull moves. Unpacked: the tar archives of the layers, which a device unpacks.',
  });

const instruction = z
  .strictObject({
    line: z.int().min(0).describe('Line in the Dockerfile from 1; 0 where it is not known.'),
    text: z.string().describe('As written, on one line.'),
    size: measured,
    layer: z
      .string()
      .optional()
      .describe('Digest of its layer; absent when it made none or it is not known.'),
  })
  .meta({id: 'instruction'});

const stage = z
  .strictObject({
    name: z.string(),
    line: z.int().min(0).describe('Line of its FROM, from 1.'),
    from: z.string().describe('What it starts from: a stage, an image, or another target.'),
    shipped: z.boolean().describe('False for a stage beside the chain that ends in the image.'),
    added: measured.describe('What the stage adds to what it starts from.'),
    total: measured.describe('All up to the end of the stage, with the base image.'),
    instructions: z.array(instruction),
    removed: z
      .array(instruction)
      .optional()
      .describe('Instructions that were there before and are gone: their size is 0.'),
  })
  .meta({id: 'stage'});

const image = z
  .strictObject({
    target: z.string().describe('IMAGE/NAME.'),
    platform: z.string().describe('Such as linux/arm64.'),
    digest: z.string().describe("Digest of the platform's manifest."),
    size: measured,
    base: z
      .strictObject({
        from: z.string().describe('As in the Dockerfile after expansion; scratch has 0 bytes.'),
        size: measured,
        layers: z
          .array(z.string())
          .optional()
          .describe('Digests of its layers; absent when they are not known.'),
      })
      .nullable()
      .describe('The part that comes from the base image; null when that cannot be told.'),
    stages: z
      .array(stage)
      .describe('Every stage of the Dockerfile in order; empty when they cannot be told.'),
    instructions: z
      .array(instruction)
      .optional()
      .describe("Where the stages cannot be told: what made each layer, by the image's history."),
    unknown: z.array(z.string()).describe('Sentences that say what is not known, and why.'),
    cause: z
      .string()
      .nullable()
      .describe('The most probable cause of a change; null when nothing changed or is compared.'),
    toldBy: z
      .string()
      .optional()
      .describe('What told the stages of an image of a registry; absent for a recorded one.'),
    beforeToldBy: z.string().optional().describe('The same of what it is compared with.'),
    removed: z
      .array(stage)
      .optional()
      .describe('Stages that were there before and are gone: their size is 0.'),
  })
  .meta({id: 'image', description: 'One platform of one target.'});

const budget = z
  .strictObject({
    target: z.string().describe('IMAGE/NAME.'),
    platform: z.string(),
    stage: z
      .string()
      .nullable()
      .describe('The stage whose additions are limited; null for the whole image.'),
    measure: z
      .enum(['compressed', 'unpacked', 'growth'])
      .describe('`growth` is that of the compressed size.'),
    written: z.string().describe('As in matrix.yml: `3.5GB`, `5%`.'),
    limit: bytes.describe('The most that is allowed, in bytes; null when it is not known.'),
    actual: bytes.describe('Bytes that it has, or for `growth` has more than before.'),
    unknownBecause: z.string().nullable(),
  })
  .meta({id: 'budget'});

export const sizeReportSchema = z.strictObject({
  schema: z.literal(1),
  at: z.string().describe('ISO 8601, UTC: when the images were made.'),
  version: z.string().describe('Version of the run.'),
  commit: z.string().nullable(),
  against: z
    .string()
    .nullable()
    .describe('What the sizes are compared with, in words; null when with nothing.'),
  images: z.array(image),
  unknown: z
    .array(z.string())
    .optional()
    .describe('Sentences about targets of which nothing is known, and about the comparison.'),
  removed: z
    .array(z.string())
    .optional()
    .describe('IMAGE/NAME (PLATFORM) of what the earlier sizes have and these have not.'),
  budgets: z
    .array(budget)
    .optional()
    .describe('Limits of matrix.yml with what the images have; absent when there are none.'),
});

type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? {-readonly [Key in keyof T]: Exclude<Plain<T[Key]>, undefined>}
    : T;
/** Without it a key that may be absent could be missing in one of the two. */
type Whole<T> = T extends readonly (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? {[Key in keyof T]-?: Whole<T[Key]>}
    : T;
type Fits<A, B> = [A, Whole<A>] extends [B, Whole<B>] ? true : never;
type Same<A, B> = Fits<A, B> & Fits<B, A>;

/** A compile error when the schema and the type differ. */
export const isTheType: Same<Plain<z.infer<typeof sizeReportSchema>>, Plain<SizeReport>> = true;

/** Draft 2020-12. Keys may be added in later versions, so others than these are allowed. */
export function sizeReportJsonSchema(): object {
  return {
    ...z.toJSONSchema(sizeReportSchema, {
      override: ({jsonSchema}) => {
        delete jsonSchema.additionalProperties;
      },
    }),
    title: 'Sizes of images, as build-matrix sizes --json prints them',
  };
}
