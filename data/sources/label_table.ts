// Tables of images and labels, as spreadsheets and Kaggle have them: CSV or TSV, with a header or without.
import { finished } from "node:stream/promises";
import { parse } from "csv-parse";
import type { Faults } from "../base/faults.ts";
import type { LoadOptions } from "../images/dataset.ts";
import { hasImageEnding } from "./folder_scan.ts";
import { type ListPaths, placePath } from "./list_file.ts";

/** Images and the labels that their source has for them, in words. */
export interface TextList {
  /** [count], relative to the folder of the images. */
  paths: string[];
  /** [count]. */
  texts: string[];
  /** [count], what a message calls each place. */
  places: string[];
  /** All classes in the order of the source; null: the labels are all that is known. */
  order: string[] | null;
}

/** Options of {@linkcode parseTable}. */
export type TableOptions = ListPaths & Pick<LoadOptions, "pathColumn" | "labelColumn">;

/** Names of columns, the likeliest first, in lower case without `_`, `-` and spaces. */
const PATHS = "filename filepath imagepath imagename imagefile path file image imageid img imgname id name"
  .split(" ");
const LABELS = "label labels class classname classid category categoryid target species breed y".split(" ");

interface Row {
  cells: string[];
  line: number;
}

/** True for a table, false for lines of a path, a space and a number. @param file The file's name. */
export function isTable(text: string, file: string): boolean {
  if (/\.(csv|tsv)$/i.test(file)) return true;
  const first = text.replace(/^\uFEFF/, "").split("\n").find((line) => line.trim() !== "") ?? "";
  return /[,;]/.test(first) && !/[ \t][-+]?\d+\s*$/.test(first);
}

/**
 * The images of a table.
 *
 * @param text Separated by tabs, commas or semicolons, cells in quotes where they hold one of these.
 * @param faults Gets what is wrong: columns that cannot be told, rows without a path or a label.
 */
export async function parseTable(
  text: string,
  file: string,
  options: TableOptions,
  faults: Faults,
): Promise<TextList> {
  const none: TextList = { paths: [], texts: [], places: [], order: null };
  const rows = await rowsOf(text, faults);
  if (rows.length === 0) {
    if (faults.count === 0) faults.add(SyntaxError, "it takes a row for each image, current table has none");
    return none;
  }
  const columns = columnsOf(rows, options, faults);
  if (columns === null) return none;
  const list = none;
  const wrong = { row: [] as string[], prefix: [] as string[], out: [] as string[] };
  for (const { cells, line } of columns.hasHeader ? rows.slice(1) : rows) {
    const place = `line ${line} of ${file}`.replace(` of ${file}`, "");
    const [whole, label] = [cells[columns.path] ?? "", cells[columns.label] ?? ""];
    const words = `${place} is ${JSON.stringify(cells.join(",").slice(0, 100))}`;
    if (whole === "" || label === "") {
      wrong.row.push(words);
      continue;
    }
    const path = placePath(whole, options);
    if (path === "prefix" || path === "out") wrong[path].push(words);
    else {
      list.paths.push(path.path);
      list.texts.push(label);
      list.places.push(place);
    }
  }
  faults.addAll(SyntaxError, "rows with a path and a label", wrong.row);
  faults.addAll(
    RangeError,
    `paths that begin with ${JSON.stringify(options.strip)}, as strip says`,
    wrong.prefix,
  );
  faults.addAll(RangeError, "paths below the folder of the images, relative and without ..", wrong.out);
  if (list.paths.length === 0 && faults.count === 0) {
    faults.add(SyntaxError, "it takes a row for each image, current table has a header alone");
  }
  return list;
}

async function rowsOf(text: string, faults: Faults): Promise<Row[]> {
  const rows: Row[] = [];
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(text),
    // Kept here: what the package keeps of a row with the row's line takes a kilobyte.
    on_record: (cells: string[], { lines }) => {
      rows.push({ cells, line: lines });
      // Each row counts as the first: for every row that is not as long, the package makes an error, and throws it away.
      (parser.info as { records: number }).records = 0;
      return null;
    },
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
  });
  try {
    await finished(parser.resume().end(text));
    return rows;
  } catch (error) {
    faults.add(SyntaxError, `it takes a table, current one does not end well: ${(error as Error).message}`);
    return [];
  }
}

/** The mark between cells: the one of three that the first line has most of. */
function delimiterOf(text: string): string {
  const first = text.replace(/^\uFEFF/, "").split("\n").find((line) => line.trim() !== "") ?? "";
  const count = (mark: string) => first.split(mark).length;
  return ["\t", ",", ";"].reduce((most, mark) => count(mark) > count(most) ? mark : most);
}

/** Where paths and labels stand; null, and a fault, where that cannot be told. */
function columnsOf(
  rows: readonly Row[],
  { pathColumn = null, labelColumn = null }: TableOptions,
  faults: Faults,
): { path: number; label: number; hasHeader: boolean } | null {
  const first = rows[0].cells;
  const plain = (name: string) => name.toLowerCase().replace(/[ _-]/g, "");
  const called = (names: readonly string[]) =>
    names.map((name) => first.findIndex((cell) => plain(cell) === name)).find((at) => at >= 0) ?? -1;
  const given = (key: string, name: string | null) => {
    if (name === null) return null;
    const at = first.indexOf(name);
    if (at >= 0) return at;
    faults.add(
      RangeError,
      `it takes a ${key} that the first row has, current is ${name}, and the row is ${
        JSON.stringify(first.join(", "))
      }`,
    );
    return -2;
  };
  const [path, label] = [given("data.pathColumn", pathColumn), given("data.labelColumn", labelColumn)];
  if (path === -2 || label === -2) return null;
  const [pathNamed, labelNamed] = [path ?? called(PATHS), label ?? called(LABELS)];
  const isNamed = pathNamed >= 0 && labelNamed >= 0 && pathNamed !== labelNamed;
  // An image may be called "image", but its path has an ending then.
  if (isNamed && !hasImageEnding(first[pathNamed])) {
    return { path: pathNamed, label: labelNamed, hasHeader: true };
  }
  if (first.length === 2 && path === null && label === null) {
    const second = rows[1]?.cells ?? ["", ""];
    return { path: 0, label: 1, hasHeader: !hasImageEnding(first[0]) && isHeader(first, second) };
  }
  faults.add(
    SyntaxError,
    "it takes a column of paths and one of labels, by names such as filename and label, or these two alone, current " +
      `first row is ${
        JSON.stringify(first.join(", ").slice(0, 200))
      }: name them by data.pathColumn and data.labelColumn`,
  );
  return null;
}

/** Tells a row of headings, which names no image by its ending: the next row does, or has a number for a label. */
function isHeader(first: readonly string[], second: readonly string[]): boolean {
  const isNumber = (text: string) => /^\d+(\.\d+)?$/.test(text);
  return hasImageEnding(second[0] ?? "") || (isNumber(second[1] ?? "") && !isNumber(first[1]));
}
