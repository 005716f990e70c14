import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** What GitHub's runner gives a step, and what the step leaves there. */
export interface GithubStep {
  readonly env: Readonly<Record<string, string>>;
  /** Outputs as the runner reads them. */
  outputs(): Promise<Readonly<Record<string, string>>>;
  summary(): Promise<string>;
}

/** A step of a workflow in the checkout `folder`, started by pull request 7. */
export async function githubStep(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<GithubStep> {
  // Below the folder of git, so that the checkout stays clean.
  const file = (name: string): string => join(folder, '.git', name);
  await writeFile(file('output'), '');
  await writeFile(file('summary'), '');
  await writeFile(file('event.json'), JSON.stringify({pull_request: {number: 7}}));
  return {
    env: {
      GITHUB_ACTIONS: 'true',
      CI: 'true',
      GITHUB_WORKSPACE: folder,
      GITHUB_REPOSITORY: 'acme/app',
      GITHUB_OUTPUT: file('output'),
      GITHUB_STEP_SUMMARY: file('summary'),
      GITHUB_EVENT_PATH: file('event.json'),
      ...more,
    },
    outputs: async () => readOutputs(await readFile(file('output'), 'utf8')),
    summary: () => readFile(file('summary'), 'utf8'),
  };
}

/** As actions/runner does (src/Runner.Worker/FileCommandManager.cs, EnvFileKeyValuePairs). */
function readOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const [equals, heredoc] = [line.indexOf('='), line.indexOf('<<')];
    if (heredoc < 0 || (equals >= 0 && equals < heredoc)) {
      if (equals < 0) throw new Error(`Invalid format '${line}'`);
      outputs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = lines.indexOf(line.slice(heredoc + 2));
    if (end < 0) throw new Error(`Matching delimiter not found '${line.slice(heredoc + 2)}'`);
    outputs[line.slice(0, heredoc)] = lines.slice(0, end).join('\n');
    lines.splice(0, end + 1);
  }
  return outputs;
}
