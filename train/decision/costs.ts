import { parse } from "@std/csv";

/** Costs as a user gives them: `{ "a->b": 5 }`, the cost of calling an image of class a b. */
export type GivenCosts = Readonly<Record<string, number>>;

/** The cost of a mistake that is not named. */
const USUAL = 1;

/**
 * The matrix of costs that some pairs of classes name; other mistakes cost 1, right calls nothing.
 *
 * @returns `[classes, classes]`, row by row: an image of the row's class called the column's class.
 * @throws {RangeError} when a pair names no two classes, or a cost is no number of at least 0.
 */
export function costsOfPairs(pairs: GivenCosts, classNames: readonly string[]): Float64Array {
  const classes = classNames.length;
  const costs = Float64Array.from(
    { length: classes * classes },
    (_, at) => at % (classes + 1) === 0 ? 0 : USUAL,
  );
  for (const [pair, cost] of Object.entries(pairs)) {
    const [from, to] = pairIn(pair, classNames);
    costs[from * classes + to] = checked(cost, `${pair}`);
  }
  return costs;
}

/** The labels of `a->b`; a class may have an arrow in its name. */
function pairIn(pair: string, classNames: readonly string[]): [number, number] {
  const arrows = [...pair.matchAll(/->/g)].map(({ index }) => index);
  for (const at of arrows) {
    const labels = [pair.slice(0, at), pair.slice(at + 2)].map((name) => classNames.indexOf(name.trim()));
    if (labels[0] >= 0 && labels[1] >= 0) return [labels[0], labels[1]];
  }
  throw new RangeError(
    `Cannot take the cost of ${pair}: it takes true->called, two classes of ${shown(classNames)}`,
  );
}

/**
 * The matrix of costs in a CSV file: a row for each true class, a column for each class called. Either the first row and
 * the first column have the names of the classes, in any order, or there are numbers only, in the order of the labels.
 *
 * @param file Its name, for messages. @throws {RangeError} when a class is missing or strange, or a cost is no number of at
 * least 0.
 */
export function costsOfCsv(text: string, classNames: readonly string[], file = ""): Float64Array {
  const cannot = `Cannot read the costs${file && ` ${file}`}`;
  const rows = rowsOf(text, cannot).map((row) => row.map((cell) => cell.trim())).filter((row) =>
    row.some((cell) => cell)
  );
  const classes = classNames.length;
  const isNamed = rows.length === classes + 1;
  if (!isNamed && rows.length !== classes) {
    throw new RangeError(
      `${cannot}: it takes a row for each of ${classes} classes, current are ${rows.length}`,
    );
  }
  const labelOf = (name: string) => {
    const label = classNames.indexOf(name);
    if (label >= 0) return label;
    throw new RangeError(
      `${cannot}: it takes classes of ${shown(classNames)}, current is ${name.slice(0, 100)}`,
    );
  };
  const [columns, body] = isNamed
    ? [
      rows[0].slice(1).map(labelOf),
      rows.slice(1).map(([name, ...cells]) => ({ label: labelOf(name), cells })),
    ]
    : [classNames.map((_, label) => label), rows.map((cells, label) => ({ label, cells }))];
  if (new Set(columns).size !== classes || new Set(body.map(({ label }) => label)).size !== classes) {
    throw new RangeError(
      `${cannot}: it takes each of ${classes} classes once in the rows and columns`,
    );
  }
  const costs = new Float64Array(classes * classes);
  for (const { label, cells } of body) {
    if (cells.length !== classes) {
      throw new RangeError(
        `${cannot}: it takes ${classes} numbers for ${classNames[label]}, current are ${cells.length}`,
      );
    }
    cells.forEach((cell, column) => {
      const [from, to] = [classNames[label], classNames[columns[column]]];
      costs[label * classes + columns[column]] = checked(cell === "" ? NaN : Number(cell), `${from}->${to}`);
    });
  }
  return costs;
}

/** @throws {RangeError} when a text is no CSV. */
function rowsOf(text: string, cannot: string): string[][] {
  try {
    return parse(text);
  } catch (error) {
    throw new RangeError(`${cannot}: it takes CSV, current is none: ${(error as Error).message}`);
  }
}

/**
 * The mean cost of calls.
 *
 * @param labels True classes. @param predictions Classes called.
 */
export function meanCost(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  costs: Float64Array,
  classes: number,
): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += costs[labels[i] * classes + predictions[i]];
  return sum / labels.length;
}

function checked(cost: number, pair: string): number {
  if (cost >= 0 && Number.isFinite(cost)) return cost;
  throw new RangeError(
    `Cannot take the cost of ${pair}: it takes a number of at least 0, current is ${cost}`,
  );
}

function shown(classNames: readonly string[]): string {
  const more = classNames.length - 10;
  return `${classNames.slice(0, 10).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
