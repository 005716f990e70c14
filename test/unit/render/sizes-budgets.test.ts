import {expect, test} from 'vitest';

import {budgetRows} from '../../../src/render/sizes-budgets.ts';
import {sizesHtml} from '../../../src/render/sizes-html.ts';
import {sizesMarkdown} from '../../../src/render/sizes-markdown.ts';
import {sizesText} from '../../../src/render/sizes-text.ts';
import type {BudgetReport, SizeReport} from '../../../src/sizes/size-report.ts';
import {plainStyle} from './sample-run.ts';
import {sampleSizes} from './sample-sizes.ts';

const budget = (more: Partial<BudgetReport>): BudgetReport => ({
  ...{target: 'face/cpu', platform: 'linux/amd64', stage: null, measure: 'compressed'},
  ...{written: '3.5GB', limit: 3_500_000_000, actual: 2_000_000_000, unknownBecause: null},
  ...more,
});
const unknown = {limit: null, actual: null, unknownBecause: 'there is no earlier build'};
const report: SizeReport = {
  ...sampleSizes,
  images: [],
  removed: [],
  unknown: [],
  budgets: [
    budget({}),
    budget({
      stage: 'deps',
      measure: 'unpacked',
      written: '1MB',
      limit: 1_000_000,
      actual: 1_000_001,
    }),
    budget({measure: 'growth', written: '5%', ...unknown}),
  ],
};

test.each<[string, Partial<BudgetReport>, string, string]>([
  ['just kept', {limit: 1000, actual: 1000}, '100%', 'kept'],
  ['just exceeded', {limit: 1_000_000, actual: 1_000_001}, '101%', 'exceeded'],
  ['shrunk', {limit: 0, actual: -5}, '0%', 'kept'],
  ['grown where nothing may', {limit: 0, actual: 5}, 'over', 'exceeded'],
  ['not known', unknown, '?', 'unknown'],
])('%s', (_, more, used, state) => {
  expect(budgetRows({...report, budgets: [budget(more)]})).toMatchObject([{used, state}]);
});

test('a share is told with its bytes', () => {
  const share = budget({measure: 'growth', written: '5%', limit: 12_300_000, actual: 1});
  expect(budgetRows({...report, budgets: [share]})).toMatchObject([{limit: '5% (12.3 MB)'}]);
});

test('in the terminal', () => {
  expect(sizesText(report, plainStyle(), 80).split('\n').slice(4)).toEqual([
    'BUDGET                            OF             HAS  LIMIT  USED',
    'face/cpu linux/amd64              compressed  2.0 GB  3.5GB   57%',
    'face/cpu linux/amd64, stage deps  unpacked    1.0 MB    1MB  101%',
    'face/cpu linux/amd64              growth           ?     5%     ?',
    '? face/cpu linux/amd64, growth: there is no earlier build',
  ]);
});

test('in Markdown and on the page', async () => {
  expect(sizesMarkdown(report)).toContain(
    '| <code>face/cpu linux/amd64, stage deps</code> | unpacked | 1.0 MB | 1MB | 101% :x: |',
  );
  const page = (await sizesHtml(report)).replaceAll(/\s+/gu, ' ');
  expect(page).toContain('<h2 id="budgets">Budgets</h2>');
  expect(page).toContain('<span class="change more" title="">101%</span>');
  expect(page).toContain('title="there is no earlier build">?</span>');
});
