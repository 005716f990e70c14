import {describe, expect, it} from 'vitest';

import {createAnalyser, type Analysis} from '../../../src/sizes/why-analysis.ts';
import type {LayerOrigin} from '../../../src/sizes/why-origins.ts';
import type {Place} from '../../../src/sizes/why-report.ts';

const MB = 1_000_000;

const base: Place = {origin: 'base', stage: null, line: null, instruction: null};
const inStage = (stage: string, line: number, instruction: string): Place => ({
  ...{origin: 'stage', stage, line, instruction},
});
const install = inStage('install', 3, 'RUN apt-get update && apt-get install --yes curl');
const cleanUp = inStage('install', 4, 'RUN rm -rf /var/lib/apt/lists/*');

type Line = readonly [path: string, bytes: number] | string;

/**
 * Layers with their entries: `['a/b', 5]` is a file, `a/` a folder, `-a` a whiteout, `=a` an opaque
 * folder, `a -> b` a symbolic link.
 */
function analyse(layers: readonly (readonly [Place, readonly Line[]])[], top = 5): Analysis {
  const origins = layers.map(([place]): LayerOrigin => ({
    layer: {mediaType: '', digest: '', size: 0, unpackedBytes: null},
    place,
    from: 'debian:12',
  }));
  const analyser = createAnalyser(origins, top);
  for (const [index, [, lines]] of layers.entries()) {
    for (const line of lines) {
      if (typeof line !== 'string') {
        analyser.add(index, {kind: 'file', path: line[0], bytes: line[1]});
      } else if (line.startsWith('-')) {
        analyser.add(index, {kind: 'whiteout', path: line.slice(1), bytes: 0});
      } else if (line.startsWith('=')) {
        analyser.add(index, {kind: 'opaque', path: line.slice(1), bytes: 0});
      } else if (line.endsWith('/')) {
        analyser.add(index, {kind: 'directory', path: line.slice(0, -1), bytes: 0});
      } else {
        const [path = '', linkTarget = ''] = line.split(' -> ');
        analyser.add(index, {kind: 'symlink', path, bytes: 0, linkTarget});
      }
    }
  }
  return analyser.finish();
}

describe('what fills the stages', () => {
  it('is told by stage, from the base up, with every byte of every layer', () => {
    const {bytes, files, stages} = analyse([
      [base, [['bin/sh', 2 * MB], 'usr/', ['usr/lib/libc.so', MB]]],
      [install, [['usr/bin/curl', 3 * MB]]],
      [cleanUp, [['usr/bin/curl', 4 * MB]]],
    ]);
    expect({bytes, files}).toEqual({bytes: 10 * MB, files: 4});
    expect(stages.map(({stage, bytes}) => [stage, bytes])).toEqual([
      [null, 3 * MB],
      ['install', 7 * MB],
    ]);
    expect(stages[0]).toMatchObject({origin: 'base', from: 'debian:12', files: 2});
    // Each version of a file is stored.
    expect(stages[1]?.largestFiles).toEqual([
      {path: '/usr/bin/curl', bytes: 4 * MB},
      {path: '/usr/bin/curl', bytes: 3 * MB},
    ]);
  });

  it('names folders with all that is below, but none that only wraps another', () => {
    const {stages} = analyse(
      [
        [
          install,
          [
            ['opt/venv/lib/torch/a', 60],
            ['opt/venv/lib/numpy/a', 30],
            ['opt/venv/lib/numpy/core/b', 5],
            ['opt/venv/x', 5],
          ],
        ],
      ],
      3,
    );
    expect(stages[0]?.directories).toEqual([
      {path: '/opt/venv/lib', bytes: 95},
      {path: '/opt/venv/lib/torch', bytes: 60},
      {path: '/opt/venv/lib/numpy', bytes: 35},
    ]);
  });

  it('gives links and hard links no bytes', () => {
    const origins = [
      {
        layer: {mediaType: '', digest: '', size: 0, unpackedBytes: null},
        place: install,
        from: null,
      },
    ];
    const analyser = createAnalyser(origins, 5);
    analyser.add(0, {kind: 'file', path: 'a', bytes: 7});
    analyser.add(0, {kind: 'hardlink', path: 'b', bytes: 7, linkTarget: 'a'});
    analyser.add(0, {kind: 'symlink', path: 'c', bytes: 7, linkTarget: 'a'});
    expect(analyser.finish()).toMatchObject({bytes: 7, files: 1});
  });
});

describe('what a later layer hides', () => {
  it('is told with both instructions', () => {
    const {findings, hiddenBytes} = analyse([
      [
        install,
        [
          ['var/lib/apt/lists/main', 20 * MB],
          ['var/lib/apt/lists/extra', MB],
        ],
      ],
      [cleanUp, ['-var/lib/apt/lists/main', '-var/lib/apt/lists/extra']],
    ]);
    expect(hiddenBytes).toBe(21 * MB);
    expect(findings).toEqual([
      {
        kind: 'deleted-later',
        what: 'deleted by a later layer',
        bytes: 21 * MB,
        files: 2,
        path: '/var/lib/apt/lists',
        largest: [
          {path: '/var/lib/apt/lists/main', bytes: 20 * MB},
          {path: '/var/lib/apt/lists/extra', bytes: MB},
        ],
        place: install,
        hiddenBy: cleanUp,
        remedy: 'delete them in the RUN that makes them: a later one only hides them',
      },
    ]);
  });

  it('is everything below a deleted folder, and below one that is emptied', () => {
    for (const hide of ['-srv', '=srv']) {
      const {hiddenBytes, findings} = analyse([
        [
          install,
          [
            ['srv/a/b', MB],
            ['srv/c', 2 * MB],
            ['other', MB],
          ],
        ],
        // The same layer's own files stay, wherever they stand in it.
        [cleanUp, [['srv/new', 5 * MB], hide]],
      ]);
      expect(hiddenBytes).toBe(3 * MB);
      expect(findings).toMatchObject([{path: '/srv', files: 2}]);
    }
  });

  it('is what is written again, and what was changed in owner or mode only has a remedy of its own', () => {
    const chown = inStage('run', 9, 'RUN chown -R app /srv');
    const copy = inStage('run', 8, 'COPY . /srv');
    const again = analyse([
      [copy, [['srv/model', 9 * MB]]],
      [chown, [['srv/model', 9 * MB]]],
    ]);
    expect(again.findings).toMatchObject([
      {
        kind: 'overwritten-later',
        path: '/srv/model',
        bytes: 9 * MB,
        remedy: 'use `COPY --chown=… --chmod=…`: changing owner or mode later stores them again',
      },
    ]);
    const other = analyse([
      [copy, [['srv/model', 9 * MB]]],
      [chown, [['srv/model', 8 * MB]]],
    ]);
    expect(other.findings).toMatchObject([{remedy: 'write them once: each version is stored'}]);
  });

  it('is a folder that becomes a file or a link, and a file that becomes a folder', () => {
    for (const replacement of [['srv', MB], 'srv -> opt'] as const) {
      const {hiddenBytes} = analyse([
        [
          install,
          [
            ['srv/a', 2 * MB],
            ['srv/b', MB],
          ],
        ],
        [cleanUp, [replacement]],
      ]);
      expect(hiddenBytes).toBe(3 * MB);
    }
    const {hiddenBytes} = analyse([
      [install, [['srv', 2 * MB]]],
      [cleanUp, [['srv/a', MB]]],
    ]);
    expect(hiddenBytes).toBe(2 * MB);
  });

  it('of the base image cannot be mended here', () => {
    const {findings} = analyse([
      [
        base,
        [
          ['usr/lib/libssl.so', 5 * MB],
          ['usr/share/doc/x', 4 * MB],
        ],
      ],
      [cleanUp, [['usr/lib/libssl.so', 5 * MB + 1], '-usr/share/doc/x']],
    ]);
    expect(findings).toMatchObject([
      {
        kind: 'overwritten-later',
        place: {origin: 'base', line: null},
        hiddenBy: {line: 4},
        remedy: 'take a newer base image: what an upgrade replaces is stored twice',
      },
      {
        kind: 'deleted-later',
        place: {origin: 'base', line: null},
        remedy: 'take a base image without them: deleting them here frees nothing',
      },
    ]);
  });
});

describe('known waste', () => {
  const kindAt = (path: string, bytes = MB): string | undefined =>
    analyse([[install, [[path, bytes]]]]).findings[0]?.kind;

  it.each([
    ['var/lib/apt/lists/x_Packages', 'apt-lists'],
    ['var/cache/apt/archives/curl.deb', 'apt-archives'],
    ['var/cache/apt/pkgcache.bin', 'apt-archives'],
    ['var/cache/dnf/x', 'rpm-cache'],
    ['var/cache/apk/APKINDEX.tar.gz', 'apk-cache'],
    ['root/.cache/pip/http/1', 'pip-cache'],
    ['home/app/.cache/pip/wheels/1', 'pip-cache'],
    ['root/.cache/uv/1', 'build-cache'],
    ['root/.cache/other/1', 'root-home'],
    ['opt/conda/pkgs/torch/lib/x', 'conda-packages'],
    ['opt/miniconda3/pkgs/x.conda', 'conda-packages'],
    ['root/.npm/_cacache/x', 'npm-cache'],
    ['srv/__pycache__/a.cpython-311.pyc', 'bytecode'],
    ['srv/a.pyc', 'bytecode'],
    ['usr/local/cuda/lib64/libcublas_static.a', 'cuda-static-libraries'],
    ['usr/lib/libz.a', 'static-libraries'],
    ['opt/venv/lib/python3.11/site-packages/numpy/core/tests/data.npy', 'package-tests'],
    ['usr/lib/python3/dist-packages/scipy/test/data', 'package-tests'],
    ['srv/.git/objects/pack/1.pack', 'git-folders'],
    ['srv/core.1234', 'core-dumps'],
    ['var/log/dpkg.log', 'logs'],
    ['tmp/model.zip', 'temporary-files'],
    ['var/tmp/x', 'temporary-files'],
    ['root/setup.run', 'root-home'],
  ])('%s is %s', (path, kind) => {
    expect(kindAt(path)).toBe(kind);
  });

  it.each([
    ['root/.local/lib/python3.11/site-packages/torch/lib/libtorch.so'],
    ['root/.cargo/bin/rg'],
    ['srv/tests/data'],
    ['srv/core'.padEnd(12, 'x')],
    ['usr/lib/libz.so'],
    ['srv/tmp/x'],
    ['opt/pkgs/x'],
  ])('%s is none', (path) => {
    expect(kindAt(path)).toBeUndefined();
  });

  it('is one finding for each instruction, with its largest folders and the line to change', () => {
    const tests = 'opt/venv/lib/python3.11/site-packages';
    const {findings} = analyse([
      [
        inStage('install', 7, 'RUN pip install numpy scipy'),
        [
          [`${tests}/numpy/tests/a`, MB],
          [`${tests}/numpy/tests/b`, MB],
          [`${tests}/scipy/tests/a`, MB],
          [`${tests}/numpy/core.so`, 9 * MB],
        ],
      ],
    ]);
    expect(findings).toEqual([
      {
        kind: 'package-tests',
        what: 'tests of Python packages',
        bytes: 3 * MB,
        files: 3,
        path: `/${tests}`,
        largest: [
          {path: `/${tests}/numpy/tests`, bytes: 2 * MB},
          {path: `/${tests}/scipy/tests`, bytes: MB},
        ],
        place: {
          origin: 'stage',
          stage: 'install',
          line: 7,
          instruction: 'RUN pip install numpy scipy',
        },
        remedy: 'delete these folders in the RUN that installs the packages',
      },
    ]);
  });

  it('has the remedy for the way it came', () => {
    const remedyOf = (instruction: string): string | undefined =>
      analyse([[inStage('x', 1, instruction), [['srv/.git/pack', MB]]]]).findings[0]?.remedy;
    expect(remedyOf('RUN git clone x')).toBe(
      'clone with `--depth 1`, and delete .git in the same RUN',
    );
    expect(remedyOf('COPY . /srv')).toBe('add `**/.git` to .dockerignore');
    expect(remedyOf('COPY --from=build /srv /srv')).toBe(
      'it is copied from build; there: clone with `--depth 1`, and delete .git in the same RUN',
    );
    expect(analyse([[base, [['srv/.git/pack', MB]]]]).findings).toMatchObject([
      {
        place: base,
        remedy: 'take a base image without them: deleting them here frees nothing',
      },
    ]);
  });

  it('is of the instruction that brought it, whoever stores it again', () => {
    const copy = inStage('x', 1, 'COPY . /srv');
    const {findings} = analyse([
      [copy, [['srv/.git/pack', MB]]],
      [inStage('x', 2, 'RUN chown -R app /srv'), [['srv/.git/pack', MB]]],
    ]);
    expect(findings).toMatchObject([
      {kind: 'overwritten-later', place: {line: 1}, hiddenBy: {line: 2}},
      {kind: 'git-folders', place: copy, remedy: 'add `**/.git` to .dockerignore'},
    ]);
  });

  it('that a later layer deletes is told once, as deleted', () => {
    const {findings} = analyse([
      [install, [['root/.cache/pip/x', MB]]],
      [cleanUp, ['-root/.cache']],
    ]);
    expect(findings.map(({kind}) => kind)).toEqual(['deleted-later']);
  });

  it('that is tiny is not told', () => {
    expect(kindAt('var/log/dpkg.log', 64 * 1024 - 1)).toBeUndefined();
  });
});

describe('copies of a library', () => {
  const pip = inStage('install', 5, 'RUN pip install torch');

  it('are found by name and size, and those that came last are to go', () => {
    const {findings} = analyse([
      [
        base,
        [
          ['usr/lib/libcudnn.so.9', 100 * MB],
          ['usr/lib/libcudnn_ops.so.9', 50 * MB],
        ],
      ],
      [
        pip,
        [
          ['opt/venv/nvidia/cudnn/lib/libcudnn.so.9', 100 * MB],
          ['opt/venv/nvidia/cudnn/lib/libcudnn_ops.so.9', 50 * MB],
        ],
      ],
    ]);
    expect(findings).toEqual([
      {
        kind: 'copied-library',
        what: 'further copies of libraries (same name and size)',
        bytes: 150 * MB,
        files: 2,
        path: '/opt/venv/nvidia/cudnn/lib',
        largest: [
          {path: '/opt/venv/nvidia/cudnn/lib/libcudnn.so.9', bytes: 100 * MB},
          {path: '/opt/venv/nvidia/cudnn/lib/libcudnn_ops.so.9', bytes: 50 * MB},
        ],
        place: pip,
        others: ['/usr/lib'],
        remedy:
          'have CUDA once: from a base image without it (`base`, `slim`), or without the `nvidia-*` wheels of pip',
      },
    ]);
  });

  it('are none when they are links, or differ in size, or one is hidden', () => {
    const {findings} = analyse([
      [
        base,
        [
          ['a/libx.so', MB],
          ['b/liby.so', MB],
          ['c/libz.so', MB],
        ],
      ],
      [pip, ['d/libx.so -> a/libx.so', ['d/liby.so', MB + 1], '-c/libz.so', ['d/libz.so', MB]]],
    ]);
    expect(findings.map(({kind}) => kind)).toEqual(['deleted-later']);
  });
});
