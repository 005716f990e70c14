import {formatBytes} from '../model/byte-size.ts';
import type {NotedImage, ReleaseNotesFacts} from '../release/release-notes-facts.ts';
import {markdownCode} from './markdown-text.ts';

/**
 * Our part of the text of a release on GitHub: images with their digests and sizes, how to pull them,
 * which tags moved, what they were built on, and GitHub's own notes at the end.
 */
export function releaseNotes(facts: ReleaseNotesFacts): string {
  const {generated} = facts;
  return [
    ...section('Images', imageTable(facts)),
    ...section('Pull', pullLines(facts)),
    ...section('Tags that follow this release', movedLines(facts)),
    ...section('Base images', baseLines(facts)),
    ...(generated === null || generated.trim() === '' ? [] : [generated.trim()]),
  ].join('\n\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join('\n')];
}

function imageTable({images, previous}: ReleaseNotesFacts): readonly string[] {
  const rows = images.flatMap((image) => imageRows(image, previous));
  if (rows.length === 0) return [];
  const titles = ['Image', 'Platform', 'Digest', 'Compressed', 'Unpacked'];
  const compared = previous === null ? [] : [`Since ${previous}`];
  return [
    `| ${[...titles, ...compared].join(' | ')} |`,
    `| --- | --- | --- | ---: | ---: |${previous === null ? '' : ' ---: |'}`,
    ...rows,
    '',
    'Compressed is what a pull moves, unpacked what a device stores.',
  ];
}

function imageRows({target, platforms}: NotedImage, previous: string | null): readonly string[] {
  return platforms.map(({platform, digest, compressed, unpacked, change}) => {
    const cells = [
      markdownCode(target),
      markdownCode(platform),
      markdownCode(digest),
      sizeText(compressed),
      sizeText(unpacked),
      ...(previous === null ? [] : [changeText(change)]),
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

const sizeText = (bytes: number | null): string => (bytes === null ? '?' : formatBytes(bytes));

function changeText(change: number | null): string {
  if (change === null) return 'new';
  if (change === 0) return '±0 B';
  return change > 0 ? `+${formatBytes(change)}` : formatBytes(change);
}

/** By tag for people, by digest for machines that must get these very bytes. */
function pullLines({images, indexes}: ReleaseNotesFacts): readonly string[] {
  const named = [
    ...images.map(({target, references, pinned}) => ({title: target, references, pinned})),
    ...indexes.map(({targets, references, pinned}) => ({
      title: `the right one of ${targets.join(', ')} for each machine`,
      ...{references, pinned},
    })),
  ].filter(({references}) => references.length > 0);
  if (named.length === 0) return [];
  return [
    '```console',
    ...named.flatMap(({title, references, pinned}) => [
      `# ${title}`,
      ...references.map((reference) => `docker pull ${reference}`),
      ...(pinned === null ? [] : [`docker pull ${pinned}`]),
    ]),
    '```',
  ];
}

function movedLines({moved}: ReleaseNotesFacts): readonly string[] {
  return moved.map(({reference}) => `- ${markdownCode(reference)}`);
}

function baseLines({bases}: ReleaseNotesFacts): readonly string[] {
  return bases.map(
    ({reference, digest}) => `- ${markdownCode(reference)} at ${markdownCode(digest)}`,
  );
}
