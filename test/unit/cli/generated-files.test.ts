import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import {generatedFiles} from '../../../tools/generate-cli-reference.ts';

describe('generated files of the command line', () => {
  it.each([...generatedFiles()])('%s is up to date', (file, text) => {
    expect(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')).toBe(text);
  });
});
