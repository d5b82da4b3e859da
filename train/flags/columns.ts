// Lays out text in the columns of a terminal: a Chinese character or an emoji takes two, a combining accent none.
import { unicodeWidth } from "@std/cli";

const segmenter = new Intl.Segmenter();

/** Cells padded with spaces to the widths of their columns. */
export interface Columns {
  rows: string[][];
  /** Width of each column. */
  widths: number[];
}

/**
 * Pads cells so that columns are straight.
 *
 * @param isWords Tells whether a column holds words, which are aligned to the left; numbers are aligned to the right.
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

/** Writes each name with its description on an indented line. */
export function pairLines(pairs: readonly (readonly [string, string])[]): string[] {
  const { rows } = columnsOf(pairs.map(([name]) => [name]), () => true);
  return pairs.map(([, text], i) => `  ${rows[i][0]}  ${text}`);
}

/** Cuts a text to so many columns, between characters. */
export function fit(text: string, columns: number): string {
  let [end, width] = [0, 0];
  for (const { segment } of segmenter.segment(text)) {
    width += unicodeWidth(segment);
    if (width > columns) break;
    end += segment.length;
  }
  return text.slice(0, end);
}
