/** Lines of a file that tests ran, and all that they could have run. */
export interface Lines {
  file: string;
  run: number;
  all: number;
}

/**
 * Reads a report of `deno coverage --lcov`. Files that several parts of a report tell of count once, with the lines that any
 * part ran.
 *
 * @throws {SyntaxError} when a line is no line of such a report.
 */
export function linesOf(lcov: string): Lines[] {
  const files = new Map<string, Map<number, number>>();
  let file = "";
  for (const text of lcov.split("\n")) {
    if (text.startsWith("SF:")) file = text.slice(3);
    if (!text.startsWith("DA:")) continue;
    const [, line, count] = /^DA:(\d+),(\d+)$/.exec(text) ?? [];
    if (count === undefined || file === "") {
      throw new SyntaxError(`Cannot read the coverage: it has the line ${text}`);
    }
    const lines = files.get(file) ?? new Map<number, number>();
    lines.set(Number(line), (lines.get(Number(line)) ?? 0) + Number(count));
    files.set(file, lines);
  }
  return [...files].map(([file, lines]) => ({
    file,
    run: [...lines.values()].filter((count) => count > 0).length,
    all: lines.size,
  }));
}

/** The share of all lines that ran, from 0 to 1. @throws {RangeError} when there are no lines. */
export function shareOf(files: readonly Lines[]): number {
  const sum = (key: "run" | "all") => files.reduce((total, file) => total + file[key], 0);
  if (sum("all") === 0) {
    throw new RangeError("Cannot sum up the coverage: it takes lines of the product, current are none");
  }
  return sum("run") / sum("all");
}
