import {z} from 'zod';

import {maskCredentials} from '../model/url-credentials.ts';

/** Holds instructions as the Dockerfile has them: they may name URLs with a password. */
const instructionText = z.string().default('').transform(maskCredentials);

/**
 * One line of `docker buildx build --progress=rawjson`: BuildKit's SolveStatus as Go's encoding/json
 * writes it (moby/buildkit client/graph.go). Byte slices are base64, times RFC 3339 with nanoseconds.
 * Only what is used is described; whatever else a newer BuildKit adds is passed over.
 */
const vertex = z.object({
  digest: z.string(),
  name: instructionText,
  started: z.string().nullish(),
  completed: z.string().nullish(),
  cached: z.boolean().default(false),
  error: instructionText,
  /** Digests of the vertexes whose results it takes. */
  inputs: z.array(z.string()).nullish(),
  /** Several vertexes that are one instruction: the copy and the merge of `COPY --link`. */
  progressGroup: z
    .object({id: z.string(), name: instructionText, weak: z.boolean().default(false)})
    .nullish(),
});

const status = z.object({
  id: z.string(),
  vertex: z.string(),
  total: z.number().default(0),
  current: z.number().default(0),
  completed: z.string().nullish(),
});

const log = z.object({
  vertex: z.string(),
  /** 1 is stdout, 2 stderr. */
  stream: z.number().default(1),
  data: z.string().nullish(),
});

const position = z.object({line: z.number().default(0)});

const warning = z.object({
  vertex: z.string().default(''),
  short: z.string().default(''),
  detail: z.array(z.string()).nullish(),
  url: z.string().default(''),
  sourceInfo: z.object({data: z.string().default('')}).nullish(),
  range: z.array(z.object({start: position.nullish()})).nullish(),
});

const solveStatus = z.object({
  vertexes: z.array(vertex).nullish(),
  statuses: z.array(status).nullish(),
  logs: z.array(log).nullish(),
  warnings: z.array(warning).nullish(),
});

export type SolveStatus = z.infer<typeof solveStatus>;
export type Vertex = z.infer<typeof vertex>;
export type VertexStatus = z.infer<typeof status>;
export type VertexLog = z.infer<typeof log>;
export type VertexWarning = z.infer<typeof warning>;

const knownKeys = Object.keys(solveStatus.shape);

/** The status that `line` holds, or undefined when it is some other text. */
export function parseSolveStatus(line: string): SolveStatus | undefined {
  if (!line.startsWith('{')) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = solveStatus.safeParse(json);
  if (!parsed.success) return undefined;
  const keys = Object.keys(json as object);
  // `{}` is an empty status; an object with none of the keys is somebody else's JSON.
  return keys.length === 0 || keys.some((key) => knownKeys.includes(key)) ? parsed.data : undefined;
}
