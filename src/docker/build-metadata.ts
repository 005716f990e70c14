import {z} from 'zod';
import {err, ok, type Result} from '../model/result.ts';
import type {Descriptor} from '../ports/images.ts';
import {descriptor} from './descriptor.ts';

/** What buildx wrote to `--metadata-file`; what it did not tell is null. */
export interface BuildMetadata {
  /** Digest of the index or manifest. */
  readonly digest: string | null;
  readonly descriptor: Descriptor | null;
  readonly configDigest: string | null;
  /** Full references. */
  readonly names: readonly string[];
  /** `builder/node/id`, for `docker buildx history`. */
  readonly buildRef: string | null;
}

const document = z.object({
  'containerimage.digest': z.string().optional(),
  'containerimage.descriptor': descriptor.optional(),
  'containerimage.config.digest': z.string().optional(),
  'image.name': z.string().optional(),
  'buildx.build.ref': z.string().optional(),
});

/** Reads the document; the error is a sentence that says what is wrong with it. */
export function parseBuildMetadata(text: string): Result<BuildMetadata, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err('it is not JSON');
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    return err(`${where === '' ? '' : `${where}: `}${issue?.message ?? 'invalid'}`);
  }
  const {data} = parsed;
  return ok({
    digest: data['containerimage.digest'] ?? null,
    descriptor: data['containerimage.descriptor'] ?? null,
    configDigest: data['containerimage.config.digest'] ?? null,
    names: (data['image.name'] ?? '').split(',').filter((name) => name !== ''),
    buildRef: data['buildx.build.ref'] ?? null,
  });
}
