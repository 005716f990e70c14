import {describe, expect, it} from 'vitest';

import type {BuildRecord, PlatformRecord} from '../../../src/records/build-record.ts';
import {isChosenBy, onlyOf} from '../../../src/sizes/recorded-images.ts';
import {sampleRecord} from '../records/sample-record.ts';

const [sample] = sampleRecord.targets;
if (sample === undefined) throw new Error('the sample record has no target');
const [platform] = sample.platforms;
if (platform === undefined) throw new Error('the sample record has no platform');

const target = (name: string, platforms: readonly string[]): BuildRecord['targets'][number] => ({
  ...sample,
  id: `app/${name}`,
  image: 'app',
  name,
  platforms: platforms.map((each): PlatformRecord => ({...platform, platform: each})),
});
const record: BuildRecord = {
  ...sampleRecord,
  targets: [
    target('cpu', ['linux/amd64', 'linux/arm64']),
    target('cuda-12.6', ['linux/amd64']),
    target('jetson', []),
  ],
};

const chosen = (words: readonly string[], platforms: readonly string[] = []): unknown => {
  const only = onlyOf(record, words, platforms);
  if (!only.ok) return only.error;
  return only.value.targets.map((each) => [
    each.name,
    ...each.platforms.map(({platform: name}) => name),
  ]);
};

describe('groups of matrix.yml', () => {
  const groups = {gpu: ['cuda-*', 'edge'], edge: ['jetson', 'gpu'], none: ['cpux']};

  it('name what their members name, those of other groups included', () => {
    const only = onlyOf(record, ['gpu'], [], groups);
    expect(only.ok && only.value.targets.map(({name}) => name)).toEqual(['cuda-12.6', 'jetson']);
    const isChosen = isChosenBy(['edge'], [], groups);
    const of = (name: string) => isChosen({target: `app/${name}`, platform: 'linux/amd64'});
    expect([of('cuda-12.6'), of('jetson'), of('cpu')]).toEqual([true, true, false]);
  });

  it('name nothing when none of their members was built', () => {
    expect(onlyOf(record, ['none'], [], groups)).toMatchObject({
      error: {message: `the record of run ${record.runId} has no target \`none\``},
    });
    expect(onlyOf(record, ['constructor'], [], groups)).toMatchObject({ok: false});
    expect(onlyOf(record, ['gpus'], [], groups)).toMatchObject({
      error: {remedy: 'did you mean `gpu`?'},
    });
  });
});

describe('onlyOf', () => {
  it('keeps everything when nothing is named', () => {
    expect(chosen([])).toEqual([
      ['cpu', 'linux/amd64', 'linux/arm64'],
      ['cuda-12.6', 'linux/amd64'],
      ['jetson'],
    ]);
  });

  it('keeps targets by name, image, id and glob, in the order of the record', () => {
    expect(chosen(['cuda-12.6', 'cpu'])).toEqual([
      ['cpu', 'linux/amd64', 'linux/arm64'],
      ['cuda-12.6', 'linux/amd64'],
    ]);
    expect(chosen(['cuda-*'])).toEqual([['cuda-12.6', 'linux/amd64']]);
    expect(chosen(['app/jetson'])).toEqual([['jetson']]);
    expect(chosen(['app'])).toHaveLength(3);
  });

  it('keeps platforms in any spelling, and drops targets without them', () => {
    expect(chosen([], ['arm64'])).toEqual([['cpu', 'linux/arm64']]);
  });

  it('fails for a name that the record does not have', () => {
    expect(chosen(['cuda-12.8'])).toEqual({
      reason: 'invalid-usage',
      message: `the record of run ${record.runId} has no target \`cuda-12.8\``,
      remedy: 'did you mean `cuda-12.6`?',
    });
    expect(chosen(['something'])).toMatchObject({
      remedy: 'it has app/cpu, app/cuda-12.6, app/jetson',
    });
  });

  it('fails for a platform that is none, or that nothing was built for', () => {
    expect(chosen([], ['linux/amd46'])).toEqual({
      reason: 'invalid-usage',
      message: '--platform linux/amd46: unknown platform `linux/amd46`',
      remedy: 'did you mean `linux/amd64`?',
    });
    expect(chosen(['cuda-12.6'], ['arm64'])).toMatchObject({remedy: 'it has linux/amd64'});
    expect(chosen(['jetson'], ['arm64'])).toMatchObject({remedy: 'nothing of them was built'});
  });
});

describe('isChosenBy', () => {
  const image = {target: 'app/cpu', platform: 'linux/arm64'};

  it('tells by target and platform', () => {
    expect(isChosenBy([], [])(image)).toBe(true);
    expect(isChosenBy(['cpu'], ['arm64'])(image)).toBe(true);
    expect(isChosenBy(['c*'], ['linux/amd64'])(image)).toBe(false);
    expect(isChosenBy(['jetson'], [])(image)).toBe(false);
  });
});
