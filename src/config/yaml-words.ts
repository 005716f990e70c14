import type {YAMLError} from 'yaml';

import type {Problem} from '../model/problem.ts';
import type {LocatedProblem} from './located-problem.ts';

/** What the YAML parser's terse messages mean to somebody who edits the file. */
const words: readonly (readonly [pattern: RegExp, message: string, suggestion: string])[] = [
  [
    /^Nested mappings are not allowed in compact/,
    'a value cannot be a key with a value of its own on the same line',
    'put text that holds `: ` in quotes; or does the next line stand too far to the right?',
  ],
  [/^Implicit keys need to be on a single line/, 'a key ends without `: `', 'is a colon missing?'],
  [/^Unexpected scalar at node end/, 'text follows the value', 'put the whole value in quotes'],
  [
    /^All (?:mapping|sequence) items must start at the same column/,
    'this line is not indented like those before it',
    'entries of one map or list start in the same column',
  ],
  [
    /^Unexpected block-seq-ind on same line with key/,
    'a list cannot begin with `- ` on the line of its key',
    'begin it on the next line, or write `[a, b]`',
  ],
  [
    /^Flow sequence in block collection must be sufficiently indented and end with a \]/,
    'the list that begins with `[` is not closed',
    'write `]` at its end, and indent the lines of a list that goes on',
  ],
  [
    /^Flow map in block collection must be sufficiently indented and end with a \}/,
    'the map that begins with `{` is not closed',
    'write `}` at its end, and indent the lines of a map that goes on',
  ],
  [/^Missing closing "quote/, 'a closing `"` is missing', 'write `"` at the end of the text'],
  [/^Missing closing 'quote/, "a closing `'` is missing", "write `'` at the end of the text"],
  [
    /^Plain value cannot start with/,
    'text cannot begin with this sign',
    'put the whole text in quotes',
  ],
  [
    /^Invalid escape sequence/,
    'an escape that YAML does not know',
    'write `\\\\` for a backslash, or put the text in single quotes',
  ],
  [
    /^Unresolved tag/,
    'an unknown YAML tag',
    'matrix.yml uses no tags: put text that begins with `!` in quotes',
  ],
];

/** A syntax error in plain words, at its place in `text`. */
export function syntaxProblem(error: YAMLError, text: string): LocatedProblem {
  // What is missing at the end of the file is missing behind its last word.
  const start = Math.min(error.pos[0], text.trimEnd().length);
  const span = [start, Math.max(error.pos[1], start + 1)] as const;
  if (error.code === 'TAB_AS_INDENT') {
    const message = 'YAML does not allow tabs as indentation';
    return {code: 'tab-indentation', message, suggestion: 'indent with spaces', span};
  }
  return {code: 'yaml-syntax', ...(unquotedPlaceholder(text, start) ?? plainWords(error)), span};
}

function plainWords({message}: YAMLError): Problem {
  const known = words.find(([pattern]) => pattern.test(message));
  if (known) return {message: known[1], suggestion: known[2]};
  return {message: message.replace(/^./, (letter) => letter.toLowerCase())};
}

/** How far from an error its placeholder may begin. */
const nearby = 200;

/** `{version}-cuda` without quotes, which YAML reads as a map with something after it. */
function unquotedPlaceholder(text: string, offset: number): Problem | undefined {
  const windowStart = Math.max(0, offset - nearby);
  const around = text.slice(windowStart, offset + nearby);
  const found = [...around.matchAll(/(?<=^|[\s,[])\{[A-Za-z][\w.-]*\}[^\s,\]#"':]*/gm)].find(
    (match) => {
      const start = windowStart + match.index;
      return start <= offset && offset <= start + match[0].length;
    },
  );
  if (!found) return undefined;
  return {
    message: 'text that begins with a placeholder must be in quotes',
    suggestion: `write \`"${found[0]}"\``,
  };
}
