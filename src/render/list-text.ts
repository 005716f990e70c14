import {tagIn} from '../model/image-ref.ts';
import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import {printableProse} from './printable.ts';
import {stageNames} from './stage-facts.ts';
import {textTable, type Column} from './text-table.ts';
import type {TextStyle} from './text-style.ts';

const columns: readonly Column[] = [
  {title: 'TARGET'},
  {title: 'PLATFORMS'},
  {title: 'FOR', dropOrder: 2},
  {title: 'STAGES', dropOrder: 3, shrinkOrder: 2},
  {title: 'TAGS', dropOrder: 1, shrinkOrder: 3},
  {title: 'DESCRIPTION', dropOrder: 4, shrinkOrder: 1},
];

/** A table with a line for each target of the plan. */
export function formatList(plan: BuildPlan, style: TextStyle): string {
  const {colours} = style;
  const rows = plan.targets.map((target) => [
    {text: target.id, paint: colours.bold},
    {text: target.platforms.map((platform) => platform.replace(/^linux\//, '')).join(', ')},
    {text: target.accelerator, paint: colours.cyan},
    {text: stageNames(target).join(', ')},
    {text: tagNames(target).join(', ')},
    {text: printableProse(target.description ?? ''), paint: colours.dim},
  ]);
  return textTable(columns, rows, style).join('\n');
}

/** The tags without their repositories, each once. */
function tagNames(target: PlannedTarget): readonly string[] {
  return [...new Set(target.tags.map(tagIn))];
}
