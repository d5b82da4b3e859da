// Labels in words as numbers.
import { plural } from "../base/count.ts";
import { type Faults, firstOf } from "../base/faults.ts";
import type { LoadOptions } from "../images/dataset.ts";
import type { TextList } from "./label_table.ts";

/** Classes of a training list. */
export interface Classes {
  classNames: string[];
  /** True where the names are no more than labels. */
  numbered: boolean;
  /** The label of a text; undefined where no class is called so. */
  labelOf(text: string): number | undefined;
}

type Options = Pick<LoadOptions, "emptyClasses" | "onProgress">;

/**
 * The classes of a training list: by the names' file; in the order of the source; as numbers where all labels are numbers
 * from 0 on; else by code unit.
 *
 * @param names Names in the names' file; null: no file. @param faults Gets labels without a name, and classes without images.
 */
export function classesOf(
  list: TextList,
  names: readonly string[] | null,
  options: Options,
  faults: Faults,
): Classes {
  const { texts, order } = list;
  const used = new Set(texts);
  const whole = order === null && texts.every((text) => /^\d+(\.0+)?$/.test(text));
  if (whole) {
    const numbers = [...new Set([...used].map(Number))].sort((a, b) => a - b);
    const plain = numbers.map(String);
    const inRow = numbers.every((number, i) => number === i);
    const labelOf = (text: string): number | undefined => place(plain, numberOf(text));
    if (inRow || names !== null) {
      if (!inRow || (names !== null && names.length !== plain.length)) {
        const takes = `the labels 0 to ${names!.length - 1}, one for each name`;
        faults.add(RangeError, `it takes ${takes}, current are ${firstOf(plain, 10)}`);
      }
      return { classNames: [...names ?? plain], numbered: names === null, labelOf };
    }
    options.onProgress?.(
      `The labels are not all numbers from 0 on, so they are taken for names of classes: ${
        firstOf(plain, 10)
      }`,
    );
    return { classNames: plain, numbered: false, labelOf };
  }
  const all = names ?? order ?? [...used].sort(byCodeUnit);
  const known = new Set(all);
  const unknown = [...used].filter((text) => !known.has(text));
  faults.addAll(RangeError, "labels that the names' file has", unknown.map((text) => JSON.stringify(text)));
  const classNames = all.filter((name) => used.has(name));
  const empty = all.filter((name) => !used.has(name));
  if (options.emptyClasses === "drop" && empty.length > 0) {
    options.onProgress?.(
      `Left out ${plural(empty.length, "class", "classes")} without training images: ${firstOf(empty, 10)}`,
    );
  } else {
    faults.addAll(
      RangeError,
      "training images of each class, unless data.emptyClasses is drop",
      empty,
      "have none: ",
    );
  }
  return { classNames, numbered: false, labelOf: (text) => place(classNames, text) };
}

/** Places of names, looked up often. */
const places = new WeakMap<readonly string[], Map<string, number>>();

function place(names: readonly string[], name: string): number | undefined {
  if (!places.has(names)) places.set(names, new Map(names.map((name, label) => [name, label])));
  return places.get(names)!.get(name);
}

/** A whole number as it is written plainly; other text as it is. */
function numberOf(text: string): string {
  return /^\d+(\.0+)?$/.test(text) ? String(Number(text)) : text;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
