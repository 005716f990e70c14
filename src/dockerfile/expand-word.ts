import {err, ok, type Result} from '../model/result.ts';

/** Value of a variable; undefined when it is not set. */
export type Variables = (name: string) => string | undefined;

/**
 * Expands the variables of one Dockerfile word and removes its quotes, as BuildKit's
 * frontend/dockerfile/shell/lex.go does: `$X`, `${X}`, `${X:-d}`, `${X-d}`, `${X:+a}`, `${X+a}`,
 * `${X:?e}`, `${X?e}`, `${X#p}`, `${X##p}`, `${X%p}`, `${X%%p}`, `${X/p/r}`, `${X//p/r}`.
 * A variable that is not set is an empty text. Fails with a message for text that is not valid.
 */
export function expandWord(
  word: string,
  variables: Variables,
  escape: string,
): Result<string, string> {
  const reader: Reader = {text: word, at: 0, escape, variables};
  try {
    return ok(readUntil(reader, ''));
  } catch (error) {
    if (error instanceof InvalidWord) return err(error.message);
    throw error;
  }
}

/** Ends the recursion of the reader; never leaves this module. */
class InvalidWord extends Error {}

interface Reader {
  readonly text: string;
  at: number;
  readonly escape: string;
  readonly variables: Variables;
}

const nameStart = /[A-Za-z_]/;
const nameRest = /[A-Za-z0-9_]/;

/** Text up to one of `stops` (left unread), expanded; up to the end when `stops` is empty. */
function readUntil(reader: Reader, stops: string): string {
  let out = '';
  while (reader.at < reader.text.length) {
    const char = reader.text.charAt(reader.at);
    if (stops.includes(char)) return out;
    out += readPart(reader, char);
  }
  if (stops !== '') throw new InvalidWord("syntax error: missing '}'");
  return out;
}

function readPart(reader: Reader, char: string): string {
  if (char === "'") return readSingleQuoted(reader);
  if (char === '"') return readDoubleQuoted(reader);
  if (char === '$') return readVariable(reader);
  reader.at += 1;
  if (char !== reader.escape) return char;
  const escaped = reader.text.charAt(reader.at);
  reader.at += 1;
  return escaped;
}

function readSingleQuoted(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end === -1)
    throw new InvalidWord('unexpected end of statement while looking for matching single-quote');
  const out = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return out;
}

function readDoubleQuoted(reader: Reader): string {
  let out = '';
  reader.at += 1;
  while (reader.at < reader.text.length) {
    const char = reader.text.charAt(reader.at);
    if (char === '"') {
      reader.at += 1;
      return out;
    }
    if (char === '$') {
      out += readVariable(reader);
      continue;
    }
    const next = reader.text.charAt(reader.at + 1);
    const escapes =
      char === reader.escape && (next === '"' || next === '$' || next === reader.escape);
    out += escapes ? next : char;
    reader.at += escapes ? 2 : 1;
  }
  throw new InvalidWord('unexpected end of statement while looking for matching double-quote');
}

function readVariable(reader: Reader): string {
  reader.at += 1;
  if (reader.text.charAt(reader.at) !== '{') {
    const name = readName(reader);
    return name === '' ? '$' : (reader.variables(name) ?? '');
  }
  reader.at += 1;
  const name = readName(reader);
  if (name === '') throw new InvalidWord('syntax error: bad substitution');
  const value = readModified(reader, name);
  reader.at += 1;
  return value;
}

function readName(reader: Reader): string {
  const start = reader.at;
  if (nameStart.test(reader.text.charAt(start))) {
    while (nameRest.test(reader.text.charAt(reader.at))) reader.at += 1;
  }
  return reader.text.slice(start, reader.at);
}

/** What stands between the name and the closing brace, which is left unread. */
function readModified(reader: Reader, name: string): string {
  const value = reader.variables(name);
  const rest = reader.text.slice(reader.at, reader.at + 2);
  if (rest.startsWith('}')) return value ?? '';
  const operator =
    ['##', '%%', '//', ':-', ':+', ':?'].find((one) => one === rest) ?? rest.charAt(0);
  reader.at += operator.length;
  if (operator.startsWith('/')) {
    const pattern = readUntil(reader, '/}');
    if (reader.text.charAt(reader.at) === '/') reader.at += 1;
    const replacement = readUntil(reader, '}');
    const flags = operator === '//' ? 'gsu' : 'su';
    return (value ?? '').replace(new RegExp(globSource(pattern, '*'), flags), () => replacement);
  }
  const word = readUntil(reader, '}');
  switch (operator) {
    case ':-':
      return value === undefined || value === '' ? word : value;
    case '-':
      return value ?? word;
    case ':+':
      return value === undefined || value === '' ? '' : word;
    case '+':
      return value === undefined ? '' : word;
    case ':?':
    case '?':
      if (value !== undefined && (operator === '?' || value !== '')) return value;
      throw new InvalidWord(`${name}: ${word === '' ? 'is not allowed to be unset' : word}`);
    case '#':
    case '##':
      return trimStart(value ?? '', word, operator === '##');
    case '%':
    case '%%':
      return trimEnd(value ?? '', word, operator === '%%');
    default:
      throw new InvalidWord(`unsupported modifier (${operator}) in substitution`);
  }
}

function trimStart(value: string, pattern: string, longest: boolean): string {
  return value.replace(new RegExp(`^${globSource(pattern, longest ? '*' : '*?')}`, 'su'), '');
}

/** The shortest match at the end begins latest, which a lazy quantifier alone does not give. */
function trimEnd(value: string, pattern: string, longest: boolean): string {
  const whole = new RegExp(`^${globSource(pattern, '*')}$`, 'su');
  const starts = Array.from({length: value.length + 1}, (_, index) => index);
  if (!longest) starts.reverse();
  const start = starts.find((index) => whole.test(value.slice(index)));
  return start === undefined ? value : value.slice(0, start);
}

/** A shell glob as the source of a regular expression; `many` is the quantifier of `*`. */
function globSource(pattern: string, many: '*' | '*?'): string {
  return pattern.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, (char) => {
    if (char === '*') return `.${many}`;
    return char === '?' ? '.' : `\\${char}`;
  });
}
