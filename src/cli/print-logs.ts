import {nodeFiles} from '../adapters/node-files.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {workflowCommand} from '../render/github-annotations.ts';
import {cleanLine} from '../render/text-width.ts';
import type {CommandContext} from './context.ts';

/** GitHub's log is slow with more; the end is what tells why. */
const mostLines = 5000;
const mostBytes = 64 * 1024 * 1024;

/**
 * On GitHub, where the log files go with the machine: the whole log of each target that failed, in a
 * group that folds. Elsewhere nothing.
 */
export async function printFailedLogs(
  {github, err}: CommandContext,
  record: BuildRecord,
): Promise<void> {
  if (!github.isActive) return;
  for (const {id, outcome, logFile} of record.targets) {
    if (outcome !== 'failed' || logFile === null) continue;
    const bytes = await nodeFiles.readBytes(logFile, mostBytes).catch(() => undefined);
    if (bytes === undefined) continue;
    const lines = new TextDecoder().decode(bytes).trimEnd().split('\n');
    const left = lines.length - mostLines;
    github.command(workflowCommand('group', {}, `Log of ${id}`));
    github.guard();
    if (left > 0) err.print(`(${String(left)} earlier lines are left out)`);
    for (const line of lines.slice(-mostLines)) err.print(cleanLine(line));
    github.command(workflowCommand('endgroup'));
  }
}
