import {targetIdOf} from '../model/target-id.ts';
import type {SourceRange} from '../events/diagnostic.ts';
import type {PublicationOutcome} from '../events/event.ts';
import type {Failure} from '../events/failure.ts';
import type {BuildRecord, TargetRecord} from '../records/build-record.ts';
import {budgetDiagnostic} from '../sizes/budget-diagnostic.ts';
import type {SizeReport} from '../sizes/size-report.ts';
import {formatDuration} from './duration-text.ts';
import {failureDiagnostics} from './github-annotations.ts';
import {markdownCode, markdownProse} from './markdown-text.ts';
import {limitedLines, markdownRow, markdownTableHead} from './markdown-table.ts';
import {sizesMarkdown} from './sizes-markdown.ts';

/** GitHub refuses comments of more characters; summaries of a job may be larger. */
const mostCharacters = 65_000;
/** Lines of the table, of the failures and of the images are cut at these. */
const mostOfTable = 10_000;
const mostOfFailures = 6_000;
const mostOfImages = 8_000;

/**
 * A run for a job summary or a comment on GitHub: what came of each target, what failed and where,
 * which budgets are exceeded, where the images are, and their sizes. Whatever comes from a Dockerfile
 * or a log is shown and never obeyed. At most 65,000 characters.
 */
export function runMarkdown(record: BuildRecord, sizes: SizeReport): string {
  const blocks = [
    `### ${headline(record)}`,
    targetTable(record.targets),
    list('Failed', failuresOf(record).flatMap(failureLines), mostOfFailures),
    list('Over budget', (record.exceeded ?? []).map(budgetLine), mostOfFailures),
    imageList(record),
  ].filter((block) => block !== '');
  const run = `${blocks.join('\n\n')}\n`;
  if (sizes.images.length === 0) return run;
  return `${run}\n${sizesMarkdown(sizes, mostCharacters - run.length)}`;
}

function headline({version, outcome, targets, startedAt, finishedAt}: BuildRecord): string {
  const failed = targets.filter((target) => target.outcome === 'failed').length;
  const isIdle = targets.length > 0 && targets.every((target) => target.outcome === 'unchanged');
  const words = {
    succeeded: isIdle ? 'unchanged, nothing was built' : 'done',
    failed: failed === 0 ? 'failed' : `${String(failed)} of ${String(targets.length)} failed`,
    interrupted: 'interrupted',
    running: 'did not end',
  }[outcome];
  const ms = finishedAt === null ? 0 : Date.parse(finishedAt) - Date.parse(startedAt);
  const time = ms > 0 ? ` in ${formatDuration(ms)}` : '';
  return `Images of ${markdownProse(version)}: ${words}${time}`;
}

function targetTable(targets: readonly TargetRecord[]): string {
  if (targets.length === 0) return 'Nothing had to be built.';
  const rows = targets.map((target) => {
    const {platforms, outcome, durationMs, steps, digest} = target;
    return markdownRow([
      markdownCode(targetIdOf(target)),
      platforms.map(({platform}) => markdownCode(platform)).join('<br>'),
      outcomeWords(outcome),
      durationMs > 0 ? formatDuration(durationMs) : '',
      steps.total > 0 ? `${String(steps.cached)} of ${String(steps.total)}` : '',
      digest === null ? '' : markdownCode(shortDigest(digest)),
    ]);
  });
  return [
    ...markdownTableHead(['Target', 'Platforms', 'Result', 'Time', 'Steps cached', 'Digest'], 3),
    ...limitedLines(rows, mostOfTable, (left) => `\n_${String(left)} more targets._`),
  ].join('\n');
}

/** What the result table of the terminal says, too. */
function outcomeWords(outcome: TargetRecord['outcome']): string {
  switch (outcome) {
    case 'succeeded':
      return 'built';
    case 'unchanged':
      return 'unchanged';
    case 'failed':
      return '**failed**';
    case 'aborted':
      return 'stopped';
    case 'unstarted':
      return 'not started';
    case 'running':
      return 'did not end';
  }
}

/** Of targets that did not start because of another the table tells. */
function failuresOf({targets, publications = []}: BuildRecord): readonly Failure[] {
  return [...targets, ...publications].flatMap(({outcome, failure}) =>
    outcome === 'failed' && failure !== null ? [failure] : [],
  );
}

/** What failed, where, and the last that it printed. */
function failureLines(failure: Failure): readonly string[] {
  return failureDiagnostics(failure).map(({message, range, suggestion}) => {
    const [first = '', ...last] = message.split('\n');
    const place = range === undefined ? '' : ` at ${markdownCode(placeOf(range))}`;
    const help = suggestion === undefined ? '' : `<br>${markdownProse(suggestion)}`;
    const log = last.map((line) => `<br>${markdownCode(line)}`).join('');
    return `- ${markdownProse(first)}${place}${log}${help}`;
  });
}

function placeOf({file, line}: SourceRange): string {
  return `${file}:${String(line)}`;
}

function budgetLine(exceeded: NonNullable<BuildRecord['exceeded']>[number]): string {
  const {message, range} = budgetDiagnostic(exceeded, 'error');
  const place = range === undefined ? '' : ` (${markdownCode(placeOf(range))})`;
  return `- ${markdownProse(message)}${place}`;
}

function list(title: string, lines: readonly string[], most: number): string {
  if (lines.length === 0) return '';
  const shown = limitedLines(lines, most, (left) => `- … and ${String(left)} more`);
  return `**${title}**\n\n${shown.join('\n')}`;
}

/** What can be pulled: digests in full, and what tags and indexes point at now. */
function imageList({targets, publications = []}: BuildRecord): string {
  const pinned = targets.flatMap((target) => {
    const {output, digest, platforms} = target;
    if (output.kind !== 'push' || digest === null) return [];
    const made = platforms.map(({platform}) => platform).join(', ');
    const names = output.repositories.map((repository) => `${repository}@${digest}`);
    const what = markdownCode(targetIdOf(target)) + (made === '' ? '' : ` (${made})`);
    return `- ${what}: ${names.map(markdownCode).join(', ')}`;
  });
  const moved = publications.flatMap(({outcome, moves}) =>
    moves.map(({reference, before, after}) => {
      const now = after === null ? '' : ` is ${markdownCode(shortDigest(after))}`;
      const was =
        before === null || before === after ? '' : `, was ${markdownCode(shortDigest(before))}`;
      return `- ${markdownCode(reference)}${now}${was} (${publicationWords[outcome]})`;
    }),
  );
  const lines = [...moved, ...pinned];
  if (lines.length === 0) return '';
  const shown = limitedLines(lines, mostOfImages, (left) => `- … and ${String(left)} more`);
  return `<details>\n<summary>Tags and digests</summary>\n\n${shown.join('\n')}\n\n</details>`;
}

const publicationWords = {
  published: 'published',
  unchanged: 'unchanged',
  failed: '**not published**',
  restored: 'put back',
  'held-back': '**not published**',
} as const satisfies Record<PublicationOutcome, string>;

function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
