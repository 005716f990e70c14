import {printableProse} from './printable.ts';

/** ASCII that may mean something to Markdown, HTML, GitHub's mathematics, links and emoji. */
const meaningful = /[&<>"'`*_~[\](){}!#|\\@:$^=+]|(?<=www)\./gi;

/**
 * Foreign text as code in a line or a cell of GitHub's Markdown: nothing in it is markup, a link, a
 * mention or a reference. References to characters are never structure (CommonMark 0.31, 2.5), and
 * GitHub looks for mentions outside of `code` only.
 */
export function markdownCode(text: string): string {
  return `<code>${referenced(printableProse(text))}</code>`;
}

/** Foreign prose: the same, but for its own code between backticks, which is shown as code. */
export function markdownProse(text: string): string {
  return printableProse(text)
    .split(/`([^`]*)`/)
    .map((part, index) =>
      index % 2 === 1 ? `<code>${referenced(part)}</code>` : withoutReferences(referenced(part)),
    )
    .join('');
}

function referenced(text: string): string {
  return text.replaceAll(meaningful, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** GitHub looks for `@name` and `#1` once the text is HTML; a word joiner (U+2060) breaks them. */
function withoutReferences(text: string): string {
  return text.replaceAll(/&#(?:64|35);/g, (sign) => `${sign}&#8288;`);
}
