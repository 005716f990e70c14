import {Writable} from 'node:stream';

import {describe, expect, it} from 'vitest';

import {openOutput} from '../../../src/cli/terminal.ts';

function streamWith(facts: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): NodeJS.WriteStream {
  return Object.assign(new Writable(), facts) as unknown as NodeJS.WriteStream;
}

const terminal = streamWith({isTTY: true, columns: 80});
const file = streamWith({});

describe('openOutput', () => {
  it.each([
    [terminal, {}, true, true],
    [file, {}, true, false],
    [terminal, {}, false, false],
    [terminal, {NO_COLOR: '1'}, true, false],
    [terminal, {NO_COLOR: ''}, true, true],
    [terminal, {TERM: 'dumb'}, true, false],
    [file, {FORCE_COLOR: '1'}, true, true],
    [terminal, {FORCE_COLOR: '0'}, true, false],
    [file, {FORCE_COLOR: '1', NO_COLOR: '1'}, true, false],
    [file, {FORCE_COLOR: '1'}, false, false],
  ])('decides on colours (%#)', (stream, environment, asked, colour) => {
    expect(openOutput(stream, environment, asked).colour).toBe(colour);
  });

  it.each([
    [{}, true],
    [{LANG: 'C.UTF-8'}, true],
    [{LANG: 'de_DE.utf8'}, true],
    [{LANG: 'de_DE.ISO-8859-1'}, false],
    [{LANG: 'C.UTF-8', LC_ALL: 'de_DE.ISO-8859-1'}, false],
    [{TERM: 'linux'}, false],
  ])('decides on signs (%#)', (environment, unicode) => {
    expect(openOutput(terminal, environment, true).unicode).toBe(unicode);
  });

  it('is no terminal for a live display when it is dumb, or none', () => {
    expect(openOutput(terminal, {TERM: 'xterm'}, true).isTerminal).toBe(true);
    expect(openOutput(terminal, {TERM: 'dumb'}, true).isTerminal).toBe(false);
    expect(openOutput(file, {}, true).isTerminal).toBe(false);
  });

  it('cuts nothing for a file', () => {
    expect(openOutput(terminal, {}, true).style.columns).toBe(80);
    expect(openOutput(file, {}, true).style.columns).toBe(200);
  });
});
