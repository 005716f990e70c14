import {formatBytes} from '../model/byte-size.ts';
import {padStart, textWidth, truncate} from '../render/text-width.ts';
import type {Output} from './terminal.ts';

export interface ByteMeter {
  add(bytes: number): void;
  /** Takes the line away. */
  close(): void;
}

/** A terminal is written to so often, in milliseconds, … */
const redrawMs = 100;
/** … a log gets a line for what takes so long. */
const logMs = 10_000;

/** Shows on standard error how much of `total` bytes has been read, and how fast. */
export function openByteMeter(output: Output, title: string, total: number): ByteMeter {
  const start = performance.now();
  const every = output.isTerminal ? redrawMs : logMs;
  let shown = start;
  let bytes = 0;
  let isDrawn = false;
  return {
    add(count) {
      bytes += count;
      const now = performance.now();
      if (now - shown < every) return;
      shown = now;
      const share = total === 0 ? 100 : Math.min(100, Math.floor((bytes / total) * 100));
      const speed = formatBytes((bytes / (now - start)) * 1000);
      const done = `: ${padStart(String(share), 3)}%, ${formatBytes(bytes)} of ${formatBytes(total)}, ${speed}/s`;
      if (output.isTerminal) {
        output.stream.write(
          `\r\u001b[2K${output.style.colours.dim(onOneLine(title, done, output))}`,
        );
        isDrawn = true;
      } else {
        output.print(title + done);
      }
    },
    close() {
      if (isDrawn) output.stream.write('\r\u001b[2K');
    },
  };
}

/** A line that wraps could not be taken away again. */
function onOneLine(title: string, done: string, {style}: Output): string {
  const width = style.columns - 1;
  const {ellipsis} = style.glyphs;
  const room = Math.max(0, width - textWidth(done));
  return truncate(truncate(title, room, ellipsis) + done, width, ellipsis);
}
