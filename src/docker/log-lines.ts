import {maskCredentials} from '../model/url-credentials.ts';

/** Joins the pieces of one output stream into whole lines. */
export interface LineJoiner {
  /** The lines that `bytes` completes, without their line breaks. */
  push(bytes: Uint8Array): readonly string[];
  /** The line that was begun and not ended, if any. */
  end(): readonly string[];
}

/** A line that never ends is cut here, so that a build that prints gigabytes cannot fill the memory. */
const longestLine = 64 * 1024;

/**
 * A line joiner for the output of programs. Pieces may end anywhere, within a UTF-8 character too;
 * what is not UTF-8 becomes U+FFFD. Of a line that was rewritten with carriage returns (progress
 * bars) the last state is kept, and control sequences are removed: a log cannot move the cursor.
 */
export function createLineJoiner(): LineJoiner {
  const decoder = new TextDecoder();
  let rest = '';
  const take = (text: string): string[] => {
    const lines = (rest + text).split('\n');
    rest = lastState(lines.pop() ?? '');
    const done = lines.map(cleanLine);
    while (rest.length > longestLine) {
      done.push(cleanLine(rest.slice(0, longestLine)));
      rest = rest.slice(longestLine);
    }
    return done;
  };
  return {
    push: (bytes) => take(decoder.decode(bytes, {stream: true})),
    end() {
      const done = take(decoder.decode());
      if (rest !== '') done.push(cleanLine(rest));
      rest = '';
      return done;
    },
  };
}

/** What is left on the screen of `line`; carriage returns at its very end overwrite nothing yet. */
function lastState(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return end === 0 ? line : line.slice(line.lastIndexOf('\r', end - 1) + 1);
}

const controls = /[\u0000-\u0008\u000a-\u001f\u007f\u0080-\u009f]/gu;

// ECMA-48: CSI with its parameters, OSC up to its end (BEL, ST or the next escape), other escapes.
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-_]/gu;

/**
 * One line as it may be shown and kept: nothing in it that a terminal would obey, and no credentials
 * of a URL. Tabs stay.
 */
export function cleanLine(line: string): string {
  if (line.search(controls) === -1) return maskCredentials(line);
  return maskCredentials(lastState(line).replace(sequences, '').replace(controls, ''));
}
