import fc from 'fast-check';
import pc from 'picocolors';
import {expect, test} from 'vitest';

import type {Diagnostic, SourceRange} from '../../../src/events/diagnostic.ts';
import {
  countDiagnostics,
  formatDiagnostic,
  formatDiagnostics,
} from '../../../src/render/diagnostic-text.ts';
import {textWidth} from '../../../src/render/text-width.ts';

const plain = pc.createColors(false);

/** The place of `marked` in `text`. */
function rangeOf(text: string, marked: string, line = 12): SourceRange {
  return {file: 'matrix.yml', line, column: text.indexOf(marked) + 1, length: marked.length, text};
}

const unknownKey: Diagnostic = {
  severity: 'error',
  code: 'unknown-key',
  message: 'unknown key `plattforms`',
  range: rangeOf('  plattforms: [linux/amd64]', 'plattforms'),
  suggestion: 'did you mean `platforms`?',
};

test('message, place, source line, caret and help', () => {
  expect(formatDiagnostic(unknownKey, plain)).toBe(
    [
      'error: unknown key `plattforms`',
      '  --> matrix.yml:12:3',
      '   |',
      '12 |   plattforms: [linux/amd64]',
      '   |   ^^^^^^^^^^',
      'help: did you mean `platforms`?',
    ].join('\n'),
  );
});

test('another place explains the first; the gutter fits both', () => {
  const diagnostic: Diagnostic = {
    severity: 'warning',
    code: 'duplicate-key',
    message: 'key `a` is given twice',
    range: rangeOf('a: 2', 'a', 100),
    related: [{message: 'first given here', range: rangeOf('a: 1', 'a', 9)}],
  };
  expect(formatDiagnostic(diagnostic, plain)).toBe(
    [
      'warning: key `a` is given twice',
      '   --> matrix.yml:100:1',
      '    |',
      '100 | a: 2',
      '    | ^',
      'note: first given here',
      '   --> matrix.yml:9:1',
      '    |',
      '  9 | a: 1',
      '    | ^',
    ].join('\n'),
  );
});

test('without a place there is only the message', () => {
  const diagnostic: Diagnostic = {severity: 'error', code: 'x', message: '--set matches no target'};
  expect(formatDiagnostic(diagnostic, plain)).toBe('error: --set matches no target');
});

test('colours mark severity, place and help', () => {
  const text = formatDiagnostic(unknownKey, pc.createColors(true));
  expect(text).toContain('\u001B[31m^^^^^^^^^^\u001B[39m');
  expect(text).toContain('\u001B[32mhelp:\u001B[39m');
});

function linesOf(range: SourceRange, columns?: number): string[] {
  const text = formatDiagnostic(
    {severity: 'error', code: 'x', message: 'm', range},
    plain,
    columns,
  );
  return text.split('\n').slice(3);
}

test('tabs are four columns, and the caret is below what is meant', () => {
  expect(linesOf(rangeOf('\ta:\tb', 'b'))).toEqual(['12 |     a:    b', '   |           ^']);
});

test('wide letters push the caret to the right', () => {
  expect(linesOf(rangeOf('標: b', 'b'))).toEqual(['12 | 標: b', '   |     ^']);
});

test('control characters, escape sequences and right-to-left marks are shown as escapes', () => {
  expect(linesOf(rangeOf('a\u001B[31m\u202Eb', 'b'))).toEqual([
    '12 | a\\u{1b}[31m\\u{202e}b',
    '   |                    ^',
  ]);
});

test('the caret stands behind the last letter where something is missing at the end', () => {
  const range = {...rangeOf('a: "b', 'a'), column: 6, length: 1};
  expect(linesOf(range)).toEqual(['12 | a: "b', '   |      ^']);
});

test('a long line is cut around the caret', () => {
  const text = `${'a'.repeat(300)} here ${'b'.repeat(300)}`;
  expect(linesOf(rangeOf(text, 'here'), 40)).toEqual([
    `12 | ...${'a'.repeat(12)} here ${'b'.repeat(11)}...`,
    `   | ${' '.repeat(16)}^^^^`,
  ]);
});

test('a long line is cut at one end only where the caret is near the other', () => {
  expect(linesOf(rangeOf(`here ${'b'.repeat(300)}`, 'here'), 40)).toEqual([
    `12 | here ${'b'.repeat(27)}...`,
    '   | ^^^^',
  ]);
  expect(linesOf(rangeOf(`${'a'.repeat(300)} here`, 'here'), 40)).toEqual([
    `12 | ...${'a'.repeat(27)} here`,
    `   | ${' '.repeat(31)}^^^^`,
  ]);
});

test('several diagnostics stand apart, and are counted', () => {
  const warning: Diagnostic = {severity: 'warning', code: 'x', message: 'doubtful'};
  expect(formatDiagnostics([warning, warning], plain)).toBe(
    'warning: doubtful\n\nwarning: doubtful\n\n2 warnings',
  );
  expect(countDiagnostics([unknownKey, warning, warning, unknownKey])).toBe('2 errors, 2 warnings');
  expect(countDiagnostics([unknownKey])).toBe('1 error');
  expect(countDiagnostics([])).toBe('');
});

test('whatever stands in the file: four lines, in the width given, the caret within the line', () => {
  const line = fc
    .string({unit: 'grapheme', maxLength: 200})
    .map((text) => text.replaceAll(/[\r\n]/g, ''));
  fc.assert(
    fc.property(line, fc.nat(250), fc.integer({min: 1, max: 250}), (text, start, length) => {
      const range = {file: 'f', line: 1, column: start + 1, length, text};
      const [source = '', caret = '', ...rest] = linesOf(range, 60);
      expect(rest).toEqual([]);
      expect(textWidth(source)).toBeLessThanOrEqual(60);
      expect(caret).toMatch(/^ {2}\| *\^+$/);
      expect(caret.length).toBeLessThanOrEqual(61);
    }),
  );
});
