import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {FaultRun} from './fault-run.ts';

export interface FaultRow {
  /** What was wrong, as the first column has it. */
  readonly title: string;
  readonly run: FaultRun;
  /** Whether something else was under the tag before. */
  readonly earlier: boolean;
  /** Which connection it breaks first is chance: the message is another one each time, and one more try may come before. */
  readonly varies: boolean;
}

const file = join(import.meta.dirname, '../../docs/faults.md');

const head = `# What happens when a registry fails

Written by \`test/engine/faults.test.ts\`: each row is one real \`build-matrix build --push\` on a real
BuildKit, through a proxy that does what the first column says, to a real registry.
\`UPDATE_FAULTS=1 npx vitest run --project engine test/engine/faults.test.ts\` writes it anew; without
the variable the test fails where this page tells another story.

- **tries**: how often \`docker buildx build\` (or the move of a tag) was run. What was built is never
  built again: in every row the RUN step ran once.
- **published**: what was under the tag afterwards, asked of the registry behind the proxy.
- A cause that may pass is tried 4 times in all, after pauses of about 2, 4 and 8 seconds (10, 20 and 40
  where requests are limited and nobody says for how long), never sooner than \`Retry-After\` asks. A
  pause that would make it more than 5 minutes in all is not waited for: then the run fails at once.
- A registry that says nothing for 30 seconds while BuildKit waits for it is asked as well; when it does
  not answer either, that try is ended, and counts as one that may pass.
- Where a message of the builder has lost what the registry said, build-matrix asks the registry itself
  (the begin of an upload, given up at once, and the manifest), with the login of the user's docker.

`;

/** docs/faults.md of these rows; in the end it is compared with the file, or written to it. */
export async function checkFaultTable(rows: readonly FaultRow[]): Promise<{
  readonly written: string;
  readonly expected: string;
}> {
  const table = [
    '| fault | exit | tries | published | what it said |',
    '|---|---|---|---|---|',
    ...rows.map(lineOf),
  ].join('\n');
  const expected = `${head}${table}\n`;
  if (process.env['UPDATE_FAULTS'] === '1') await writeFile(file, expected);
  return {expected, written: await readFile(file, 'utf8').catch(() => '')};
}

function lineOf({title, run, earlier, varies}: FaultRow): string {
  const {ended, retries, digest, tagged, failure} = run;
  const published =
    tagged === null
      ? 'nothing'
      : tagged === digest
        ? 'the new image'
        : earlier
          ? 'still the earlier image'
          : 'another image';
  const tries = varies ? '1 or 2' : String(retries.length + 1);
  const cells = [title, String(ended.exitCode), tries, published];
  const again = [...new Set(varies ? [] : retries.map(({because}) => because))].map(
    (text) => `${text}; tried again`,
  );
  const said = [
    ...again,
    ...(failure !== undefined && 'message' in failure && !varies ? [failure.message] : []),
    ...(failure === undefined ? [] : [`→ ${varies ? once(run.remedy) : run.remedy}`]),
  ];
  cells.push(said.map((text) => plain(text, run)).join('<br>'));
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A remedy without how often it was tried. */
const once = (remedy: string): string => remedy.replace(/ \(tried \d+ times\)$/u, '');

/** Without what is another one each time. */
function plain(text: string, {repository}: FaultRun): string {
  return text
    .replaceAll(repository, 'NAME')
    .replaceAll(repository.replace('/app', '/base'), 'BASE')
    .replace(/\d+(?:\.\d+){3}:\d+->/gu, '')
    .replace(/\d+(?:\.\d+){3}:\d+/gu, 'HOST')
    .replace(/\d+(?:\.\d+){3}/gu, 'ADDRESS')
    .replace(/sha256:[0-9a-f]{64}/gu, 'sha256:…')
    .replace(/\/uploads\/[^\s"]+/gu, '/uploads/…')
    .replace(/"(?:layer|config|manifest|index|intoto|unknown)-sha256/gu, '"…-sha256')
    .replace(/</gu, '&lt;');
}
