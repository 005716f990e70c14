import {describe, expect, it} from 'vitest';

import {findMatrix} from '../../../src/cli/matrix-location.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';

const project = (): ReturnType<typeof createFakeFiles> =>
  createFakeFiles({
    '/p/.git/HEAD': 'x',
    '/p/matrix.yml': 'x',
    '/p/deep/er/x': 'x',
    '/p/other/matrix.yaml': 'x',
    '/p/other/build.yml': 'x',
    '/q/.git': 'gitdir: elsewhere',
    '/q/deep/x': 'x',
    '/matrix.yml': 'x',
  });

describe('findMatrix', () => {
  it.each([
    ['/p', '/p', 'matrix.yml'],
    ['/p/deep/er', '/p', 'matrix.yml'],
    ['/p/other', '/p/other', 'matrix.yaml'],
  ])('finds it in %s or above', async (start, folder, file) => {
    expect(await findMatrix(project(), start, undefined)).toEqual({
      ok: true,
      value: {folder, file},
    });
  });

  it('does not leave the checkout, also when .git is a file', async () => {
    expect(await findMatrix(project(), '/q/deep', undefined)).toEqual({
      ok: false,
      error: {
        reason: 'invalid-usage',
        message: 'there is no matrix.yml here, nor above it up to /q',
        remedy:
          'name one with --file, or make one from a bake file with `build-matrix import bake`',
      },
    });
    expect(await findMatrix(project(), '/q', undefined)).toMatchObject({
      error: {message: 'there is no matrix.yml here'},
    });
  });

  it('uses the one that is named, from where the command was started', async () => {
    expect(await findMatrix(project(), '/p', 'other/build.yml')).toEqual({
      ok: true,
      value: {folder: '/p', file: 'other/build.yml'},
    });
    expect(await findMatrix(project(), '/p', '/p/other/build.yml')).toEqual({
      ok: true,
      value: {folder: '/p', file: '/p/other/build.yml'},
    });
  });

  it('says what is wrong with the one that is named', async () => {
    expect(await findMatrix(project(), '/p', 'nope.yml')).toMatchObject({
      error: {message: 'there is no nope.yml'},
    });
    expect(await findMatrix(project(), '/p', 'other')).toMatchObject({
      error: {
        message: 'other is a folder',
        remedy: 'name the file in it: --file other/matrix.yml',
      },
    });
  });
});
