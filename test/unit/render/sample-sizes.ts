import type {SizeHistory, TrendPoint} from '../../../src/sizes/history.ts';
import type {
  ImageSizes,
  InstructionReport,
  Measured,
  SizeReport,
  StageReport,
} from '../../../src/sizes/size-report.ts';
import type {ImageContents, SizedPath, WhyReport} from '../../../src/sizes/why-report.ts';
import {digestOf} from '../records/sample-record.ts';

/** Sizes now and, with two numbers more, before. */
export const size = (
  compressed: number | null,
  unpacked: number | null,
  before?: readonly [number | null, number | null] | null,
): Measured => ({
  compressed,
  unpacked,
  ...(before === undefined
    ? {}
    : {before: before === null ? null : {compressed: before[0], unpacked: before[1]}}),
});

const run = (line: number, text: string, measured: Measured): InstructionReport => ({
  line,
  text,
  size: measured,
});

/** `[name, line of FROM, what it starts from, added, instructions, shipped?]` */
type StageFacts = readonly [
  name: string,
  line: number,
  from: string,
  instructions: readonly InstructionReport[],
  shipped?: false,
];

/** An image whose stages add up: every shipped stage starts where the one before it ended. */
function imageOf(
  target: string,
  platform: string,
  base: {readonly from: string; readonly size: Measured},
  stages: readonly StageFacts[],
  rest: Partial<ImageSizes> = {},
): ImageSizes {
  const ends = new Map<string, Measured>([[base.from, base.size]]);
  const reports = stages.map(([name, line, from, instructions, shipped = true]): StageReport => {
    const added = instructions.map((each) => each.size).reduce(plus, size(0, 0, [0, 0]));
    const total = plus(ends.get(from) ?? size(0, 0, [0, 0]), added);
    ends.set(name, total);
    return {name, line, from, shipped, added, total, instructions};
  });
  const last = reports.findLast((stage) => stage.shipped);
  return {
    target,
    platform,
    digest: digestOf('a'),
    size: last?.total ?? base.size,
    base,
    stages: reports,
    unknown: [],
    cause: null,
    ...rest,
  };
}

function plus(a: Measured, b: Measured): Measured {
  const add = (x: number | null | undefined, y: number | null | undefined): number | null =>
    typeof x === 'number' && typeof y === 'number' ? x + y : null;
  return size(add(a.compressed, b.compressed), add(a.unpacked, b.unpacked), [
    add(a.before?.compressed, b.before?.compressed),
    add(a.before?.unpacked, b.before?.unpacked),
  ]);
}

const python = 'docker.io/library/python:3.12-slim@sha256:0123456789abcdef';
const cudaBase = 'nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04';
const jetsonBase = 'nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3';

const cpu = (platform: string, scale: number): ImageSizes => {
  const n = (bytes: number): number => Math.round(bytes * scale);
  return imageOf(
    'face-service/cpu',
    platform,
    {from: python, size: size(n(46_234_567), n(124_811_264), [n(46_234_567), n(124_811_264)])},
    [
      [
        'base',
        3,
        python,
        [
          run(
            4,
            'RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 && rm -rf /var/lib/apt/lists/*',
            size(n(19_822_113), n(61_210_112), [n(19_822_090), n(61_210_112)]),
          ),
        ],
      ],
      [
        'deps',
        8,
        'base',
        [
          run(9, 'COPY requirements.txt ./', size(412, 2_560, [398, 2_560])),
          run(
            10,
            'RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt',
            size(n(97_114_552), n(388_612_608), [n(84_031_207), n(341_114_880)]),
          ),
        ],
      ],
      [
        'runtime',
        20,
        'deps',
        [
          run(
            21,
            'COPY models/ /models/',
            size(n(31_002_118), n(33_554_432), [n(31_002_118), n(33_554_432)]),
          ),
          run(22, 'COPY app/ /app/', size(48_211, 161_280, [47_930, 160_768])),
          run(23, 'ENV PYTHONUNBUFFERED=1', size(0, 0, [0, 0])),
        ],
      ],
      [
        'test',
        13,
        'deps',
        [
          run(
            14,
            'RUN pip install pytest && pytest -q',
            size(n(6_300_112), n(24_100_352), [n(6_300_100), n(24_100_352)]),
          ),
        ],
        false,
      ],
    ],
    {
      cause:
        'requirements changed (requirements.txt): `pip install` of stage deps (line 10) grew by 13.1 MB',
    },
  );
};

const cuda = imageOf(
  'face-service/cuda',
  'linux/amd64',
  {from: cudaBase, size: size(1_402_118_233, 3_160_440_832, [1_331_002_118, 2_990_440_832])},
  [
    [
      'base',
      3,
      cudaBase,
      [
        run(
          4,
          'RUN apt-get update && apt-get install -y python3-pip libgl1',
          size(212_441_090, 640_221_184, [212_441_071, 640_221_184]),
        ),
      ],
    ],
    [
      'deps',
      8,
      'base',
      [
        run(
          10,
          'RUN pip install -r requirements-cuda.txt',
          size(1_761_114_552, 4_388_612_608, [1_761_114_552, 4_388_612_608]),
        ),
      ],
    ],
    [
      'runtime',
      20,
      'deps',
      [
        run(21, 'COPY models/ /models/', size(31_002_118, 33_554_432, [31_002_118, 33_554_432])),
        run(22, 'COPY app/ /app/', size(48_211, 161_280, [47_930, 160_768])),
      ],
    ],
    [
      'builder',
      12,
      'base',
      [
        run(
          13,
          'RUN apt-get install -y cuda-nvcc-12-4 && make -C kernels',
          size(702_441_090, 1_940_221_184, [702_441_071, 1_940_221_184]),
        ),
      ],
      false,
    ],
  ],
  {cause: 'base image changed: nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04 grew by 71.1 MB'},
);

/** Compressed only, one stage unknown, one new and one gone. */
const jetson = ((): ImageSizes => {
  const image = imageOf(
    'face-service/jetson',
    'linux/arm64',
    {from: jetsonBase, size: size(5_402_118_233, null, [5_402_118_233, null])},
    [
      [
        'deps',
        8,
        jetsonBase,
        [
          run(
            10,
            'RUN pip3 install -r requirements.txt',
            size(561_114_552, null, [601_114_552, null]),
          ),
        ],
      ],
      ['runtime', 20, 'deps', [run(22, 'COPY app/ /app/', size(48_211, null, [47_930, null]))]],
    ],
  );
  const [deps, runtime] = image.stages as readonly [StageReport, StageReport];
  const unmeasured: StageReport = {
    ...{name: 'test', line: 13, from: 'deps', shipped: false, instructions: []},
    added: size(null, null, [9_112_440, null]),
    total: size(null, null, [6_012_345_225, null]),
  };
  const plans: StageReport = {
    ...{name: 'tensorrt-plans', line: 16, from: 'deps', shipped: true},
    added: size(38_110_222, null, null),
    total: size(6_001_343_007, null, null),
    instructions: [
      run(17, 'COPY --from=plans /opt/plans /opt/plans', size(38_110_222, null, null)),
    ],
  };
  const total = size(6_001_391_218, null, [6_003_280_715, null]);
  return {
    ...image,
    size: total,
    stages: [deps, plans, {...runtime, from: 'tensorrt-plans', total}, unmeasured],
    removed: [
      {
        ...{name: 'onnx', line: 15, from: 'deps', shipped: false},
        added: size(0, 0, [412_000_111, null]),
        total: size(0, 0, [6_415_232_896, null]),
        instructions: [],
      },
    ],
    unknown: [
      'Unpacked sizes: the image was loaded into docker, which does not keep its layers',
      'Stage test: the builder could not export it: context deadline exceeded',
    ],
    cause: 'stage tensorrt-plans is new (38.1 MB); requirements.txt changed (-40.0 MB)',
  };
})();

/** Three targets as they are in practice, compared with the release before. */
export const sampleSizes: SizeReport = {
  schema: 1,
  at: '2026-11-24T10:40:11.000Z',
  version: '1.5.0',
  commit: '96e310a9c1b24d5587ac0f9d2c64d0f9a81e7b30',
  against: 'v1.4.2',
  images: [cpu('linux/amd64', 1), cpu('linux/arm64', 0.946), cuda, jetson],
  removed: ['face-service/jetson (linux/arm/v7)'],
};

const paths = (...items: readonly (readonly [string, number])[]): readonly SizedPath[] =>
  items.map(([path, bytes]) => ({path, bytes}));

const cudaContents: ImageContents = {
  target: 'face-service/cuda',
  platform: 'linux/amd64',
  digest: digestOf('a'),
  bytes: 8_190_000_000,
  files: 61_204,
  hiddenBytes: 214_000_000,
  stagesUnknownBecause: null,
  stages: [
    {
      ...{origin: 'base', stage: null, from: cudaBase, bytes: 3_140_000_000, files: 9_411},
      directories: paths(
        ['/usr', 2_900_000_000],
        ['/usr/local/cuda-12.4', 1_710_000_000],
        ['/usr/local/cuda-12.4/targets/x86_64-linux/lib', 1_690_000_000],
        ['/usr/lib/x86_64-linux-gnu', 1_080_000_000],
        ['/usr/share', 61_000_000],
        ['/var/lib/apt', 48_000_000],
      ),
      largestFiles: paths(
        ['/usr/lib/x86_64-linux-gnu/libcudnn_engines_precompiled.so.9.1.0', 560_000_000],
        ['/usr/local/cuda-12.4/targets/x86_64-linux/lib/libcublasLt.so.12.4.5.8', 440_000_000],
        ['/usr/local/cuda-12.4/targets/x86_64-linux/lib/libcusparse.so.12.3.1', 265_000_000],
      ),
    },
    {
      ...{origin: 'stage', stage: 'base', from: cudaBase, bytes: 630_000_000, files: 8_020},
      directories: paths(['/usr/lib', 510_000_000], ['/var/lib/apt/lists', 49_000_000]),
      largestFiles: paths(['/usr/lib/x86_64-linux-gnu/libLLVM-15.so.1', 112_000_000]),
    },
    {
      ...{origin: 'stage', stage: 'deps', from: 'base', bytes: 4_380_000_000, files: 43_600},
      directories: paths(
        ['/usr/local/lib/python3.10/dist-packages', 4_310_000_000],
        ['/usr/local/lib/python3.10/dist-packages/nvidia', 2_480_000_000],
        ['/usr/local/lib/python3.10/dist-packages/torch', 1_480_000_000],
        ['/usr/local/lib/python3.10/dist-packages/torch/lib', 1_360_000_000],
        ['/usr/local/lib/python3.10/dist-packages/cv2', 128_000_000],
        ['/root/.cache/pip', 61_000_000],
      ),
      largestFiles: paths(
        ['/usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so', 870_000_000],
        ['/usr/local/lib/python3.10/dist-packages/nvidia/cudnn/lib/libcudnn_adv.so.9', 240_000_000],
      ),
    },
    {
      ...{origin: 'stage', stage: 'runtime', from: 'deps', bytes: 33_700_000, files: 173},
      directories: paths(['/models', 33_500_000]),
      largestFiles: paths(['/models/face-<detector>&"v2".onnx', 29_000_000]),
    },
  ],
  findings: [
    {
      kind: 'copied-library',
      what: 'two copies of a library',
      bytes: 560_000_000,
      files: 1,
      path: '/usr/local/lib/python3.10/dist-packages/nvidia/cudnn/lib/libcudnn_engines_precompiled.so.9',
      largest: [],
      place: {
        ...{origin: 'stage', stage: 'deps', line: 10},
        instruction: 'RUN pip install -r requirements-cuda.txt',
      },
      others: ['/usr/lib/x86_64-linux-gnu/libcudnn_engines_precompiled.so.9.1.0'],
      remedy: 'Start from the base image without cuDNN, or install torch without its own.',
    },
    {
      kind: 'apt-lists',
      what: 'package lists of apt',
      bytes: 49_000_000,
      files: 31,
      path: '/var/lib/apt/lists',
      largest: [],
      place: {
        ...{origin: 'stage', stage: 'base', line: 4},
        instruction: 'RUN apt-get update && apt-get install -y python3-pip libgl1',
      },
      remedy: 'Mount a cache at /var/lib/apt in the instruction.',
    },
  ],
};

export const sampleWhy: WhyReport = {
  schema: 1,
  runId: '20261124-104011-0001',
  images: [cudaContents],
};

const trend = (target: string, platform: string, sizes: readonly number[]) => ({
  target,
  platform,
  points: sizes.map((compressed, index): TrendPoint => ({
    at: `2026-${String(index + 4).padStart(2, '0')}-03T09:00:00.000Z`,
    runId: `2026${String(index + 4).padStart(2, '0')}03-090000-0001`,
    version: `1.${String(Math.floor(index / 2))}.${String(index % 2)}`,
    commit: null,
    dirty: false,
    digest: digestOf('a'),
    compressed,
    unpacked: null,
  })),
});

export const sampleHistory: SizeHistory = {
  schema: 1,
  trends: [
    trend(
      'face-service/cpu',
      'linux/amd64',
      [152e6, 155e6, 171e6, 170e6, 180e6, 181e6, 181_139_124, 194_222_773],
    ),
    trend(
      'face-service/cpu',
      'linux/arm64',
      [141e6, 147e6, 160e6, 162e6, 171e6, 171e6, 171_360_000, 183_734_000],
    ),
    trend(
      'face-service/cuda',
      'linux/amd64',
      [2.9e9, 2.95e9, 3.1e9, 3.3e9, 3.28e9, 3.3e9, 3_335_607_742, 3_406_724_204],
    ),
    trend(
      'face-service/jetson',
      'linux/arm64',
      [5.6e9, 5.6e9, 5.8e9, 5.81e9, 5.9e9, 6.0e9, 6_003_280_715, 6_001_391_218],
    ),
  ],
  unknown: [],
};
