import fc from 'fast-check';
import {expect, test} from 'vitest';

import {hasReleasePart, longestNotes, withReleasePart} from '../../../src/release/notes-part.ts';

test('our part is put below what others wrote, and replaced where it is', () => {
  const first = withReleasePart('By hand.\n', 'ours');
  expect(first).toBe(
    'By hand.\n\n<!-- build-matrix:release:begin -->\n\nours\n\n<!-- build-matrix:release:end -->',
  );
  const edited = `${first}\n\nMore by hand.`;
  const second = withReleasePart(edited, 'new');
  expect(second).toBe(
    'By hand.\n\n<!-- build-matrix:release:begin -->\n\nnew\n\n<!-- build-matrix:release:end -->\n\nMore by hand.',
  );
  expect(hasReleasePart('By hand.')).toBe(false);
  expect(hasReleasePart(second)).toBe(true);
});

test('writing the same part again changes nothing, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.stringMatching(/^\w[\w \n]*$/), (a, b, part) => {
      const once = withReleasePart(a, part) + b;
      const twice = withReleasePart(once, part);
      expect(withReleasePart(twice, part)).toBe(twice);
    }),
  );
});

test('a text that GitHub would refuse is cut in our part, and says so', () => {
  const line = `${'x'.repeat(99)}\n`;
  const whole = withReleasePart('By hand.', line.repeat(2000));
  expect(whole.length).toBeLessThanOrEqual(longestNotes);
  expect(whole.length).toBeGreaterThan(longestNotes - 300);
  expect(whole).toContain('By hand.');
  expect(whole).toContain('The rest is left out');
  expect(hasReleasePart(whole)).toBe(true);
});
