import { MissingDataError } from "../../base/errors.ts";
import { firstOf } from "../../base/faults.ts";
import { join, kindOf } from "../../base/files.ts";

/** Names of validation splits; the first that exists is used. */
export const VALIDATION_SPLITS = ["validation", "valid", "val"] as const;

/** Names of test splits; the first that exists is used. */
export const TEST_SPLITS = ["test", ...VALIDATION_SPLITS] as const;

const NAME = /^(train|test|validation|valid|val)(?:[-._].*)?\.parquet$/;

/**
 * The Parquet files of each split, in order: `train-00000-of-00002.parquet` and the like or `train.parquet` in a folder
 * or its folder `data`, or any names in its folder `train`.
 *
 * @throws {MissingDataError} when there is no file for training, or a file of a split is missing.
 */
export async function shardsOf(folder: string): Promise<Map<string, string[]>> {
  const splits = new Map<string, string[]>();
  const others: string[] = [];
  for (const place of [folder, join(folder, "data")]) {
    for (const path of await parquetsIn(place)) {
      const [, split] = NAME.exec(path.slice(place.length + 1)) ?? [];
      if (split) splits.set(split, [...splits.get(split) ?? [], path]);
      else others.push(path);
    }
    for (const split of ["train", ...TEST_SPLITS]) {
      const inside = splits.has(split) ? [] : await parquetsIn(join(place, split));
      if (inside.length > 0) splits.set(split, inside);
    }
    if (splits.has("train")) break;
  }
  if (!splits.has("train")) {
    const current = others.length > 0 ? `others: ${firstOf(others)}` : "none";
    throw new MissingDataError(
      `Cannot find the images: it takes train-00000-of-00001.parquet and the like in ${folder}, current files are ${current}`,
    );
  }
  for (const paths of splits.values()) checkComplete(paths);
  return splits;
}

/** Paths of the Parquet files in a folder, sorted; empty where there is no such folder. */
async function parquetsIn(folder: string): Promise<string[]> {
  if (await kindOf(folder) !== "folder") return [];
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".parquet") && !name.startsWith("."));
  const paths = names.sort().map((name) => join(folder, name));
  const kinds = await Promise.all(paths.map(kindOf));
  return paths.filter((_, i) => kinds[i] === "file");
}

function checkComplete(paths: readonly string[]): void {
  const [, start, count] = /^(.*-)\d{5}-of-(\d{5})/.exec(paths[0]) ?? [];
  if (count === undefined) return;
  const missing = Array.from(
    { length: Number(count) },
    (_, i) => `${start}${String(i).padStart(5, "0")}-of-${count}`,
  )
    .filter((begin) => !paths.some((path) => path.startsWith(begin)));
  if (missing.length > 0) {
    throw new MissingDataError(
      `Cannot find all of the images: it takes ${Number(count)} files, current lack ${firstOf(missing)}`,
    );
  }
}
