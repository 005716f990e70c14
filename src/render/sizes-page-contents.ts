import {formatBytes} from '../model/byte-size.ts';
import type {SizeHistory, SizeTrend} from '../sizes/history.ts';
import type {Finding, ImageContents, Place} from '../sizes/why-report.ts';
import {html, nothing, type Html} from './html-text.ts';
import {bytesCell, heads, notesList, prose, table} from './sizes-page-tables.ts';

/** What `sizes --why` found in one image, below its treemap. */
export function contentsOf(image: ImageContents, treemap: Html): Html {
  const {bytes, files, hiddenBytes, stagesUnknownBecause} = image;
  const hidden = hiddenBytes === 0 ? '' : ` Later layers hide ${formatBytes(hiddenBytes)} of them.`;
  return html`<h4>What fills it</h4>
    <p class="muted">
      ${formatBytes(bytes)} in ${files.toLocaleString('en-US')} files, unpacked.${hidden}
    </p>
    ${
      stagesUnknownBecause === null
        ? nothing
        : notesList([{text: `Stages are unknown: ${stagesUnknownBecause}`, images: []}], 'unknown')
    }
    <figure>${treemap}</figure>
    ${findingsTable(image)}`;
}

const mostFindings = 20;

function findingsTable({target, platform, findings}: ImageContents): Html {
  if (findings.length === 0) return html`<p>Nothing was found that need not be there.</p>`;
  const left = findings.slice(mostFindings);
  return html`<h4>What need not be there</h4>
    ${table(
      `What need not be in ${target} ${platform}`,
      html`${heads([], ['Bytes'])}${heads(['What', 'Where to change it'], [])}`,
      findings.slice(0, mostFindings).map(findingRow),
    )}
    ${
      left.length === 0
        ? nothing
        : html`<p class="muted">
            ${left.length} smaller findings are not shown: see build-matrix sizes --why --json.
          </p>`
    }`;
}

function findingRow(finding: Finding): Html {
  const {bytes, what, path, place, remedy, others = [], madeBy = [], notTraced} = finding;
  return html`<tr>
    ${bytesCell(bytes)}
    <td class="wide-cell">
      ${what}<br /><code>${path}</code>
      ${others.map((other) => html`<br /><span class="muted">also <code>${other}</code></span>`)}
    </td>
    <td class="wide-cell">
      ${prose(remedy)}<br /><span class="muted">${placeText(place)}</span>${madeBy.map(
        (maker) => html`<br /><span class="muted">from ${makerText(maker.place)}</span>`,
      )}${notTraced === undefined ? nothing : html`<br /><span class="muted">${notTraced}</span>`}
    </td>
  </tr>`;
}

function makerText(place: Place): Html {
  return place.origin === 'base'
    ? html`the base image of stage ${place.stage ?? ''}`
    : placeText(place);
}

function placeText({origin, stage, line, instruction}: Place): Html {
  if (origin === 'base') return html`in the base image`;
  if (origin === 'unknown') return html`stage not known`;
  const at = line === null ? '' : `, line ${line}`;
  const text = instruction === null ? nothing : html`: <code>${instruction}</code>`;
  return html`stage ${stage ?? ''}${at}${text}`;
}

/** How sizes went over time, with a chart for each target. */
export function historySection(
  {trends, unknown}: SizeHistory,
  chartOf: (target: string, trends: readonly SizeTrend[], index: number) => Html,
): Html {
  if (trends.length === 0 && unknown.length === 0) return nothing;
  const targets = [...new Set(trends.map(({target}) => target))];
  return html`<section aria-labelledby="history">
    <h2 id="history">Over time</h2>
    <p class="lead">Compressed sizes; each chart has a scale of its own.</p>
    ${targets.map((target, index) => {
      const own = trends.filter((trend) => trend.target === target);
      return html`<h3>${target}</h3>
        <figure>${chartOf(target, own, index)}</figure>
        ${pointsTable(target, own)}`;
    })}
    ${notesList(
      unknown.map((text) => ({text, images: []})),
      'unknown',
    )}
  </section>`;
}

function pointsTable(target: string, trends: readonly SizeTrend[]): Html {
  const rows = trends
    .flatMap(({platform, points}) => points.map((point) => ({platform, ...point})))
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
  return html`<details>
    <summary>All sizes of ${target}</summary>
    ${table(
      `Sizes of ${target} over time`,
      heads(['Version', 'Built', 'Platform'], ['Compressed', 'Unpacked']),
      rows.map(
        ({version, at, platform, dirty, compressed, unpacked}) =>
          html`<tr>
            <th scope="row">
              ${version}${dirty === true ? html` <span class="tag">changed files</span>` : nothing}
            </th>
            <td>${at.slice(0, 10)}</td>
            <td>${platform}</td>
            ${bytesCell(compressed)} ${bytesCell(unpacked)}
          </tr>`,
      ),
    )}
  </details>`;
}
