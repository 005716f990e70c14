/**
 * An entry of an image's history as an instruction of a Dockerfile: BuildKit writes
 * `RUN |1 PORT=80 /bin/sh -c make # buildkit` (commitRun in dockerfile2llb/convert.go), docker's old
 * builder `/bin/sh -c #(nop) COPY file:… in /srv` and `/bin/sh -c make`.
 */
export function instructionOfHistory(createdBy: string): string {
  const text = createdBy
    .trim()
    .replace(/\s*# buildkit$/u, '')
    .replaceAll(/\s+/gu, ' ');
  const old = /^\/bin\/sh -c #\(nop\)\s+(.*)$/u.exec(text)?.[1];
  if (old !== undefined) return old.trim();
  if (/^(?:\|\d+ .*)?\/bin\/sh -c /u.test(text)) {
    return `RUN ${text.replace(/^.*?\/bin\/sh -c /u, '')}`;
  }
  const run = /^RUN (?:\|\d+ .*? )?\/bin\/(?:ba|da|a)?sh (?:.*? )??-\w*c (.*)$/u.exec(text)?.[1];
  return run === undefined ? text : `RUN ${run}`;
}
