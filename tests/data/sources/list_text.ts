// Lists as text, for the tests of what is read and what is refused.
import { assertRejects, assertStringIncludes } from "@std/assert";
import { type Dataset, type EncodedImages, loadDataset, type LoadOptions } from "../../../data/mod.ts";
import type { imageTree } from "./image_tree.ts";

/** A folder of files. */
export type Tree = Awaited<ReturnType<typeof imageTree>>;

/** Loads a list of these lines. */
export function load(
  { path, add }: Tree,
  lines: string,
  options: LoadOptions = {},
): Promise<Dataset<EncodedImages>> {
  add(lines, "train.txt");
  return loadDataset("list", path, { train: `${path}/train.txt`, test: `${path}/train.txt`, ...options });
}

/** Refuses a list of these lines in these words. */
export async function refuses(
  tree: Tree,
  lines: string,
  // deno-lint-ignore no-explicit-any
  kind: new (...args: any[]) => Error,
  words: string[],
  options: LoadOptions = {},
): Promise<void> {
  const { message } = await assertRejects(() => load(tree, lines, { test: null, ...options }), kind);
  for (const word of words) assertStringIncludes(message, word.replaceAll("ROOT", tree.path));
}
