import {replaceInvisible} from '../model/invisible-text.ts';

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Part[];

/**
 * HTML from a template: strings and numbers are escaped for text and for attributes in quotes, `Html`
 * and lists of parts are put in as they are. What a reader could not see is left out.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {html: texts.reduce((all, text, index) => all + toHtml(parts[index - 1] ?? '') + text)};
}

/** HTML that another library made, and that must hold no foreign text unescaped. */
export function trusted(text: string): Html {
  return {html: text};
}

export const nothing: Html = {html: ''};

function toHtml(part: Part): string {
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeHtml(part);
  if (isHtml(part)) return part.html;
  return part.map(toHtml).join('');
}

function isHtml(part: Html | readonly Part[]): part is Html {
  return 'html' in part;
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return replaceInvisible(text, (letter) => (/\s/.test(letter) ? ' ' : '')).replaceAll(
    /[&<>"']/g,
    (letter) => references[letter] ?? letter,
  );
}
