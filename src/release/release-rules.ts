import picomatch from 'picomatch';

import type {ReleaseSpec} from '../config/matrix-file-parts.ts';
import type {TagRules} from './version-tags.ts';

/** What matrix.yml says about releases, with what holds where it says nothing. */
export interface ReleaseRules extends TagRules {
  /** Globs. */
  readonly branches: readonly string[];
  /** Name of the git remote. */
  readonly remote: string;
  /** Before the version in git tags. */
  readonly tagPrefix: string;
  /** `owner/name`; false for no GitHub at all, null when it has to be found out. */
  readonly github: string | false | null;
}

/** `next`: whether `--next` was given. */
export function releaseRules(spec: ReleaseSpec | undefined, next: boolean): ReleaseRules {
  return {
    branches: spec?.branches ?? ['main', 'master', 'release/*'],
    remote: spec?.remote ?? 'origin',
    tagPrefix: spec?.tagPrefix ?? 'v',
    moving: spec?.moving ?? ['minor', 'major', 'latest'],
    latest: spec?.latest ?? 'latest',
    next: spec?.next ?? (next ? 'next' : null),
    github: spec?.github ?? null,
  };
}

export function isReleaseBranch(branch: string, {branches}: ReleaseRules): boolean {
  return picomatch([...branches])(branch);
}
