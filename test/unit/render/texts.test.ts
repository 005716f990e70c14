import {describe, expect, it} from 'vitest';

import {formatDuration} from '../../../src/render/duration-text.ts';
import {shortCause} from '../../../src/render/short-cause.ts';
import {stepLabel} from '../../../src/render/step-label.ts';
import {shortTargetNames} from '../../../src/render/target-names.ts';

describe('formatDuration', () => {
  it.each([
    [-5, '0.0s'],
    [0, '0.0s'],
    [349, '0.3s'],
    [59_940, '59.9s'],
    [59_960, '1m00s'],
    [125_000, '2m05s'],
    [3_599_400, '59m59s'],
    [3_599_600, '1h00m'],
    [3_725_000, '1h02m'],
  ])('of %i ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('shortCause', () => {
  it('leaves out the command that stands beside it', () => {
    const process = 'process "/bin/sh -c echo \\"a\\"" did not complete successfully';
    expect(shortCause(`${process}: exit code: 3`)).toBe('exit code 3');
    expect(shortCause(`${process}: signal: killed`)).toBe('signal: killed');
    expect(shortCause('failed to solve: \u001b[1mnot found')).toBe('failed to solve: not found');
  });
});

describe('stepLabel', () => {
  it('shortens digests and leaves out flags of RUN', () => {
    expect(stepLabel(`FROM python:3.12@sha256:${'0123456789abcdef'.repeat(4)}`)).toBe(
      'FROM python:3.12@sha256:0123456789ab',
    );
    expect(stepLabel('RUN --mount=type=cache,target=/c --network=none\t pip  install')).toBe(
      'RUN pip install',
    );
  });
});

describe('shortTargetNames', () => {
  it('keeps the image where the name alone is not unique', () => {
    expect([...shortTargetNames(['a/cpu', 'b/cpu', 'b/cuda-12.6'])]).toEqual([
      ['a/cpu', 'a/cpu'],
      ['b/cpu', 'b/cpu'],
      ['b/cuda-12.6', 'cuda-12.6'],
    ]);
  });
});
