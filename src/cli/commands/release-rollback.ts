import {nodeFiles} from '../../adapters/node-files.ts';
import {systemClock} from '../../adapters/system-clock.ts';
import {systemWaiting} from '../../adapters/system-waiting.ts';
import type {Failure} from '../../events/failure.ts';
import type {RegistryPorts} from '../../release/move-tags.ts';
import {journalFileOf, readJournal, writeJournal} from '../../release/release-journal.ts';
import {planRollback, putBackWork} from '../../release/rollback.ts';
import {settleStep} from '../../release/settle-step.ts';
import type {Version} from '../../release/version-tags.ts';
import {formatRollback} from '../../render/release-text.ts';
import type {CommandContext} from '../context.ts';
import {isStopped} from '../signals.ts';

/** `release VERSION --rollback`: puts moving tags back where they were before that release. */
export async function rollBack(request: {
  readonly context: CommandContext;
  readonly version: Version;
  readonly registry: RegistryPorts;
  readonly dryRun: boolean;
}): Promise<readonly Failure[]> {
  const {context, registry} = request;
  const version = request.version.text;
  const journal = await readJournal(nodeFiles, version);
  if (!journal.ok) return [journal.error];
  if (journal.value === null || journal.value.moves.length === 0) {
    const message = `nothing is known of tags that a release of ${version} has moved (${journalFileOf(version)})`;
    const remedy = 'roll back where the release was made, or move the tags by hand';
    return [{reason: 'release-refused', version, problems: [{message, remedy}]}];
  }
  const planned = await planRollback(version, journal.value.moves, registry);
  if (!planned.ok) return [planned.error];
  const returns = planned.value;
  if (!request.dryRun) {
    for (const one of returns.filter(({action}) => action === 'put-back')) {
      const {end} = await settleStep(putBackWork(one, registry), {
        waiting: systemWaiting,
        signal: registry.signal,
        onRetry({because, delayMs}) {
          const text = `${one.reference}: again in ${Math.ceil(delayMs / 1000)} s (${because})`;
          context.err.print(text);
        },
      });
      if (isStopped(registry.signal)) return [registry.signal.reason as Failure];
      if (!end.ok) {
        const {message, remedy} = end.error;
        const step = `put back ${one.reference}`;
        const done = returns.indexOf(one);
        const problems = [{step, message, remedy}];
        return [{reason: 'release-stopped', version, problems, done, of: returns.length}];
      }
    }
    const rolledBackAt = new Date(systemClock.now()).toISOString();
    const kept = await writeJournal(nodeFiles, {...journal.value, rolledBackAt});
    if (!kept.ok) return [kept.error];
  }
  context.out.print(formatRollback(returns, context.out.style));
  return [];
}
