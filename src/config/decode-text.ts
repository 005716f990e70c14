import {err, ok, type Result} from '../model/result.ts';
import type {LocatedProblem} from './located-problem.ts';

/**
 * Bytes of the largest matrix.yml: 3,000 targets that are written out one by one fit. The parser
 * needs about a second for as much on a slow machine.
 */
export const largestFile = 512 * 1024;

/** The text as far as it can be shown, and why it cannot be read. */
export interface NoText {
  readonly text: string;
  readonly problem: LocatedProblem;
}

/**
 * The UTF-8 text of a file, without byte order mark, from its bytes, of which at most `largestFile` + 1
 * need be given.
 */
export function decodeText(bytes: Uint8Array): Result<string, NoText> {
  if (bytes.length > largestFile) {
    return refused('too-large', {
      message: `the file has more than ${largestFile.toLocaleString('en')} bytes`,
      suggestion:
        'is this the right file? In a matrix.yml `matrix`, `templates` and `defaults` say what repeats',
    });
  }
  if (startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff])) {
    return refused('not-utf8', {
      message: 'the file is UTF-16 text',
      suggestion: 'save it as UTF-8',
    });
  }
  if (bytes.includes(0)) {
    return refused('not-text', {
      message: 'the file is binary',
      suggestion: 'matrix.yml is a text file; is this the right file?',
    });
  }
  try {
    return ok(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch {
    // The decoder does not tell where: the replacement character is the first thing it could not read.
    const text = new TextDecoder('utf-8').decode(bytes);
    const at = Math.max(0, text.indexOf('\uFFFD'));
    const problem = {
      code: 'not-utf8',
      message: 'the file is not UTF-8 text',
      suggestion: 'save it as UTF-8; this is the first character that cannot be read',
      span: [at, at + 1] as const,
    };
    return err({text, problem});
  }
}

function refused(
  code: string,
  words: {readonly message: string; readonly suggestion: string},
): Result<string, NoText> {
  return err({text: '', problem: {code, ...words, span: [0, 1]}});
}

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);
