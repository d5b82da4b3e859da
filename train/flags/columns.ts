// Text in columns of a terminal, of which a Chinese character or an emoji takes two and an accent of its own none.
import { unicodeWidth } from "@std/cli";

const segmenter = new Intl.Segmenter();

/** Cells with spaces to the widths of their columns. */
export interface Columns {
  rows: string[][];
  /** Width of each column. */
  widths: number[];
}

/**
 * Pads cells so that columns are straight.
 *
 * @param isWords Whether a column holds words, which stand to the left; numbers stand to the right.
 * @param least Width of the narrowest column.
 */
export function columnsOf(
  rows: readonly (readonly string[])[],
  isWords: (column: number) => boolean,
  least = 0,
): Columns {
  const widths = rows[0].map((_, i) => Math.max(least, ...rows.map((row) => unicodeWidth(row[i]))));
  const pad = (cell: string, i: number) => {
    const spaces = " ".repeat(widths[i] - unicodeWidth(cell));
    return isWords(i) ? cell + spaces : spaces + cell;
  };
  return { rows: rows.map((row) => row.map(pad)), widths };
}

/** Names and what is told of each, a line each, indented. */
export function pairLines(pairs: readonly (readonly [string, string])[]): string[] {
  const { rows } = columnsOf(pairs.map(([name]) => [name]), () => true);
  return pairs.map(([, text], i) => `  ${rows[i][0]}  ${text}`);
}

/** The beginning of a text that fits into so many columns; no character is cut in the middle. */
export function fit(text: string, columns: number): string {
  let [end, width] = [0, 0];
  for (const { segment } of segmenter.segment(text)) {
    width += unicodeWidth(segment);
    if (width > columns) break;
    end += segment.length;
  }
  return text.slice(0, end);
}
