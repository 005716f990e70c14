import {describe, expect, it} from 'vitest';

import type {Flags} from '../../../src/cli/flags.ts';
import {namedFile, planFormat, progressOf, targetOptions} from '../../../src/cli/options.ts';

describe('targetOptions', () => {
  it('asks for an OCI layout and nothing else without flags', () => {
    expect(targetOptions([], {cache: true})).toEqual({
      ok: true,
      value: {
        selectors: [],
        platforms: [],
        shards: [],
        set: [],
        output: {kind: 'oci', folder: '.build-matrix/images'},
        registries: [],
        builder: null,
        noCache: false,
        pull: false,
        mirrors: {},
        version: null,
      },
    });
  });

  it('carries every flag over', () => {
    const flags: Flags = {
      platform: ['linux/arm64'],
      set: ['cpu.args.A=1'],
      push: true,
      registry: ['local'],
      builder: 'bm-one',
      cache: false,
      pull: true,
      mirror: ['docker.io=127.0.0.1:5000/docker.io/', 'nvcr.io=m.example.com'],
      imageVersion: '1.2.3',
    };
    expect(targetOptions(['cpu'], flags)).toEqual({
      ok: true,
      value: {
        selectors: ['cpu'],
        platforms: ['linux/arm64'],
        shards: [],
        set: ['cpu.args.A=1'],
        output: {kind: 'push'},
        registries: ['local'],
        builder: 'bm-one',
        noCache: true,
        pull: true,
        mirrors: {'docker.io': '127.0.0.1:5000/docker.io', 'nvcr.io': 'm.example.com'},
        version: '1.2.3',
      },
    });
  });

  it('takes an empty variable for none', () => {
    const options = targetOptions([], {imageVersion: '', builder: '', output: ''});
    expect(options).toMatchObject({
      value: {version: null, builder: null, output: {folder: '.build-matrix/images'}},
    });
    expect(namedFile({file: ''})).toBeUndefined();
    expect(namedFile({file: 'x.yml'})).toBe('x.yml');
  });

  it.each(['docker.io', '=x', 'docker.io=', 'a/b=c', 'a=b=c'])(
    'refuses the mirror %s',
    (mirror) => {
      expect(targetOptions([], {mirror: [mirror]})).toEqual({
        ok: false,
        error: {
          reason: 'invalid-usage',
          message: `\`${mirror}\` is not a mirror`,
          remedy: 'write HOST=PREFIX, such as --mirror docker.io=mirror.example.com/docker.io',
        },
      });
    },
  );
});

describe('planFormat', () => {
  it('is text, unless another is named', () => {
    expect(planFormat({})).toBe('text');
    expect(planFormat({json: true})).toBe('json');
    expect(planFormat({format: 'bake'})).toBe('bake');
  });
});

describe('progressOf', () => {
  it.each([
    ['a terminal', {}, {}, true, 'tty'],
    ['no terminal', {}, {}, false, 'plain'],
    ['a terminal of a CI', {}, {CI: 'true'}, true, 'plain'],
    ['CI=false', {}, {CI: 'false'}, true, 'tty'],
    ['--verbose', {verbose: true}, {}, true, 'plain'],
    ['--json', {json: true}, {}, true, 'plain'],
    ['--quiet', {quiet: true, progress: 'tty'}, {}, true, 'quiet'],
    ['--progress json', {progress: 'json'}, {}, true, 'json'],
    ['--progress tty in a CI', {progress: 'tty'}, {CI: '1'}, true, 'tty'],
    ['BUILDKIT_PROGRESS', {}, {BUILDKIT_PROGRESS: 'plain'}, true, 'plain'],
    ['BUILDKIT_PROGRESS without a terminal', {}, {BUILDKIT_PROGRESS: 'tty'}, false, 'plain'],
    ['a word of buildx alone', {}, {BUILDKIT_PROGRESS: 'rawjson'}, true, 'tty'],
    ['a flag over the variable', {progress: 'auto'}, {BUILDKIT_PROGRESS: 'plain'}, true, 'tty'],
  ] as const)('with %s', (_, flags, environment, isTerminal, progress) => {
    expect(progressOf(flags, environment, isTerminal)).toEqual({ok: true, value: progress});
  });

  it('refuses a live display without a terminal', () => {
    expect(progressOf({progress: 'tty'}, {}, false)).toMatchObject({
      ok: false,
      error: {message: '--progress tty needs a terminal, and standard error is none'},
    });
  });
});
