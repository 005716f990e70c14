import {styleText} from 'node:util';

/** Where progress goes. Results (env, status) are returned and printed by main.ts instead. */
export interface Reporter {
  /** Runs `work` as a named step; a line appears when it ends, and earlier if it takes long. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
  warn(text: string): void;
}

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan';

/** Colours `text` when `stream` is a terminal and NO_COLOR/FORCE_COLOR do not say otherwise. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, {stream, validateStream: true});
}

/** A step that ends sooner than this is reported by one line only. */
const SHOW_START_AFTER_MS = 1_000;
/** A step longer than this says every so often that it is still alive. */
const REPEAT_EVERY_MS = 30_000;

export function seconds(milliseconds: number): string {
  const value = milliseconds / 1_000;
  return value < 10 ? `${value.toFixed(1)} s` : `${value.toFixed(0)} s`;
}

/** Progress on stderr, so that `env` and `status` can be piped. */
export function stderrReporter(): Reporter {
  const began = performance.now();
  const line = (mark: string, style: Style, text: string): void => {
    const clock = `${((performance.now() - began) / 1_000).toFixed(1)}s`.padStart(7);
    const {stderr} = process;
    stderr.write(`${paint('dim', clock, stderr)} ${paint(style, mark, stderr)} ${text}\n`);
  };

  return {
    async step(title, work) {
      const start = performance.now();
      const elapsed = (): string => seconds(performance.now() - start);
      let repeat: NodeJS.Timeout | undefined;
      const first = setTimeout(() => {
        line('…', 'cyan', title);
        repeat = setInterval(() => {
          line('…', 'cyan', `${title}: ${elapsed()} so far`);
        }, REPEAT_EVERY_MS);
      }, SHOW_START_AFTER_MS);
      try {
        const result = await work();
        line('✓', 'green', `${title} (${elapsed()})`);
        return result;
      } catch (error) {
        line('✗', 'red', `${title} (${elapsed()})`);
        throw error;
      } finally {
        clearTimeout(first);
        clearInterval(repeat);
      }
    },
    note(text) {
      line('·', 'dim', text);
    },
    warn(text) {
      line('!', 'yellow', text);
    },
  };
}

/** Pads columns to their widest cell; the last column is left ragged. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
