import {textStyle, type TextStyle} from '../render/text-style.ts';
import type {Environment} from './options.ts';

/** One of the two standard streams, and how text may look on it. */
export interface Output {
  readonly stream: NodeJS.WriteStream;
  readonly isTerminal: boolean;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly style: TextStyle;
  /** Prints text; a line break is added. */
  print(text: string): void;
}

/** Nothing has to be cut for a file or a pipe. */
const columnsOfFile = 200;

/** Decides once for a stream: colours, signs and width. `colour` is false for `--no-color`. */
export function openOutput(
  stream: NodeJS.WriteStream,
  environment: Environment,
  colour: boolean,
): Output {
  // Node's types promise a terminal; a pipe or a file has neither of these.
  const {isTTY, columns} = stream as {readonly isTTY?: boolean; readonly columns?: number};
  const isTerminal = isTTY === true && environment['TERM'] !== 'dumb';
  const hasColour = colour && wantsColour(environment, isTerminal);
  const unicode = hasUnicode(environment);
  const width = columns !== undefined && columns > 0 ? columns : columnsOfFile;
  return {
    stream,
    isTerminal,
    colour: hasColour,
    unicode,
    style: textStyle({colour: hasColour, unicode, columns: width}),
    print(text) {
      stream.write(`${text}\n`);
    },
  };
}

/** NO_COLOR as no-color.org says, FORCE_COLOR as Node and most of npm understand it. */
function wantsColour(environment: Environment, isTerminal: boolean): boolean {
  const {NO_COLOR: none, FORCE_COLOR: forced} = environment;
  if (none !== undefined && none !== '') return false;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal;
}

/** True unless the locale names another encoding, or the terminal is the bare Linux console. */
function hasUnicode(environment: Environment): boolean {
  if (environment['TERM'] === 'linux') return false;
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return locale === undefined || !locale.includes('.') || /utf-?8/i.test(locale);
}
