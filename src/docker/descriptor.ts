import {z} from 'zod';
import type {Descriptor} from '../ports/images.ts';

/** A content descriptor (opencontainers/image-spec descriptor.md), the parts that are used. */
export const descriptor = z
  .object({
    mediaType: z.string().default(''),
    digest: z.string(),
    size: z.int().nonnegative(),
    platform: z
      .object({os: z.string(), architecture: z.string(), variant: z.string().optional()})
      .optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  })
  .transform(({mediaType, digest, size, platform, annotations}): Descriptor => ({
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : {platform}),
    ...(annotations === undefined ? {} : {annotations}),
  }));
