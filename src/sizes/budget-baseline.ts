import {hasImage} from '../events/has-image.ts';
import type {BuildRecord} from '../records/build-record.ts';
import type {EarlierSizes} from './earlier-sizes.ts';
import {reportOf} from './report-of-record.ts';

/**
 * What the growth of a target is held against: the last release of it of which a run is kept, which is
 * a build of a commit that has a version tag, without uncommitted changes, and of another version than
 * this one; without a release, the last run that built the target; or a sentence, when there is neither.
 *
 * @param records earlier runs, oldest first
 */
export function baselineOf(
  target: string,
  current: BuildRecord,
  records: readonly BuildRecord[],
): EarlierSizes | string {
  const earlier = records.filter(
    ({runId, targets}) =>
      runId < current.runId &&
      targets.some(
        ({id, outcome, platforms}) => id === target && hasImage(outcome) && platforms.length > 0,
      ),
  );
  const release = earlier.findLast(
    ({git, version}) => git?.dirty === false && git.tag !== null && version !== current.version,
  );
  const record = release ?? earlier.at(-1);
  if (record === undefined) return 'there is no earlier build to compare it with';
  const name = release?.git?.tag ?? `run ${record.runId}`;
  return {report: reportOf(record), name};
}
