import {keywordOf} from './compare-instructions.ts';

/**
 * Brings instructions as they are written (`instructionText`) and as a history has them to one form, so
 * that the same ones are equal: BuildKit leaves flags such as `--from` and `--mount` out, gives the body
 * of a RUN's here-document alone, and of a COPY or ADD the line without the bodies.
 *
 * @param written the instructions that are looked for
 */
export function inFormOfHistory(written: readonly string[]): (text: string) => string {
  const bodies = written.flatMap((text) => {
    const body = bodyOfRun(text);
    if (body === undefined) return [];
    const cut = body.endsWith('…');
    return [{form: lines(`RUN ${cut ? body.slice(0, -1) : body}`), cut}];
  });
  return (text) => {
    const keyword = keywordOf({text});
    const bare = text
      .trim()
      .slice(keyword.length)
      .replaceAll(/\s--(?:from|link|mount|network|security|exclude|parents)(?:=\S+)?(?=\s)/gu, '');
    const body = bodyOfRun(text);
    const form = body === undefined ? `${keyword} ${bare.trim()}` : `RUN ${body}`;
    if (keyword !== 'RUN') return form.replace(/(?<=\s<<.*\S) \(.*\)$/u, '');
    const asBody = lines(form);
    const same = bodies.find(({form: other, cut}) =>
      cut ? asBody.startsWith(other) : asBody === other,
    );
    return same?.form ?? form;
  };
}

/** What a RUN that is nothing but a here-document holds, its lines joined by `; `. */
function bodyOfRun(text: string): string | undefined {
  return /^RUN(?:\s--\S+)*\s+<<-?["']?\w+["']? \((.*)\)$/iu.exec(text.trim())?.[1];
}

/** Where a line ended is lost in a history, whose white space is made one. */
function lines(form: string): string {
  return form.replaceAll(/;?\s+/gu, ' ').trim();
}
