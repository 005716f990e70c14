import type {
  ImageSizes,
  InstructionReport,
  SizeReport,
  StageReport,
} from '../../../src/sizes/size-report.ts';

/** `sha256:` and 64 times this letter. */
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** An instruction and its layer, if it made one: twice as large when it is unpacked. */
export function made(
  line: number,
  text: string,
  compressed = 0,
  layer?: string,
): InstructionReport {
  const size = {compressed, unpacked: 2 * compressed};
  return {line, text, size, ...(layer === undefined ? {} : {layer: digestOf(layer)})};
}

/** Stages by their name, from the base up; a name in brackets is not shipped. */
export function image(
  stages: Readonly<Record<string, readonly InstructionReport[]>>,
  more: Partial<ImageSizes> & {readonly baseBytes?: number; readonly baseLayer?: string} = {},
): ImageSizes {
  const {baseBytes = 1000, baseLayer = '0', ...rest} = more;
  let compressed = baseBytes;
  const reports = Object.entries(stages).map(([written, instructions]): StageReport => {
    const shipped = !written.startsWith('(');
    const added = instructions.reduce((sum, {size}) => sum + (size.compressed ?? 0), 0);
    if (shipped) compressed += added;
    const total = shipped ? compressed : added;
    return {
      name: written.replaceAll(/[()]/g, ''),
      line: (instructions[0]?.line ?? 2) - 1,
      from: 'python:3.11-slim',
      shipped,
      added: {compressed: added, unpacked: 2 * added},
      total: {compressed: total, unpacked: 2 * total},
      instructions,
    };
  });
  return {
    target: 'face/cpu',
    platform: 'linux/amd64',
    digest: digestOf('1'),
    size: {compressed, unpacked: 2 * compressed},
    base: {
      from: 'python:3.11-slim',
      size: {compressed: baseBytes, unpacked: 2 * baseBytes},
      layers: [digestOf(baseLayer)],
    },
    stages: reports,
    unknown: [],
    cause: null,
    ...rest,
  };
}

export function report(...images: readonly ImageSizes[]): SizeReport {
  return {
    schema: 1,
    at: '2026-01-02T03:05:00.000Z',
    version: '1.2.3',
    commit: null,
    against: null,
    images,
  };
}
