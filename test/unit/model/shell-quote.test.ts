import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {shellQuote} from '../../../src/model/shell-quote.ts';
import {shellLine, shellLines} from '../../../src/render/shell-command.ts';

/** The text of `$'…'`, by POSIX.1-2024 2.2.4. */
function decoded(quoted: string): string {
  const bytes: number[] = [];
  for (const [part, octal, letter] of quoted
    .slice(2, -1)
    .matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gsu)) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8));
    else bytes.push(...Buffer.from(letter === undefined ? part : (letters[letter] ?? letter)));
  }
  return Buffer.from(bytes).toString();
}
const letters: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t'};

/** Reads words as POSIX.1 2.2 says: quotes and backslashes, and nothing else that could be special. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let rest = line.replaceAll('\\\n', '').trimStart();
  while (rest !== '') {
    let word = '';
    let match: RegExpExecArray | null;
    while (
      (match = /^(?:(\$'(?:[^\\']|\\.)*')|'([^']*)'|\\([^\n])|([A-Za-z0-9_@%+=:,./-]+))/.exec(
        rest,
      )) !== null
    ) {
      word += match[1] === undefined ? (match[2] ?? match[3] ?? match[4] ?? '') : decoded(match[1]);
      rest = rest.slice(match[0].length);
    }
    if (rest !== '' && !/^\s/.test(rest)) throw new Error(`special to a shell: ${rest}`);
    words.push(word);
    rest = rest.trimStart();
  }
  return words;
}

describe('shellQuote', () => {
  it.each([
    ['--platform=linux/amd64,linux/arm64', '--platform=linux/amd64,linux/arm64'],
    ['python:3.12@sha256:ab', 'python:3.12@sha256:ab'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$HOME', "'$HOME'"],
    ['~', "'~'"],
    ['*', "'*'"],
    ['a\nb', "$'a\\nb'"],
    ["it's\\ \u001b[1m\u202e7", "$'it\\'s\\\\ \\033[1m\\342\\200\\2567'"],
    // At the start of a command this would be an assignment.
    ['=x', "'=x'"],
  ])('of %j is %s', (argument, quoted) => {
    expect(shellQuote(argument)).toBe(quoted);
  });

  it('is read back by a shell as the very same argument', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), (argument) => {
        fc.pre(!argument.includes('\0'));
        expect(wordsOf(`x ${shellQuote(argument)} x`)).toEqual(['x', argument, 'x']);
      }),
    );
  });
});

describe('shellLine and shellLines', () => {
  const command = {
    program: 'docker',
    env: {BUILDX_METADATA_PROVENANCE: 'max', X: 'a b'},
    args: ['buildx', 'build', '--file=Dockerfile', '--label', 'a=b c', '--push', 'dir'],
  } as const;

  it('are one pasteable command', () => {
    expect(shellLine(command)).toBe(
      "BUILDX_METADATA_PROVENANCE=max X='a b' docker buildx build --file=Dockerfile --label 'a=b c' --push dir",
    );
    expect(shellLines(command)).toEqual([
      "BUILDX_METADATA_PROVENANCE=max X='a b' docker buildx build \\",
      '  --file=Dockerfile \\',
      "  --label 'a=b c' \\",
      '  --push \\',
      '  dir',
    ]);
  });

  it('mean the same', () => {
    fc.assert(
      fc.property(fc.array(fc.string({unit: 'grapheme-ascii'}), {minLength: 1}), (args) => {
        const any = {program: 'docker', env: {}, args} as const;
        expect(wordsOf(shellLines(any).join('\n'))).toEqual(['docker', ...args]);
        expect(wordsOf(shellLine(any))).toEqual(['docker', ...args]);
      }),
    );
  });
});
