import {appendFile} from 'node:fs/promises';
import {randomUUID} from 'node:crypto';

/**
 * The files through which a step talks to GitHub's runner: `GITHUB_OUTPUT` takes `NAME<<DELIMITER`,
 * the value and the delimiter (docs.github.com, "Workflow commands", multiline strings),
 * `GITHUB_STEP_SUMMARY` takes Markdown. Both are appended to: other commands of the step write there
 * too. Throws as `node:fs` does.
 */
export async function appendOutputs(
  file: string,
  outputs: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(outputs).map(([name, value]) => {
    // Drawn anew for each value, so that no value can hold the end of itself.
    const delimiter = `build-matrix-${randomUUID()}`;
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  });
  await appendFile(file, entries.join(''));
}

export async function appendSummary(file: string, markdown: string): Promise<void> {
  await appendFile(file, `${markdown.trimEnd()}\n\n`);
}
