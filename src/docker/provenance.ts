import {z} from 'zod';

import {err, ok, type Result} from '../model/result.ts';
import type {Descriptor, Images} from '../ports/images.ts';
import {descriptor} from './descriptor.ts';

/** What BuildKit's SLSA provenance tells of how an image was built. */
export interface Provenance {
  /** Text of the Dockerfile: only mode=max has it. */
  readonly dockerfile: string | null;
  /** Options of the Dockerfile frontend: `target`, `context:NAME`, with mode=max `build-arg:NAME`. */
  readonly options: Readonly<Record<string, string>>;
  /** False when options were left out: mode=min tells no build arguments. */
  readonly hasAllOptions: boolean;
  /** Images that the build read, the base image among them, each with the digest that it was then. */
  readonly images: readonly ProvenImage[];
}

export interface ProvenImage {
  /** As docker writes it, with its tag: `python:3.11-slim`. */
  readonly reference: string;
  readonly digest: string;
}

/** Annotation of the layers of an attestation manifest (BuildKit's docs/attestations/attestation-storage.md). */
const predicateTypeKey = 'in-toto.io/predicate-type';

const predicateTypes = ['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'];

const manifestDocument = z.object({layers: z.array(descriptor)});

/**
 * Reads the provenance in the attestation manifest that goes with an image; null when it holds none.
 * The error is a sentence.
 */
export async function readProvenance(
  images: Images,
  repository: string,
  attestation: Descriptor,
  signal?: AbortSignal,
): Promise<Result<Provenance | null, string>> {
  const stored = await images.manifest(repository, attestation.digest, signal);
  if (!stored.ok) return err(stored.error.message);
  const manifest = manifestDocument.safeParse(stored.value.json);
  if (!manifest.success) return err(`${attestation.digest} is not an attestation manifest`);
  const layer = manifest.data.layers.find(({annotations}) =>
    predicateTypes.includes(annotations?.[predicateTypeKey] ?? ''),
  );
  if (layer === undefined) return ok(null);
  const statement = await images.config(repository, layer.digest, signal);
  return statement.ok ? parseProvenance(statement.value) : err(statement.error.message);
}

const digests = z.object({sha256: z.string().optional()}).default({});
const materials = z.array(z.object({uri: z.string().default(''), digest: digests})).nullish();
const options = z.record(z.string(), z.string()).nullish();
const source = z
  .object({
    infos: z
      .array(z.object({language: z.string().default(''), data: z.string().default('')}))
      .nullish(),
  })
  .nullish();

/** solver/llbsolver/provenance/types/types.go: ProvenancePredicateSLSA02. */
const version02 = z.object({
  invocation: z.object({parameters: z.object({args: options}).nullish()}).nullish(),
  materials,
  metadata: z
    .object({
      completeness: z.object({parameters: z.boolean().default(false)}).nullish(),
      'https://mobyproject.org/buildkit@v1#metadata': z.object({source}).nullish(),
    })
    .nullish(),
});

/** The same: ProvenancePredicateSLSA1. */
const version1 = z.object({
  buildDefinition: z.object({
    externalParameters: z.object({request: z.object({args: options}).nullish()}).nullish(),
    resolvedDependencies: materials,
  }),
  runDetails: z
    .object({
      metadata: z
        .object({
          buildkit_completeness: z.object({request: z.boolean().default(false)}).nullish(),
          buildkit_metadata: z.object({source}).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

const statementDocument = z.object({predicateType: z.string(), predicate: z.unknown()});

/** Reads an in-toto statement with a provenance of either version. */
export function parseProvenance(statement: unknown): Result<Provenance, string> {
  const parsed = statementDocument.safeParse(statement);
  if (!parsed.success) return err('the provenance is not an in-toto statement');
  const facts = factsIn(parsed.data.predicateType, parsed.data.predicate);
  if (facts === null) return err('the provenance is not one that BuildKit writes');
  return ok({
    dockerfile: dockerfileIn(facts.source),
    options: facts.options ?? {},
    hasAllOptions: facts.isComplete,
    images: (facts.materials ?? []).flatMap((material) => imageOf(material) ?? []),
  });
}

interface Facts {
  readonly options: z.infer<typeof options>;
  readonly isComplete: boolean;
  readonly materials: z.infer<typeof materials>;
  readonly source: z.infer<typeof source>;
}

function factsIn(predicateType: string, predicate: unknown): Facts | null {
  if (predicateType === predicateTypes[0]) {
    const {data} = version02.safeParse(predicate);
    if (data === undefined) return null;
    return {
      options: data.invocation?.parameters?.args,
      isComplete: data.metadata?.completeness?.parameters === true,
      materials: data.materials,
      source: data.metadata?.['https://mobyproject.org/buildkit@v1#metadata']?.source,
    };
  }
  const {data} = version1.safeParse(predicate);
  if (predicateType !== predicateTypes[1] || data === undefined) return null;
  const {externalParameters, resolvedDependencies} = data.buildDefinition;
  const metadata = data.runDetails?.metadata;
  return {
    options: externalParameters?.request?.args,
    isComplete: metadata?.buildkit_completeness?.request === true,
    materials: resolvedDependencies,
    source: metadata?.buildkit_metadata?.source,
  };
}

/** The one file of its kind, as base64; null for none, and for several, of which one cannot be told. */
function dockerfileIn(found: z.infer<typeof source>): string | null {
  const files = new Set(
    (found?.infos ?? []).flatMap(({language, data}) => (language === 'Dockerfile' ? [data] : [])),
  );
  const [data, ...others] = files;
  return data === undefined || others.length > 0 ? null : Buffer.from(data, 'base64').toString();
}

/**
 * `pkg:docker/ghcr.io/org/app@1.2?platform=linux%2Famd64` (BuildKit's util/purl): an image by its tag, or
 * by a digest alone (`?digest=sha256:…`). null for what is no image of a registry.
 */
function imageOf({
  uri,
  digest,
}: {
  uri: string;
  digest: z.infer<typeof digests>;
}): ProvenImage | null {
  const match = /^pkg:docker\/([^@?#]+)(?:@([^?#]+))?/u.exec(uri);
  if (match?.[1] === undefined || digest.sha256 === undefined) return null;
  try {
    const [name, tag] = [match[1], match[2] ?? ''].map(decodeURIComponent);
    return {
      reference: tag === '' ? (name ?? '') : `${name ?? ''}:${tag ?? ''}`,
      digest: `sha256:${digest.sha256}`,
    };
  } catch {
    return null;
  }
}
