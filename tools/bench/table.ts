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
  const cells = [
    ['what', 'build-matrix', 'peer', 'ratio', 'aim', ''],
    ...rows.map((row) => [
      row.what,
      row.ours,
      row.peer,
      row.ratio === null ? '' : row.ratio.toFixed(2),
      row.aim,
      row.met ? 'met' : 'MISSED',
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
    .join('\n');
}

export const milliseconds = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
