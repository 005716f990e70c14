import {Copy, Run, type Instruction} from 'dockerfile-ast';

/** Letters of heredocs that are told: they may hold whole files. */
const longestHeredoc = 200;

/**
 * The instruction as written, on one line: without the ends of continued lines and the comments between
 * them. What its heredocs hold stands in parentheses, cut after 200 letters: `RUN <<EOF (make; make install)`.
 */
export function instructionText(instruction: Instruction, escape: string): string {
  const lines = instruction.getTextContent().split(/\r\n|\r|\n/u);
  const ends = heredocEnds(instruction);
  const [firstEnd] = ends;
  if (firstEnd === undefined) return joined(lines, escape);
  const start = firstEnd.content - instruction.getRange().start.line;
  const isEnd = new Set(ends.map(({line}) => line - instruction.getRange().start.line));
  const body = lines
    .map((line, index) => (index < start || isEnd.has(index) ? '' : line.trim()))
    .filter((line) => line !== '')
    .join('; ');
  const shown = body.length > longestHeredoc ? `${body.slice(0, longestHeredoc)}…` : body;
  return `${joined(lines.slice(0, start), escape)} (${shown})`;
}

/** For each heredoc the line at which its text begins, and that of the word that ends it. */
function heredocEnds(
  instruction: Instruction,
): readonly {readonly content: number; readonly line: number}[] {
  if (!(instruction instanceof Run || instruction instanceof Copy)) return [];
  return instruction.getHeredocs().flatMap((heredoc) => {
    const line = heredoc.getDelimiterRange()?.start.line;
    if (line === undefined) return [];
    return [{content: heredoc.getContentRange()?.start.line ?? line, line}];
  });
}

function joined(lines: readonly string[], escape: string): string {
  return lines
    .map((line) => line.trim())
    .filter((line, index) => index === 0 || (line !== '' && !line.startsWith('#')))
    .map((line) => (line.endsWith(escape) ? line.slice(0, -escape.length).trimEnd() : line))
    .filter((line) => line !== '')
    .join(' ');
}
