import type {CommanderError} from 'commander';

import type {InvalidUsage} from '../events/failure.ts';

/**
 * What commander found wrong with the command line. Its messages are `error: WHAT. RULE.`, or a
 * question in parentheses on a second line; `command` is whose help is pointed to without either.
 */
export function usageFailure(error: CommanderError, command: string): InvalidUsage {
  const [first = '', second = ''] = error.message.replace(/^error: /, '').split('\n');
  const [, text = first, rule] = /^(.*?)\. (.*)$/.exec(first) ?? [];
  const [, value, argument] =
    /^command-argument value '(.*)' is invalid for argument '(.*)'$/su.exec(text) ?? [];
  const what =
    argument === undefined ? text : `\`${value ?? ''}\` is no ${argument} that is known here`;
  const question = /^\((Did you mean .*\?)\)$/.exec(second)?.[1];
  const help = question ?? rule?.replace(/\.$/, '');
  return {
    reason: 'invalid-usage',
    message: what,
    remedy:
      help === undefined
        ? `see \`${command} --help\``
        : help.charAt(0).toLowerCase() + help.slice(1),
  };
}
