import { join } from "node:path";
import { parse } from "@std/csv";
import { exists } from "../../data/disk/mod.ts";
import { runFiles } from "../results/run_files.ts";

/** A class of a run with the recall of the model that the run ends with. */
export interface ClassRecall {
  class: number;
  name: string;
  trainImages: number;
  /** Recall in per cent. */
  recall: number;
}

/**
 * Reads the recalls of all classes from a run's folder, in label order; null for a run that has no such file.
 *
 * The recalls are those of the trained model, or of the model that `evaluate` measured.
 *
 * @throws {TypeError} when the file is not a table of recalls.
 */
export async function readRecalls(path: string): Promise<ClassRecall[] | null> {
  const file = join(path, runFiles.recalls);
  if (!exists(file)) return null;
  const [head = [], ...rows] = rowsOf(await Deno.readTextFile(file), file);
  const at = (row: string[], column: string) => row[head.indexOf(column)] ?? "";
  return rows.map((row, i) => {
    const [label, trainImages, recall] = [
      at(row, "class"),
      at(row, "train_images"),
      at(row, "after") || at(row, "before"),
    ];
    const numbers = [label, trainImages, recall].map((text) => text === "" ? NaN : Number(text));
    if (numbers.every(Number.isFinite)) {
      return { class: numbers[0], name: at(row, "name"), trainImages: numbers[1], recall: numbers[2] };
    }
    throw new TypeError(
      `Cannot read ${file}: it takes a class, training images and a recall in each row, row ${i + 1} is ${
        row.join(",").slice(0, 200)
      }`,
    );
  });
}

/** @throws {TypeError} when a text is no CSV. */
function rowsOf(text: string, file: string): string[][] {
  try {
    return parse(text);
  } catch (error) {
    throw new TypeError(`Cannot read ${file}: it takes CSV, current is none: ${(error as Error).message}`);
  }
}
