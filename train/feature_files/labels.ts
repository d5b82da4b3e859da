import { readNamed } from "../flags/errors.ts";
import { holdsArrays, readArray } from "./array_file.ts";

/** Largest label; a class has at least one row. */
const MOST = 2 ** 31;

/**
 * Reads labels: an array of whole numbers [N], or a text file with a label a line, a number or a class name.
 *
 * @param what Meaning of the labels, for errors. @param names Names of the classes; null: classes have none.
 * @throws {Error} when the file cannot be read. @throws {RangeError | TypeError} when it holds something else.
 */
export async function readLabels(
  what: string,
  given: string,
  names: readonly string[] | null,
): Promise<Uint32Array> {
  const labels = holdsArrays(given) ? await fromArray(what, given) : await fromText(what, given, names);
  if (labels.length === 0) throw takes(what, given, "a label or more", "none", "the file is empty");
  return labels;
}

async function fromArray(what: string, given: string): Promise<Uint32Array> {
  const { shape, data } = await readArray(what, given);
  const wrong = (current: string, remedy: string) => takes(what, given, "whole numbers [N]", current, remedy);
  if (data instanceof Float32Array) {
    throw wrong("fractions", "save whole numbers, in NumPy labels.astype('int64')");
  }
  if (shape.length !== 1) {
    const remedy = shape.length === 2 && shape[1] > 1
      ? "one-hot rows become labels by labels.argmax(1)"
      : "save labels.ravel()";
    throw wrong(`shape [${shape.join(", ")}]`, remedy);
  }
  return Uint32Array.from(data as ArrayLike<number | bigint>, (value, i) => {
    const label = Number(value);
    if (label >= 0 && label < MOST) return label;
    throw wrong(`${value} in row ${i}`, "labels count from 0");
  });
}

async function fromText(
  what: string,
  given: string,
  names: readonly string[] | null,
): Promise<Uint32Array> {
  const lines = await readLines(what, given);
  const labelOf = new Map(names?.map((name, label) => [name, label]));
  return Uint32Array.from(lines, (line, i) => {
    const label = labelOf.get(line) ?? (/^\d{1,10}$/.test(line) ? Number(line) : MOST);
    if (label < MOST) return label;
    const remedy = names === null
      ? "where labels are names of classes, give the list of names by --set data.names=FILE"
      : "correct the line or the list of names";
    const form = names === null
      ? "a whole number in each line"
      : "a class name or a whole number in each line";
    throw takes(what, given, form, `${JSON.stringify(line.slice(0, 60))} in line ${i + 1}`, remedy);
  });
}

/**
 * The lines of a text file, without spaces around them and without empty lines at the end.
 *
 * @throws {Error} when the file cannot be read, or is no text.
 */
export async function readLines(what: string, given: string): Promise<string[]> {
  const bytes = await readNamed(`the ${what} ${given}`, () => Deno.readFile(given));
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trimEnd();
    return text === "" ? [] : text.split("\n").map((line) => line.trim());
  } catch {
    throw takes(
      what,
      given,
      "a text in UTF-8, or a .npy, .npz, safetensors or torch file",
      "another one",
      "",
    );
  }
}

function takes(what: string, given: string, form: string, current: string, remedy: string): RangeError {
  const end = remedy === "" ? "" : `: ${remedy}`;
  return new RangeError(`Cannot read the ${what} ${given}: it takes ${form}, current is ${current}${end}`);
}
