import {describe, expect, it} from 'vitest';

import {sizesText, type SizesTextParts} from '../../../src/render/sizes-text.ts';
import {textStyle} from '../../../src/render/text-style.ts';
import {textWidth} from '../../../src/render/text-width.ts';
import type {SizeReport} from '../../../src/sizes/size-report.ts';
import {digestOf} from '../records/sample-record.ts';
import {plainStyle} from './sample-run.ts';
import {sampleSizes, size} from './sample-sizes.ts';

const linesOf = (report: SizeReport, width: number, parts?: SizesTextParts): readonly string[] =>
  sizesText(report, plainStyle(), width, parts).split('\n');

const only = (target: string, rest: Partial<SizeReport> = {}): SizeReport => ({
  ...sampleSizes,
  images: sampleSizes.images.filter((image) => image.target === target),
  removed: [],
  ...rest,
});

describe('sizesText', () => {
  it('shows an image with its base, its stages and their instructions', () => {
    expect(linesOf(only('face-service/cuda'), 110, {instructions: true, bars: false})).toEqual([
      'Sizes of 1.5.0, commit 96e310a9c1b2, compared with v1.4.2',
      '',
      'TARGET, STAGE                                       COMPRESSED      ADDS  UNPACKED      ADDS            CHANGE',
      'face-service/cuda linux/amd64                           3.4 GB              8.2 GB            +71.1 MB (+2.1%)',
      '  ← cuda:12.4.1-cudnn-runtime-ubuntu22.04               1.4 GB              3.2 GB            +71.1 MB (+5.3%)',
      '  base                                                  1.6 GB   +212 MB    3.8 GB   +640 MB             +19 B',
      '    4 RUN apt-get update && apt-get install -y py…               +212 MB             +640 MB             +19 B',
      '  deps                                                  3.4 GB   +1.8 GB    8.2 GB   +4.4 GB              same',
      '    10 RUN pip install -r requirements-cuda.txt                  +1.8 GB             +4.4 GB              same',
      '  runtime                                               3.4 GB  +31.1 MB    8.2 GB  +33.7 MB            +281 B',
      '    21 COPY models/ /models/                                    +31.0 MB            +33.6 MB              same',
      '    22 COPY app/ /app/                                          +48.2 kB             +161 kB    +281 B (+0.6%)',
      '  builder (not shipped)                                 2.3 GB   +702 MB    5.7 GB   +1.9 GB             +19 B',
      '    13 RUN apt-get install -y cuda-nvcc-12-4 && m…               +702 MB             +1.9 GB             +19 B',
      '',
      '← face-service/cuda (linux/amd64): base image changed: nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04 grew by 71.1 MB',
    ]);
  });

  it('marks what is unknown, new and gone, and says why it is unknown', () => {
    expect(linesOf(only('face-service/jetson'), 80, {bars: false}).slice(3)).toEqual([
      'face-service/jetson linux/arm…      6.0 GB                   ?           -1.9 MB',
      '  ← l4t-pytorch:r35.2.1-pth2.…      5.4 GB                   ?              same',
      '  deps                              6.0 GB   +561 MB         ?  -40.0 MB (-6.7%)',
      '  tensorrt-plans                    6.0 GB  +38.1 MB         ?               new',
      '  runtime                           6.0 GB  +48.2 kB         ?    +281 B (+0.6%)',
      '  test (not shipped)                     ?         ?         ?                 ?',
      '  onnx (gone)                                                    -412 MB (-100%)',
      '',
      '← face-service/jetson (linux/arm64): stage tensorrt-plans is new (38.1 MB); requirements.txt changed (-40.0 MB)',
      '',
      '? face-service/jetson (linux/arm64): Unpacked sizes: the image was loaded into docker, which does not keep its layers',
      '? face-service/jetson (linux/arm64): Stage test: the builder could not export it: context deadline exceeded',
    ]);
  });

  it('draws where each stage starts and ends', () => {
    const lines = linesOf(only('face-service/cuda'), 70);
    expect(lines.slice(-8)).toEqual([
      'face-service/cuda linux/amd64  3.4 GB',
      '  cuda:12.4.1-cudnn-runtime-u…  ░░░░░░░░░░░░                    1.4 GB',
      '  base                                      █▊                 +212 MB',
      '  deps                                       ██████████████▌   +1.8 GB',
      '  runtime                                                  ▎  +31.1 MB',
      '  builder                                    ▒▒▒▒▒▒            +702 MB',
      '',
      '░ base image  █ stage  ▒ not shipped  (compressed)',
    ]);
  });

  it('fits narrow terminals', () => {
    for (const width of [60, 72, 80, 100, 200]) {
      const lines = linesOf({...sampleSizes, images: sampleSizes.images.map(quiet)}, width);
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
      expect(lines.join('\n')).toContain('+71.1 MB');
    }
  });

  it('has no change where nothing is compared', () => {
    const [image] = sampleSizes.images;
    const alone = {...image!, size: size(1000, null), stages: [], base: null, cause: null};
    expect(linesOf({...sampleSizes, against: null, images: [alone], removed: []}, 80)).toEqual([
      'Sizes of 1.5.0, commit 96e310a9c1b2',
      '',
      'TARGET, STAGE                 COMPRESSED  UNPACKED',
      'face-service/cpu linux/amd64      1.0 kB         ?',
    ]);
  });

  it('shows the history of an image whose stages cannot be told', () => {
    const instructions = [
      {line: 0, text: 'ADD rootfs.tar /', size: size(5_000_000, 9_000_000)},
      {line: 0, text: 'ENV A=1', size: size(0, 0)},
    ];
    const image = {
      ...{target: 'a/b', platform: 'linux/amd64', digest: digestOf('a'), base: null, stages: []},
      ...{size: size(5_000_000, 9_000_000), instructions, cause: null},
      unknown: ['Stages: there is no provenance'],
    };
    const report = {...sampleSizes, against: null, images: [image], removed: []};
    expect(linesOf(report, 80).slice(2)).toEqual([
      'TARGET, STAGE         COMPRESSED     ADDS  UNPACKED     ADDS',
      'a/b linux/amd64           5.0 MB             9.0 MB',
      '    ADD rootfs.tar /              +5.0 MB            +9.0 MB',
      '',
      '? a/b (linux/amd64): Stages: there is no provenance',
    ]);
  });

  it('uses ASCII where there is nothing else, and colours only when asked', () => {
    const ascii = textStyle({colour: false, unicode: false, columns: 80});
    expect(sizesText(sampleSizes, ascii, 80)).toMatch(/^[\n -~]*$/);
    const colour = textStyle({colour: true, unicode: true, columns: 80});
    expect(sizesText(sampleSizes, colour, 80)).toContain('\u001b[33m+13.1 MB (+7.2%)');
  });

  it('shows what a terminal would obey instead of sending it', () => {
    const [image] = sampleSizes.images;
    const evil = {...image!, target: 'a\u001b[2J', unknown: ['b\u001b[3J'], cause: 'c\u001b[4J'};
    const text = sizesText(
      {...sampleSizes, version: '\u001b[5J', images: [evil]},
      plainStyle(),
      99,
    );
    expect(text).not.toContain('\u001b');
    for (const number of [2, 3, 4, 5]) expect(text).toContain(`\\u{1b}[${number}J`);
  });

  it('says that there is nothing', () => {
    expect(linesOf({...sampleSizes, images: [], removed: []}, 80)[2]).toBe(
      'No image was measured.',
    );
  });
});

/** Sentences may be longer than the terminal is wide: it breaks them. */
const quiet = (image: SizeReport['images'][number]) => ({...image, unknown: [], cause: null});
