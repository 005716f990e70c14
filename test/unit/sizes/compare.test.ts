import {describe, expect, test} from 'vitest';

import {compare} from '../../../src/sizes/compare.ts';
import type {ImageSizes} from '../../../src/sizes/size-report.ts';
import {digestOf, image, made, report} from './sample-images.ts';

const copyRequirements = (layer: string) => made(3, 'COPY requirements.txt .', 10, layer);
const install = (bytes: number, layer: string) =>
  made(4, 'RUN pip install -r requirements.txt', bytes, layer);
const before = image(
  {runtime: [copyRequirements('a'), install(500, 'b'), made(5, 'COPY . .', 40, 'c')]},
  {digest: digestOf('9')},
);
const causeOf = (now: ImageSizes, earlier = before) =>
  compare(report(now), report(earlier), 'v1').images[0]?.cause;

test('what was not measured this time is not gone', () => {
  const now = report(image({}, {target: 'face/other'}));
  const of = (...unknown: readonly string[]) =>
    compare({...now, unknown}, report(before), 'v1').removed;
  expect(of()).toEqual(['face/cpu (linux/amd64)']);
  expect(of('Sizes of face/cpu: its build failed')).toBeUndefined();
  expect(of('Sizes of face/cpu@linux-amd64: its build was stopped')).toBeUndefined();
  expect(of('Sizes of face/cpu-slim: its build failed')).toHaveLength(1);
});

test('a stage of which nothing was known before has no new lines, and is no cause', () => {
  const now = image({
    test: [made(2, 'RUN test', 7, 'e')],
    runtime: [made(4, 'COPY --from=test /a /a', 9, 'd')],
  });
  const beside = now.stages.map((stage) => ({...stage, shipped: stage.name !== 'test'}));
  const earlier = beside.map((stage) => {
    const size = {compressed: stage.shipped ? 5 : null, unpacked: null};
    const instructions = stage.instructions.map((one) => ({...one, layer: digestOf('f'), size}));
    return {...stage, added: size, total: size, instructions: stage.shipped ? instructions : []};
  });
  const then = {...now, digest: digestOf('9'), stages: earlier};
  const [compared] = compare(report({...now, stages: beside}), report(then), 'v1').images;
  expect(compared?.stages[0]).toMatchObject({
    added: {before: {compressed: null}},
    instructions: [{size: {compressed: 7, before: {compressed: null, unpacked: null}}}],
  });
  expect(compared?.cause).toBe('Line 4 (COPY --from=test /a /a) changed (+4 B)');
});

describe('before', () => {
  test('images, stages and instructions find themselves again', () => {
    const now = image({
      runtime: [copyRequirements('a'), made(4, 'RUN x', 7, 'x'), install(600, 'd')],
    });
    const compared = compare(report(now), report(before), 'v1');
    expect(compared).toMatchObject({
      against: 'v1',
      images: [
        {
          size: {compressed: 1617, before: {compressed: 1550, unpacked: 3100}},
          base: {size: {before: {compressed: 1000, unpacked: 2000}}},
          stages: [
            {
              added: {before: {compressed: 550, unpacked: 1100}},
              total: {before: {compressed: 1550, unpacked: 3100}},
              instructions: [
                {size: {before: {compressed: 10, unpacked: 20}}},
                {size: {before: null}},
                {size: {before: {compressed: 500, unpacked: 1000}}},
              ],
              removed: [
                {
                  text: 'COPY . .',
                  size: {compressed: 0, unpacked: 0, before: {compressed: 40, unpacked: 80}},
                },
              ],
            },
          ],
        },
      ],
    });
    expect(compared).not.toHaveProperty('removed');
  });

  test('an image that was not there, one that is gone, and a stage that is gone', () => {
    const now = image({test: []}, {platform: 'linux/arm64'});
    const other = image({runtime: [], test: []}, {platform: 'linux/arm64', digest: digestOf('8')});
    const compared = compare(
      report(now, image({})),
      report(other, {...before, target: 'face/old'}),
      'v1',
    );
    expect(compared.removed).toEqual(['face/old (linux/amd64)']);
    expect(compared.images[0]?.removed?.map(({name}) => name)).toEqual(['runtime']);
    expect(compared.images[1]).toMatchObject({
      size: {before: null},
      unknown: ['Before (v1): there is no such image'],
      cause: null,
    });
  });

  test('where only the history is known, its instructions are compared without stages', () => {
    const earlier = {
      ...before,
      base: null,
      stages: [],
      unknown: ['stages are not known'],
      instructions: [made(0, 'ADD file:1 in /', 1000, '0'), install(300, 'z')],
    };
    const compared = compare(report(before), report({...earlier, digest: digestOf('8')}), 'v1');
    expect(compared.images[0]).toMatchObject({
      base: {size: {before: null}},
      stages: [
        {
          added: {before: null},
          instructions: [
            {size: {before: null}},
            {size: {before: {compressed: 300, unpacked: 600}}},
            {size: {before: null}},
          ],
        },
      ],
      unknown: ['Before (v1): stages are not known'],
      cause: 'Line 4 (RUN pip install -r requirements.txt) changed (+200 B)',
    });
  });
});

describe('the cause', () => {
  test('nothing when the image is the same, or nothing has another size or layer', () => {
    expect(causeOf({...before})).toBeNull();
    expect(causeOf({...before, digest: digestOf('1')})).toBeNull();
  });

  test('the base image', () => {
    const stages = {runtime: before.stages[0]?.instructions ?? []};
    expect(causeOf(image(stages, {baseBytes: 3_001_000, baseLayer: 'f'}))).toBe(
      'The base image python:3.11-slim changed (+3.0 MB)',
    );
  });

  test('requirements, with the line that installs them', () => {
    const now = {runtime: [copyRequirements('e'), install(700, 'f'), made(5, 'COPY . .', 40, 'g')]};
    expect(causeOf(image(now))).toBe(
      'Requirements changed: line 3 (COPY requirements.txt .), which line 4 (RUN pip install -r requirements.txt) installs (+200 B)',
    );
  });

  test('requirements of a stage beside the chain, which a COPY brings into the image', () => {
    const stages = (layer: string, bytes: number) => ({
      '(builder)': [
        {...copyRequirements(layer), line: 2},
        made(3, 'RUN pip install --target /deps -r requirements.txt', bytes, layer),
      ],
      runtime: [made(6, 'COPY --from=builder /deps /deps', bytes, layer)],
    });
    expect(causeOf(image(stages('e', 900)), image(stages('a', 400), {digest: digestOf('9')}))).toBe(
      'Requirements changed: line 2 (COPY requirements.txt .), which line 3 (RUN pip install --target /deps -r requirements.…) installs (+500 B)',
    );
  });

  test('requirements, though the command that installs them does not name the file', () => {
    const stages = (bytes: number, layer: string) => ({
      runtime: [
        made(2, 'COPY pyproject.toml uv.lock ./', 10, layer),
        made(3, 'RUN uv sync --frozen', bytes, layer),
      ],
    });
    expect(causeOf(image(stages(900, 'e')), image(stages(400, 'a'), {digest: digestOf('9')}))).toBe(
      'Requirements changed: line 2 (COPY pyproject.toml uv.lock ./), which line 3 (RUN uv sync --frozen) installs (+500 B)',
    );
  });

  test('requirements are not blamed for layers that are made anew on another base', () => {
    const now = {runtime: [copyRequirements('e'), install(502, 'f'), made(5, 'COPY . .', 40, 'g')]};
    expect(causeOf(image(now, {baseBytes: 3_001_000, baseLayer: 'f'}))).toBe(
      'The base image python:3.11-slim changed (+3.0 MB)',
    );
  });

  test.each([
    ['changed', made(5, 'COPY . .', 90, 'x'), 'Line 5 (COPY . .) changed (+50 B)'],
    ['was edited', made(5, 'COPY src .', 90, 'x'), 'Line 5 (COPY src .) was edited (+50 B)'],
  ])('an instruction that %s', (_, last, cause) => {
    expect(causeOf(image({runtime: [copyRequirements('a'), install(500, 'b'), last]}))).toBe(cause);
  });

  test('several, the largest first, what is new and what is gone', () => {
    const now = image({
      runtime: [copyRequirements('a'), made(4, 'RUN curl x', 300, 'x'), install(500, 'b')],
    });
    expect(causeOf(now)).toBe(
      'Several changes: line 4 (RUN curl x) is new (+300 B); `COPY . .` is gone (-40 B)',
    );
  });

  test('what a stage beside the chain builds', () => {
    const stages = (bytes: number, layer: string) => ({
      '(builder)': [made(2, 'RUN make', bytes, layer)],
      runtime: [made(4, 'COPY --from=builder /out /', bytes, layer)],
    });
    expect(causeOf(image(stages(900, 'e')), image(stages(400, 'a'), {digest: digestOf('9')}))).toBe(
      'Line 4 (COPY --from=builder /out /) changed (+500 B), after line 2 (RUN make) of stage builder (+500 B)',
    );
  });

  test('that it cannot be told, when stages are not known', () => {
    const now = image({}, {base: null, size: {compressed: 9, unpacked: null}});
    expect(causeOf(now)).toBe('The cause cannot be told: the stages of the image are not known');
    expect(causeOf(image({runtime: []}), {...before, stages: [], base: null})).toBe(
      'The cause cannot be told: the stages of the image before are not known',
    );
  });
});
