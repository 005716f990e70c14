import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {cleanLine, createLineJoiner} from '../../../src/docker/log-lines.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function joined(...pieces: readonly Uint8Array[]): readonly string[] {
  const joiner = createLineJoiner();
  return [...pieces.flatMap((piece) => joiner.push(piece)), ...joiner.end()];
}

describe('lines', () => {
  test('are joined from pieces, and an unfinished one comes at the end', () => {
    expect(joined(bytes('a'), bytes('b\nc'), bytes('\n\nd'))).toEqual(['ab', 'c', '', 'd']);
  });

  test('come as soon as they are whole', () => {
    const joiner = createLineJoiner();
    expect(joiner.push(bytes('one\ntw'))).toEqual(['one']);
    expect(joiner.push(bytes('o\n'))).toEqual(['two']);
    expect(joiner.end()).toEqual([]);
  });

  test('keep the last state of a progress bar', () => {
    expect(joined(bytes('10%\r'), bytes('50%\r100%\r\nnext\r\n'))).toEqual(['100%', 'next']);
    expect(joined(bytes('10%\r20%\r'))).toEqual(['20%']);
  });

  test('are the same wherever the pieces are cut, within a character too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('é', '…', '\u{1F433}', 'a', '\n', '\r\n', '10%\r', '')),
        fc.array(fc.nat(200)),
        (parts, cuts) => {
          const whole = bytes(parts.join(''));
          const places = [
            0,
            ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b),
            whole.length,
          ];
          const pieces = places.slice(1).map((end, at) => whole.subarray(places[at], end));
          expect(joined(...pieces)).toEqual(joined(whole));
        },
      ),
    );
  });

  test('of anything but UTF-8 are still lines', () => {
    expect(joined(new Uint8Array([0x61, 0xff, 0xfe, 0x0a, 0x62, 0xc3]))).toEqual([
      'a\ufffd\ufffd',
      'b\ufffd',
    ]);
  });

  test('that never end are cut', () => {
    const lines = joined(...Array.from({length: 200}, () => bytes('x'.repeat(1024))));
    expect(lines.map((line) => line.length)).toEqual([65536, 65536, 65536, 8192]);
  });
});

/** Mostly control characters and what escape sequences are made of. */
const anyText = fc
  .array(fc.oneof(fc.nat(0x9f), fc.constantFrom(0x1b, 0x5b, 0x5d, 0x3b, 0x20ac)))
  .map((codes) => String.fromCharCode(...codes));

describe('a line', () => {
  test('loses colours, cursor movements and other control characters, and keeps tabs', () => {
    expect(cleanLine('\u001b[31mred\u001b[0m\tx\u001b[2K\u0007\u0000')).toBe('red\tx');
    expect(cleanLine('\u001b]8;;http://x\u0007link\u001b]8;;\u0007')).toBe('link');
  });

  test('never holds anything that a terminal obeys, whatever it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cleanLine(text)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/u);
      }),
    );
  });
});
