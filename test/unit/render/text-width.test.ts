import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {cleanLine, padEnd, padStart, textWidth, truncate} from '../../../src/render/text-width.ts';

describe('textWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['\u001b[31mred\u001b[39m', 3],
    ['日本語', 6],
    ['é', 1],
    ['e\u0301', 1],
    ['✔ …', 3],
    ['🚀', 2],
    ['한글', 4],
    ['ｆｕｌｌ', 8],
    ['a\u200bb', 2],
  ])('of %j is %i', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('padEnd and padStart', () => {
  it('fill up to the width that is seen', () => {
    expect(padEnd('日本', 6)).toBe('日本  ');
    expect(padStart('\u001b[1mx\u001b[22m', 3)).toBe('  \u001b[1mx\u001b[22m');
    expect(padEnd('abcdef', 3)).toBe('abcdef');
  });
});

describe('truncate', () => {
  it('cuts what is too wide, and says so', () => {
    expect(truncate('abcdef', 6, '…')).toBe('abcdef');
    expect(truncate('abcdef', 4, '…')).toBe('abc…');
    expect(truncate('abc def', 5, '…')).toBe('abc…');
    expect(truncate('日本語', 5, '…')).toBe('日本…');
    expect(truncate('日本語', 4, '…')).toBe('日…');
    expect(truncate('abcdef', 5, '...')).toBe('ab...');
  });

  it('never exceeds the width, nor splits a character', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), fc.integer({min: 0, max: 20}), (text, width) => {
        const cut = truncate(text, width, '…');
        expect(textWidth(cut)).toBeLessThanOrEqual(Math.max(width, 0));
        expect(cut).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});

describe('cleanLine', () => {
  it('leaves nothing that could move the cursor or turn the text', () => {
    expect(cleanLine('\u001b[2Ja\tb\nc\u0007\u202ed \u001b]8;;x\u0007')).toBe('a b cd');
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), (text) => {
        expect(cleanLine(text)).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });
});
