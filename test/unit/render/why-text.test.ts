import {describe, expect, it} from 'vitest';

import {textStyle} from '../../../src/render/text-style.ts';
import {formatWhy} from '../../../src/render/why-text.ts';
import type {Finding, ImageContents, Place, WhyReport} from '../../../src/sizes/why-report.ts';

const plain = textStyle({colour: false, unicode: true, columns: 100});
const base: Place = {origin: 'base', stage: null, line: null, instruction: null};
const install: Place = {
  origin: 'stage',
  stage: 'install',
  line: 7,
  instruction: 'RUN pip install --requirement requirements.txt',
};

const pipCache: Finding = {
  kind: 'pip-cache',
  what: 'downloads and wheels kept by pip',
  bytes: 45_600_000,
  files: 2,
  path: '/root/.cache/pip',
  largest: [
    {path: '/root/.cache/pip/http', bytes: 45_000_000},
    {path: '/root/.cache/pip/wheels', bytes: 600_000},
  ],
  place: install,
  remedy: 'add `--no-cache-dir` to `pip install`, or mount a cache at /root/.cache/pip',
};
const overwritten: Finding = {
  kind: 'overwritten-later',
  what: 'overwritten by a later layer',
  bytes: 5_000_000,
  files: 1,
  path: '/usr/lib/libssl.so.3',
  largest: [{path: '/usr/lib/libssl.so.3', bytes: 5_000_000}],
  place: base,
  hiddenBy: {...install, line: 3, instruction: 'RUN apt-get upgrade --yes'},
  remedy: 'take a newer base image: what an upgrade replaces is stored twice',
};
const inBase: Finding = {
  kind: 'bytecode',
  what: 'bytecode of Python',
  bytes: 24_000_000,
  files: 1406,
  path: '/usr/lib/python3.11',
  largest: [],
  place: base,
  remedy: 'take a base image without them: deleting them here frees nothing',
};

const image: ImageContents = {
  target: 'app/cpu',
  platform: 'linux/amd64',
  digest: 'sha256:0',
  bytes: 400_000_000,
  files: 12_345,
  hiddenBytes: 5_000_000,
  stagesUnknownBecause: null,
  stages: [
    {
      origin: 'base',
      stage: null,
      from: 'docker.io/library/python:3.12-slim@sha256:00ff',
      bytes: 100_000_000,
      files: 8000,
      directories: [{path: '/usr/lib', bytes: 80_000_000}],
      largestFiles: [{path: '/usr/bin/python3', bytes: 6_800_000}],
    },
    {
      origin: 'stage',
      stage: 'install',
      from: 'python:3.12-slim',
      bytes: 300_000_000,
      files: 4345,
      directories: [{path: '/opt/venv/\u001b[31mred', bytes: 300_000_000}],
      largestFiles: [],
    },
    {
      origin: 'stage',
      stage: 'runtime',
      from: 'install',
      bytes: 12,
      files: 1,
      directories: [{path: '/etc', bytes: 12}],
      largestFiles: [],
    },
  ],
  findings: [pipCache, inBase, overwritten],
};
const report = (changes: Partial<ImageContents> = {}): WhyReport => ({
  schema: 1,
  runId: 'x',
  images: [{...image, ...changes}],
});

describe('formatWhy', () => {
  it('tells what fills each stage, what can be mended, and what only another base image can', () => {
    expect(formatWhy(report(), 10, plain))
      .toBe(`app/cpu linux/amd64  400 MB in 12,345 files; later layers hide 5.0 MB of them

  100 MB  base image python:3.12-slim  25% in 8,000 files
          folders
 80.0 MB  ━━━━━━━━──  /usr/lib
          files
  6.8 MB  ━─────────  /usr/bin/python3

  300 MB  install ← python:3.12-slim  75% in 4,345 files
          folders
  300 MB  ━━━━━━━━━━  /opt/venv/\\u{1b}[31mred

    12 B  runtime ← install  0% in 1 file

What need not be there
 45.6 MB  downloads and wheels kept by pip, 2 files
          /root/.cache/pip
             45.0 MB http
              600 kB wheels
          stage install, line 7: RUN pip install --requirement requirements.txt
          => add \`--no-cache-dir\` to \`pip install\`, or mount a cache at /root/.cache/pip
  5.0 MB  overwritten by a later layer
          /usr/lib/libssl.so.3
          made: in the base image
          hidden: stage install, line 3: RUN apt-get upgrade --yes
          => take a newer base image: what an upgrade replaces is stored twice

In the base image
 24.0 MB  bytecode of Python (1,406 files)  /usr/lib/python3.11`);
  });

  it('sums up what is not shown', () => {
    const text = formatWhy(report({findings: [pipCache, pipCache, overwritten]}), 1, plain);
    expect(text.split('\n').at(-1)).toBe(' 50.6 MB  in 2 smaller findings: see --top or --json');
  });

  it('says when nothing was found, and why stages are not told', () => {
    const text = formatWhy(
      report({findings: [], stages: [], stagesUnknownBecause: 'the Dockerfile is not known'}),
      10,
      plain,
    );
    expect(text.split('\n').slice(1)).toEqual([
      'Stages are unknown: the Dockerfile is not known',
      '',
      '✔ nothing found that need not be there',
    ]);
  });

  it('never gets wider than the terminal, and is ASCII where it must be', () => {
    const narrow = textStyle({colour: false, unicode: false, columns: 60});
    const long = `/opt/${'folder/'.repeat(30)}libx.so`;
    const text = formatWhy(
      report({
        stages: image.stages.map((stage) => ({
          ...stage,
          largestFiles: [{path: long, bytes: 1}],
        })),
        findings: [{...pipCache, path: long, others: [long]}, overwritten, inBase],
      }),
      10,
      narrow,
    );
    for (const line of text.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(60);
    expect(text).toMatch(/^[\n -~]*$/u);
  });

  it('has colours only where they are wanted', () => {
    const coloured = formatWhy(
      report(),
      10,
      textStyle({colour: true, unicode: true, columns: 100}),
    );
    expect(coloured).toContain('\u001b[1m');
    expect(formatWhy(report(), 10, plain)).not.toContain('\u001b');
  });
});
