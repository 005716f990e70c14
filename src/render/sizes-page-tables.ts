import type {ImageSizes, Measured, SizeReport} from '../sizes/size-report.ts';
import {html, nothing, type Html} from './html-text.ts';
import type {BudgetRow} from './sizes-budgets.ts';
import {
  addedText,
  bytesText,
  changeOf,
  changeText,
  isSlight,
  listedInstructions,
  sizeRows,
  type Change,
  type ListedInstruction,
  type Measure,
  type SizeNote,
  type SizeRow,
} from './sizes-rows.ts';

/** A table in a box of its own, which scrolls where the screen is narrower; its caption is spoken. */
export function table(caption: string, head: Html, body: readonly Html[]): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

export function heads(texts: readonly string[], numbers: readonly string[]): Html {
  return html`${texts.map((text) => html`<th scope="col">${text}</th>`)}${numbers.map(
    (text) => html`<th scope="col" class="number">${text}</th>`,
  )}`;
}

/** Limits of matrix.yml with what the images have; why one is not known stands in its title. */
export function budgetsTable(rows: readonly BudgetRow[]): Html {
  return table(
    'Budgets',
    heads(['Image', 'Of'], ['Has', 'Limit', 'Used']),
    rows.map(({name, measure, actual, limit, used, state, reason}) => {
      const look = state === 'exceeded' ? 'more' : state === 'unknown' ? 'muted' : '';
      return html`<tr>
        <th scope="row">${name}</th>
        <td>${measure}</td>
        <td class="number">${actual}</td>
        <td class="number">${limit}</td>
        <td class="number"><span class="change ${look}" title="${reason}">${used}</span></td>
      </tr>`;
    }),
  );
}

/** A size in short, its bytes in the title. */
export function bytesCell(bytes: number | null, text = bytesText(bytes)): Html {
  return html`<td class="number" title="${exact(bytes)}">${text.replace('-', '−')}</td>`;
}

export function exact(bytes: number | null): string {
  return bytes === null ? 'not known' : `${bytes.toLocaleString('en-US')} bytes`;
}

/** A change in colour, with a sign as well. */
export function changeSpan(change: Change): Html {
  if (change.kind === 'not-compared') return nothing;
  const bytes = change.kind === 'bytes' ? change.bytes : 0;
  const look = isSlight(change) || bytes === 0 ? 'muted' : bytes > 0 ? 'more' : 'less';
  const title = change.kind === 'bytes' ? exact(bytes) : changeTitles[change.kind];
  const text = changeText(change).replaceAll('-', '−');
  return html`<span class="change ${look}" title="${title}">${text}</span>`;
}

const changeTitles = {unknown: 'not known', new: 'was not there before'} as const;

function changeCell(size: Measured, measure: Measure, isNew: boolean, isCompared: boolean): Html {
  if (!isCompared) return nothing;
  return html`<td class="number">${changeSpan(changeOf(size, measure, isNew))}</td>`;
}

const changeHeads = (isCompared: boolean, names: readonly string[]): readonly string[] =>
  isCompared ? names : [];

/** A row for each image. */
export function imagesTable({images, against}: SizeReport): Html {
  const isCompared = against !== null;
  const numbers = ['Compressed', ...changeHeads(isCompared, ['change']), 'Unpacked'];
  return table(
    'Sizes of all images',
    heads(['Image', 'Platform'], [...numbers, ...changeHeads(isCompared, ['change'])]),
    images.map(
      ({target, platform, size}, index) =>
        html`<tr>
          <th scope="row"><a href="#image-${index}">${target}</a></th>
          <td>${platform}</td>
          ${bytesCell(size.compressed)} ${changeCell(size, 'compressed', true, isCompared)}
          ${bytesCell(size.unpacked)} ${changeCell(size, 'unpacked', true, isCompared)}
        </tr>`,
    ),
  );
}

/** The base image and every stage of an image. */
export function stagesTable(image: ImageSizes, isCompared: boolean): Html {
  const change = changeHeads(isCompared, ['change']);
  return table(
    `Stages of ${image.target} ${image.platform}`,
    heads(
      ['Stage', 'From', 'Line'],
      ['Adds', ...change, 'unpacked', ...change, 'In total', 'unpacked'],
    ),
    sizeRows(image).map((row) => stageRow(row, isCompared)),
  );
}

const tags = {base: 'base image', shipped: '', beside: 'not shipped', gone: 'gone'} as const;

function stageRow(row: SizeRow, isCompared: boolean): Html {
  const {kind, name, from, line, added, total, isNew} = row;
  const gone = kind === 'gone';
  const cell = (bytes: number | null, text: (bytes: number | null) => string): Html =>
    gone ? html`<td></td>` : bytesCell(bytes, text(bytes));
  const adds = kind === 'base' ? bytesText : addedText;
  const tag = tags[kind];
  return html`<tr class="${kind === 'beside' || gone ? 'dim' : ''}">
    <th scope="row">${name}${tag === '' ? nothing : html` <span class="tag">${tag}</span>`}</th>
    <td>${kind === 'base' ? nothing : from}</td>
    <td class="muted">${line ?? ''}</td>
    ${cell(added.compressed, adds)} ${changeCell(added, 'compressed', isNew, isCompared)}
    ${cell(added.unpacked, adds)} ${changeCell(added, 'unpacked', isNew, isCompared)}
    ${cell(total.compressed, bytesText)} ${cell(total.unpacked, bytesText)}
  </tr>`;
}

/** Instructions that add something, largest first; folded unless they are all that is known. */
export function instructionsTable(image: ImageSizes, isCompared: boolean): Html {
  const all = listedInstructions(image).toSorted(
    (a, b) => (b.size.compressed ?? 0) - (a.size.compressed ?? 0),
  );
  if (all.length === 0) return nothing;
  const hasStages = image.stages.length > 0;
  const change = changeHeads(isCompared, ['change']);
  return html`<details${hasStages ? nothing : html` open`}>
    <summary>${all.length === 1 ? '1 instruction' : `${all.length} instructions`} that add something</summary>
    ${table(
      `Instructions of ${image.target} ${image.platform}`,
      heads([hasStages ? 'Line' : '', 'Instruction'], ['Adds', ...change, 'unpacked']),
      all.map((each) => instructionRow(each, isCompared)),
    )}
  </details>`;
}

function instructionRow(each: ListedInstruction, isCompared: boolean): Html {
  const {line, text, size, stage, isNew} = each;
  return html`<tr>
    <td>${line === 0 ? nothing : line}</td>
    <td class="wide-cell">
      <code>${text}</code>${stage === '' ? nothing : html` <span class="tag">${stage}</span>`}
    </td>
    ${bytesCell(size.compressed, addedText(size.compressed))}
    ${changeCell(size, 'compressed', isNew, isCompared)}
    ${bytesCell(size.unpacked, addedText(size.unpacked))}
  </tr>`;
}

/** Sentences; of the images that they are about, where that is not clear from where they stand. */
export function notesList(notes: readonly SizeNote[], look: 'cause' | 'unknown'): Html {
  if (notes.length === 0) return nothing;
  return html`<ul class="notes ${look}">
    ${notes.map(
      ({text, images}) =>
        html`<li>
          ${prose(text)}
          ${images.length === 0 ? nothing : html`<br /><span class="muted">${images.join(', ')}</span>`}
        </li>`,
    )}
  </ul>`;
}

/** A sentence of ours: what stands between backticks is code. */
export function prose(text: string): Html {
  const parts = text.split(/`([^`]*)`/);
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
