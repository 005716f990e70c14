import {enableCompileCache} from 'node:module';

import {toolVersion} from './version.ts';

const args = process.argv.slice(2);
const [first = '--help'] = args;

// The two questions that must be answered at once need nothing of the rest.
if (args.length <= 1 && (first === '--version' || first === '-V')) {
  process.stdout.write(`${toolVersion()}\n`);
} else if (args.length <= 1 && ['--help', '-h', 'help'].includes(first)) {
  const {helpText} = await import('./help-text.ts');
  process.stdout.write(helpText);
} else {
  enableCompileCache();
  const {runCommand} = await import('./run-command.ts');
  process.exitCode = await runCommand(args);
}
