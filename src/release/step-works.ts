import {unreachable} from '../model/result.ts';
import type {GitHubReleases} from '../ports/github.ts';
import type {ReleaseGit} from '../ports/release-git.ts';
import {gitTagWork} from './git-step.ts';
import {assetWork, draftWork, publishWork, type ReleaseTexts} from './github-steps.ts';
import {exactTagsWork, movingTagsWork} from './image-steps.ts';
import type {RegistryPorts} from './move-tags.ts';
import type {Overtaking} from './overtaking.ts';
import type {ReleaseJournal} from './release-journal.ts';
import type {ReleasePlan, ReleaseStep} from './release-plan.ts';
import type {ReleaseState} from './release-state.ts';
import type {StepWork} from './release-step.ts';
import type {WorkedStep} from './run-steps.ts';

export interface WorkContext {
  readonly plan: ReleasePlan;
  readonly registry: RegistryPorts;
  readonly git: ReleaseGit;
  /** A folder in the checkout. */
  readonly folder: string;
  /** null when the plan has no steps of GitHub. */
  readonly github: GitHubReleases | null;
  readonly texts: ReleaseTexts;
  readonly journal: ReleaseJournal;
  readonly overtaking: Overtaking;
  readonly state: ReleaseState;
}

/** The steps of a plan, each with what does it. */
export function stepWorks(context: WorkContext): readonly WorkedStep[] {
  return context.plan.steps.map((step) => ({step, work: workOf(step, context)}));
}

function workOf(step: ReleaseStep, context: WorkContext): StepWork {
  const {plan, registry, git, folder, github, texts, state} = context;
  switch (step.kind) {
    case 'exact-tags':
      return exactTagsWork(step, registry, state);
    case 'git-tag':
      return gitTagWork(step, git, folder);
    case 'moving-tags':
      return movingTagsWork(step, registry, context);
    case 'github-draft':
    case 'github-asset':
    case 'github-publish': {
      if (github === null) throw new Error(`${step.id}: a plan without GitHub has no such step`);
      const work = {plan, github, texts, state};
      if (step.kind === 'github-asset') return assetWork(step.name, work);
      return step.kind === 'github-draft' ? draftWork(work) : publishWork(work);
    }
    default:
      return unreachable(step);
  }
}
