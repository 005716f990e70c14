import type {CommanderError} from 'commander';

import type {InvalidUsage} from '../events/failure.ts';

/** What commander found wrong with the command line, in our words where they help. */
export function usageFailure(error: CommanderError, command: string): InvalidUsage {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /^\((Did you mean .*\?)\)$/.exec(suggestion ?? '')?.[1];
  const choices = /^(.*) is invalid\. (.*)$/.exec(first);
  const message = (choices?.[1] ?? first).replace(/\.$/, '');
  const rule = choices?.[2]?.replace(/\.$/, '');
  return {
    reason: 'invalid-usage',
    message: choices === null ? message : `${message} is invalid`,
    remedy:
      (meant ?? rule)?.replace(/^[A-Z]/, (letter) => letter.toLowerCase()) ??
      `see \`${command} --help\``,
  };
}
