import {formatBytes} from '../model/byte-size.ts';
import type {
  Finding,
  ImageContents,
  MadeBy,
  Place,
  SizedPath,
  StageContents,
  WhyReport,
} from '../sizes/why-report.ts';
import {freesNothing} from '../sizes/why-remedies.ts';
import {printable, printableProse} from './printable.ts';
import {shortBase} from './short-base.ts';
import type {TextStyle} from './text-style.ts';
import {padStart, truncate} from './text-width.ts';

/** Columns of a size: `99.9 MB`, `1000 MB` does not come up. */
const sizeWidth = 8;
const barWidth = 10;
/** What is in a stage with fewer bytes is not worth a line. */
const leastListed = 64 * 1024;
/** Nor is a folder or file with a smaller part of its stage. */
const leastShare = 0.01;

/**
 * What fills each image: its stages with their largest folders and files, and what need not be there,
 * at most `mostFindings` of what can be mended and of what cannot.
 */
export function formatWhy(report: WhyReport, mostFindings: number, style: TextStyle): string {
  return report.images
    .map((image) => imageLines(image, mostFindings, style).join('\n'))
    .join('\n\n\n');
}

function imageLines(image: ImageContents, top: number, style: TextStyle): readonly string[] {
  const {colours} = style;
  const {target, platform, bytes, files, hiddenBytes, stagesUnknownBecause, stages} = image;
  const hidden = hiddenBytes === 0 ? '' : `; later layers hide ${formatBytes(hiddenBytes)} of them`;
  const title = `${printable(target)} ${printable(platform)}`;
  return [
    `${colours.bold(title)}  ${formatBytes(bytes)} in ${count(files, 'file')}${hidden}`,
    ...(stagesUnknownBecause === null
      ? []
      : [colours.dim(`Stages are unknown: ${printableProse(stagesUnknownBecause)}`)]),
    ...stages.flatMap((stage) => ['', ...stageLines(stage, bytes, style)]),
    '',
    ...findingLines(image, top, style),
  ];
}

function stageLines(stage: StageContents, whole: number, style: TextStyle): readonly string[] {
  const {colours} = style;
  const share = whole === 0 ? 0 : Math.round((stage.bytes / whole) * 100);
  const size = padStart(formatBytes(stage.bytes), sizeWidth);
  const title = colours.bold(stageTitle(stage));
  const from = stage.from === null ? '' : colours.dim(fromOf(stage, style));
  return [
    `${colours.bold(size)}  ${title}${from}  ${colours.dim(`${share}% in ${count(stage.files, 'file')}`)}`,
    ...(stage.bytes < leastListed
      ? []
      : [
          ...pathLines(stage.directories, 'folders', stage.bytes, style),
          ...pathLines(stage.largestFiles, 'files', stage.bytes, style),
        ]),
  ];
}

function stageTitle({origin, stage}: StageContents): string {
  if (origin === 'base') return 'base image';
  return origin === 'stage' ? printable(stage ?? '') : 'all layers';
}

function fromOf({origin, from}: StageContents, {glyphs}: TextStyle): string {
  // A target that this one builds on is written as IMAGE/NAME, without a tag.
  const name = printable(/[:@]/.test(from ?? '') ? shortBase(from ?? '') : (from ?? ''));
  return origin === 'base' ? ` ${name}` : ` ${glyphs.from} ${name}`;
}

function pathLines(
  paths: readonly SizedPath[],
  title: string,
  whole: number,
  style: TextStyle,
): readonly string[] {
  const large = paths.filter(({bytes}) => bytes >= whole * leastShare);
  if (large.length === 0) return [];
  const {colours} = style;
  return [
    `${' '.repeat(sizeWidth)}  ${colours.dim(title)}`,
    ...large.map(({path, bytes}) => {
      const size = padStart(formatBytes(bytes), sizeWidth);
      const room = Math.max(24, style.columns - sizeWidth - barWidth - 4);
      return `${size}  ${bar(bytes, whole, style)}  ${shortPath(path, room, style)}`;
    }),
  ];
}

/** The part of the stage, in tenths; ASCII where the terminal has nothing else. */
function bar(bytes: number, whole: number, {colours, glyphs}: TextStyle): string {
  const isUnicode = glyphs.ellipsis === '…';
  const filled = whole === 0 ? 0 : Math.round((bytes / whole) * barWidth);
  const full = (isUnicode ? '━' : '#').repeat(filled);
  const rest = (isUnicode ? '─' : '-').repeat(Math.max(0, barWidth - filled));
  return colours.cyan(full) + colours.dim(rest);
}

function findingLines({findings}: ImageContents, top: number, style: TextStyle): readonly string[] {
  const {colours, glyphs} = style;
  if (findings.length === 0) {
    return [`${colours.green(glyphs.succeeded)} nothing found that need not be there`];
  }
  const isMendable = ({place, hiddenBy}: Finding): boolean =>
    place.origin !== 'base' || hiddenBy?.origin === 'stage';
  const mendable = findings.filter(isMendable);
  const inBase = findings.filter((finding) => !isMendable(finding));
  return [
    ...section('What need not be there', mendable, top, style, (each) => findingText(each, style)),
    ...(mendable.length > 0 && inBase.length > 0 ? [''] : []),
    ...section('In the base image', inBase, top, style, (each) => baseText(each, style)),
  ];
}

function section(
  title: string,
  findings: readonly Finding[],
  top: number,
  {colours}: TextStyle,
  text: (finding: Finding) => readonly string[],
): readonly string[] {
  if (findings.length === 0) return [];
  const left = findings.slice(top);
  const leftBytes = left.reduce((sum, {bytes}) => sum + bytes, 0);
  const more = `${padStart(formatBytes(leftBytes), sizeWidth)}  in ${count(left.length, 'smaller finding')}: see --top or --json`;
  return [
    colours.bold(title),
    ...findings.slice(0, top).flatMap(text),
    ...(left.length === 0 ? [] : [colours.dim(more)]),
  ];
}

/** Of what cannot be mended here one line is enough, unless another base image is known. */
function baseText(finding: Finding, style: TextStyle): readonly string[] {
  const {bytes, what, path, files, remedy} = finding;
  const amount = files === 1 ? '' : ` (${count(files, 'file')})`;
  const title = `${padStart(formatBytes(bytes), sizeWidth)}  ${what}${amount}`;
  const room = style.columns - title.length - 2;
  const isOneLine = room >= Math.min(path.length, 24);
  const margin = ' '.repeat(sizeWidth + 2);
  const shown = style.colours.dim(
    shortPath(path, isOneLine ? room : style.columns - margin.length, style),
  );
  return [
    ...(isOneLine ? [`${title}  ${shown}`] : [title, `${margin}${shown}`]),
    ...(remedy === freesNothing ? [] : remedyLines(remedy, style)),
  ];
}

function findingText(finding: Finding, style: TextStyle): readonly string[] {
  const {colours, glyphs} = style;
  const {bytes, files, what, path, largest, place, hiddenBy, others = [], remedy} = finding;
  const {madeBy = [], notTraced} = finding;
  const margin = ' '.repeat(sizeWidth + 2);
  const room = Math.max(40, style.columns - margin.length);
  const amount = files === 1 ? '' : `, ${count(files, 'file')}`;
  // One part only is the path itself.
  const parts = largest.length > 1 ? largest : [];
  const cut = (text: string): string => truncate(text, room, glyphs.ellipsis);
  return [
    `${colours.yellow(padStart(formatBytes(bytes), sizeWidth))}  ${what}${amount}`,
    `${margin}${shortPath(path, room, style)}`,
    ...parts.map((part) => {
      const name = below(part.path, path);
      return `${margin}${colours.dim(cut(`  ${padStart(formatBytes(part.bytes), sizeWidth)} ${name}`))}`;
    }),
    ...others.map((other) => `${margin}${colours.dim(cut(`also in ${printable(other)}`))}`),
    `${margin}${colours.dim(cut(`${hiddenBy === undefined ? '' : 'made: '}${placeText(place)}`))}`,
    ...madeBy
      .slice(0, mostMakers)
      .map((maker) => `${margin}${colours.dim(cut(`from:   ${makerText(maker, bytes)}`))}`),
    ...(notTraced === undefined ? [] : [`${margin}${colours.dim(cut(printableProse(notTraced)))}`]),
    ...(hiddenBy === undefined
      ? []
      : [`${margin}${colours.dim(cut(`hidden: ${placeText(hiddenBy)}`))}`]),
    ...remedyLines(remedy, style),
  ];
}

/** Instructions of another stage that are named. */
const mostMakers = 3;

/** Where a copied file was made; with its bytes where it is only a part. */
function makerText({place, bytes}: MadeBy, whole: number): string {
  const part = bytes < whole * 0.99 ? `${formatBytes(bytes)} of ` : '';
  return `${part}${place.origin === 'base' ? `the base image of stage ${printable(place.stage ?? '')}` : placeText(place)}`;
}

function remedyLines(remedy: string, {colours, columns}: TextStyle): readonly string[] {
  const margin = ' '.repeat(sizeWidth + 2);
  return wrapped(remedy, Math.max(40, columns - margin.length - 3)).map(
    (line, index) => `${margin}${index === 0 ? colours.green('=>') : '  '} ${line}`,
  );
}

/** `stage install, line 12: RUN apt-get update`; the instruction is cut by the caller. */
function placeText({origin, stage, line, instruction}: Place): string {
  if (origin === 'base') return 'in the base image';
  if (origin === 'unknown') return 'stage not known';
  const where = `stage ${printable(stage ?? '')}${line === null ? '' : `, line ${line}`}`;
  return instruction === null ? where : `${where}: ${printableProse(instruction)}`;
}

/** The path of a part, without what the finding's own path says already. */
function below(path: string, folder: string): string {
  const start = folder === '/' ? '/' : `${folder}/`;
  return printable(path.startsWith(start) ? path.slice(start.length) : path);
}

/** The path, its middle cut when it is longer than `room`: its beginning and its end say most. */
function shortPath(path: string, room: number, {glyphs}: TextStyle): string {
  const text = printable(path);
  if (text.length <= room) return text;
  const start = Math.floor((room - glyphs.ellipsis.length) / 3);
  const end = room - glyphs.ellipsis.length - start;
  return text.slice(0, start) + glyphs.ellipsis + text.slice(-end);
}

function wrapped(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < room) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en-US')} ${noun}${amount === 1 ? '' : 's'}`;
}
