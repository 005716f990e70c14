/** One line of the result: what was compared, the medians, and whether the aim is met. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  /** ours / peer, or null where only a limit is checked. */
  readonly ratio: number | null;
  readonly aim: string;
  readonly met: boolean;
}

/** Text of the table, columns aligned, as it is copied into docs/benchmarks.md. */
export function formatTable(rows: readonly Row[]): string {
  const columns = [
    ['what', ...rows.map((row) => row.what)],
    ['build-matrix', ...rows.map((row) => row.ours)],
    ['peer', ...rows.map((row) => row.peer)],
    ['ratio', ...rows.map((row) => row.ratio?.toFixed(2) ?? '')],
    ['aim', ...rows.map((row) => row.aim)],
    ['', ...rows.map((row) => (row.met ? 'met' : 'MISSED'))],
  ].map((cells) => {
    const width = Math.max(...cells.map((cell) => cell.length));
    return cells.map((cell) => cell.padEnd(width));
  });
  return ['', ...rows]
    .map((_, line) =>
      columns
        .map((cells) => cells[line] ?? '')
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const milliseconds = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
