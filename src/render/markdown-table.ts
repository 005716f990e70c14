/** The title row of a table of GitHub's Markdown, and the row that says where columns stand. */
export function markdownTableHead(titles: readonly string[], lefts: number): readonly string[] {
  return [
    markdownRow(titles),
    markdownRow(titles.map((_, index) => (index < lefts ? ':--' : '--:'))),
  ];
}

export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** As many lines as `most` characters hold, and then how many more there are. */
export function limitedLines(
  lines: readonly string[],
  most: number,
  more: (left: number) => string,
): readonly string[] {
  let length = 0;
  const end = lines.findIndex((each) => (length += each.length + 1) > most);
  return end < 0 ? lines : [...lines.slice(0, end), more(lines.length - end)];
}
