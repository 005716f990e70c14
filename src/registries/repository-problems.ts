import type {FindingDetails} from '../plan/findings.ts';
import type {TagMutability} from '../model/tag-mutability.ts';
import type {EcrFailure} from '../ports/ecr.ts';
import type {EcrPlace, Place} from './registry-places.ts';

/** Sentences for what is wrong or doubtful with a repository of Amazon's. */

export type RepositoryProblem = FindingDetails & {readonly code: string};

export function repositoryMissing({repository, at}: Place, ecr: EcrPlace): RepositoryProblem {
  const command =
    ecr.address.kind === 'public'
      ? 'aws ecr-public create-repository --region us-east-1'
      : `aws ecr create-repository --region ${ecr.address.region}`;
  const byHand = `create it with \`${command} --repository-name ${ecr.name}\``;
  return {
    ...{code: 'repository-missing', path: at},
    message: `the repository ${repository} does not exist`,
    suggestion: at === null ? byHand : `write \`createRepository: true\` here, or ${byHand}`,
  };
}

export function repositoryNotCreated(place: Place, failure: EcrFailure): RepositoryProblem {
  return {
    ...{code: 'repository-not-created', path: setting(place, 'createRepository')},
    message: `the repository ${place.repository} could not be created: ${failure.message}`,
    suggestion:
      failure.kind === 'denied'
        ? 'allow `ecr:CreateRepository` (and `ecr:PutLifecyclePolicy` for a lifecycle policy)'
        : 'try again, or create it by hand',
  };
}

/** It may well take the push: only what was asked for in matrix.yml could not be looked after. */
export function repositoryUnseen(place: Place, failure: EcrFailure): RepositoryProblem {
  return {
    ...{code: 'repository-unseen', path: place.at},
    message: `the repository ${place.repository} could not be looked at: ${failure.message}`,
    suggestion: 'allow `ecr:DescribeRepositories` and `ecr:GetLifecyclePolicy`',
  };
}

export function tagImmutable(
  {repository, at, registry}: Place,
  tag: string,
  digest: string,
): RepositoryProblem {
  const settings = registry === null ? '' : ' (existing settings are never changed from here)';
  return {
    ...{code: 'tag-immutable', path: at},
    message: `the tag ${tag} of ${repository} exists already (${digest.slice(0, 19)}…), and its repository lets no such tag be moved`,
    suggestion: `build under another version or tag, or exclude the tag from the repository’s immutability${settings}`,
  };
}

export function buildxOverwritesTags(
  {repository, at}: Place,
  buildx: string,
  least: string,
): RepositoryProblem {
  return {
    ...{code: 'buildx-overwrites-tags', path: at},
    message: `buildx ${buildx} cannot copy into ${repository}: it would write parts of the image under the tag first, which is immutable`,
    suggestion: `update buildx to ${least} or newer`,
  };
}

export function policyUnusable(place: Place, file: string, because: string): RepositoryProblem {
  return {
    ...{code: 'lifecycle-policy', path: setting(place, 'lifecyclePolicy')},
    message: `the lifecycle policy ${file} cannot be used: ${because}`,
  };
}

/** `has` is what the repository has instead of what the key asks for. */
export function settingDiffers(place: Place, key: string, has: string): RepositoryProblem {
  return {
    ...{code: 'repository-differs', path: setting(place, key)},
    message: `the repository ${place.repository} exists with other settings: ${has}`,
    suggestion: 'change it in AWS, or here: existing repositories are left as they are',
  };
}

export function mutabilityText({immutable, except}: TagMutability): string {
  const all = `its tags are ${immutable ? 'immutable' : 'mutable'}`;
  return except.length === 0 ? all : `${all}, except ${except.join(', ')}`;
}

function setting({at}: Place, key: string): FindingDetails['path'] {
  return at === null ? null : [...at, key];
}
