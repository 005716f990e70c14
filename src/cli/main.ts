import {enableCompileCache} from 'node:module';
import {setFlagsFromString} from 'node:v8';

import {outliveReader} from './outlive-reader.ts';
import {toolVersion} from './version.ts';

// Without this Node prints a warning of its own; which of them wins is the same.
const {NO_COLOR: noColour, FORCE_COLOR: colour} = process.env;
if (noColour === '') delete process.env['NO_COLOR'];
else if (noColour !== undefined && colour !== undefined) delete process.env['FORCE_COLOR'];

const args = process.argv.slice(2);
const [first = '--help'] = args;

// The two questions that must be answered at once need nothing of the rest.
if (args.length <= 1 && (first === '--version' || first === '-V')) {
  outliveOutput();
  process.stdout.write(`${toolVersion()}\n`);
} else if (args.length <= 1 && ['--help', '-h', 'help'].includes(first)) {
  const {helpText} = await import('./help-text.ts');
  outliveOutput();
  process.stdout.write(helpText);
} else {
  enableCompileCache();
  keepNurserySmall();
  const {runCommand} = await import('./run-command.ts');
  const code = await runCommand(args);
  process.exitCode = code;
  // A pause that nobody waits for any more, such as octokit's, is not waited for either.
  if (code === 130 || code === 143) setTimeout(() => process.exit(code), 200).unref();
}

/**
 * V8 doubles its nursery whenever much of it survives, and never gives it back. At its first size a
 * plan of 1,000 targets takes a quarter less memory and no more time (docs/benchmarks.md). A V8 that
 * does not know a flag says so on stderr, hence only those that were tried.
 */
function keepNurserySmall(): void {
  const [major = 0] = process.versions.v8.split('.').map(Number);
  if (major <= 13) setFlagsFromString('--semi-space-growth-factor=1');
}

function outliveOutput(): void {
  outliveReader(process.stdout, (message) => {
    process.stderr.write(`error: standard output: ${message}\n`);
  });
}
