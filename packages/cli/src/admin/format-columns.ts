import { escapeUnprintable } from '@registry-cache/domain';

/**
 * A table for people: columns as wide as their widest cell, two spaces between them. Cells may come
 * from outside, so control characters in them are escaped.
 */
export function formatColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [head, ...rows].map((cells) => cells.map(escapeUnprintable));
  const widths = head.map((_, column) => {
    return Math.max(...lines.map((cells) => cells[column]?.length ?? 0));
  });
  return lines.map((cells) => {
    const padded = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return padded.join('  ').trimEnd();
  });
}
