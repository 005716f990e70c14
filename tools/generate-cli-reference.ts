import {readFileSync, writeFileSync} from 'node:fs';

import type {Actions} from '../src/cli/program.ts';
import {createProgram} from '../src/cli/program.ts';
import {toolVersion} from '../src/cli/version.ts';
import {cliReference} from './cli-reference.ts';

/**
 * Writes docs/cli-reference.md, and src/cli/help-text.ts, which answers `--help` without loading the
 * command line. With `--check` it writes nothing and fails when one of them is out of date.
 */

/** The files, and what they should hold. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const program = createProgram(toolVersion(), noActions);
  return new Map([
    ['docs/cli-reference.md', cliReference(program)],
    ['src/cli/help-text.ts', helpTextModule(helpOf(() => createProgram(toolVersion(), noActions)))],
  ]);
}

/** What `--help` prints. */
export function helpOf(create: () => ReturnType<typeof createProgram>): string {
  let text = '';
  const program = create();
  program.configureOutput({writeOut: (part) => (text += part)});
  program.outputHelp();
  return text;
}

function helpTextModule(help: string): string {
  const lines = help.split('\n').map((line) => `  ${quoted(line)},`);
  return [
    '/** Written by tools/generate-cli-reference.ts: what `build-matrix --help` prints. */',
    'export const helpText = [',
    ...lines,
    "].join('\\n');",
    '',
  ].join('\n');
}

/** A string literal as prettier writes it. */
function quoted(line: string): string {
  const escaped = JSON.stringify(line).slice(1, -1).replaceAll('\\"', '"');
  return line.includes("'") ? JSON.stringify(line) : `'${escaped}'`;
}

/** The definitions are read, never run. */
const noActions = {} as Actions;

function currentText(file: string): string {
  try {
    return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main) {
  for (const [file, text] of generatedFiles()) {
    if (currentText(file) === text) continue;
    if (process.argv.includes('--check')) {
      process.stderr.write(
        `${file} is out of date: run \`node tools/generate-cli-reference.ts\`\n`,
      );
      process.exitCode = 1;
    } else {
      writeFileSync(new URL(`../${file}`, import.meta.url), text);
    }
  }
}
