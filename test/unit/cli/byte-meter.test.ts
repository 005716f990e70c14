import {setTimeout as sleep} from 'node:timers/promises';

import {expect, test} from 'vitest';

import {openByteMeter} from '../../../src/cli/byte-meter.ts';
import type {Output} from '../../../src/cli/terminal.ts';
import {textStyle} from '../../../src/render/text-style.ts';

test('a line of a terminal never wraps, since it could not be taken away', async () => {
  let written = '';
  const stream = {write: (text: string) => (written += text)} as unknown as NodeJS.WriteStream;
  const style = textStyle({colour: false, unicode: true, columns: 60});
  const output: Output = {
    ...{stream, style, isTerminal: true, colour: false, unicode: true},
    print: () => undefined,
  };
  const meter = openByteMeter(output, 'Reading some-service/some-target linux/amd64', 75_200_000);
  await sleep(110);
  meter.add(3_300_000);
  meter.close();
  const [, line = ''] = written.split('\r\u001b[2K');
  expect(line).toMatch(/^Reading some.*…: {3}4%, 3\.3 MB of 75\.2 MB, .*\/s$/u);
  expect(line.length).toBeLessThan(60);
});
