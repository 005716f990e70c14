import {Composer, Lexer, Parser, type CST, type Document} from 'yaml';

import type {LocatedProblem} from './located-problem.ts';
import {syntaxProblem} from './yaml-words.ts';

/** Levels of maps and lists; matrix.yml itself needs about ten. */
export const deepestNesting = 64;

/**
 * Words, brackets and line ends. 1,000 targets that are written out have about 50,000. The limit
 * keeps a file that is nothing but errors below two seconds: each costs the parser about 10 µs.
 */
const mostTokens = 100_000;

/** Syntax errors that are looked at; nobody reads as many. */
const mostSyntaxErrors = 1000;

export interface YamlText {
  /** Absent when the text is beyond the limits. */
  readonly document?: Document.Parsed;
  readonly problems: readonly LocatedProblem[];
  /** Offset from which on the document cannot be trusted: that of the first syntax error. */
  readonly brokenFrom: number;
}

/** Backslashes of text in double quotes: each may be an error, and costs as much as four words. */
const escapesIn = (lexeme: string): number =>
  lexeme.startsWith('"') ? lexeme.split('\\').length - 1 : 0;

/** Reads YAML 1.2 (core schema). Never throws and takes time in proportion to the text. */
export function parseYaml(text: string): YamlText {
  const tokens = tokenize(text);
  if (!Array.isArray(tokens)) return {problems: [tokens], brokenFrom: tokens.span[0]};

  // Duplicate keys are found later, in linear time and with the place of the first one.
  const documents = new Composer({uniqueKeys: false}).compose(tokens, true, text.length);
  const [document, second] = [documents.next(), documents.next()];
  if (document.done === true) return {problems: [], brokenFrom: text.length};

  const {errors, warnings} = document.value;
  // What the parser says next about the same place is about its own confusion.
  const places = new Map(
    [...warnings, ...errors.toReversed()].map((error) => [error.pos[0], error]),
  );
  const problems = [...places.values()]
    .toSorted((a, b) => a.pos[0] - b.pos[0])
    .slice(0, mostSyntaxErrors)
    .map((error) => syntaxProblem(error, text));
  if (second.done !== true) {
    const start = second.value.range[0];
    problems.push({
      code: 'several-documents',
      message: 'the file holds more than one YAML document',
      suggestion: 'keep one, and remove the `---` line here',
      span: [start, start + 1],
    });
  }
  const brokenFrom = errors.reduce((first, {pos}) => Math.min(first, pos[0]), text.length + 1);
  return {document: document.value, problems, brokenFrom};
}

function tokenize(text: string): CST.Token[] | LocatedProblem {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    count += 1 + 4 * escapesIn(lexeme);
    // Here, because everything that comes after the parser calls itself for every level.
    if (parser.stack.length > deepestNesting) {
      return {
        code: 'too-deep',
        message: `the file nests more than ${String(deepestNesting)} levels deep`,
        suggestion: 'no key of matrix.yml needs that: is this the right file?',
        span: [parser.offset, parser.offset + 1],
      };
    }
    if (count > mostTokens) {
      return {
        code: 'too-large',
        message: `the file has more than ${mostTokens.toLocaleString('en')} words and signs`,
        suggestion: 'let `matrix`, `templates` and `defaults` say what repeats',
        span: [parser.offset, parser.offset + 1],
      };
    }
  }
  tokens.push(...parser.end());
  return tokens;
}
