import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import type { Dataset, LoadOptions } from "../../images/dataset.ts";
import { encodedDataset, type LabelledFiles } from "../../containers/encoded.ts";
import { MissingDataError } from "../../base/errors.ts";
import { Faults } from "../../base/faults.ts";
import { join } from "../../base/files.ts";
import { realFolder } from "../../containers/image_files.ts";
import type { EncodedImages } from "../../images/image_set.ts";
import { readPack, writePack } from "../../containers/pack.ts";
import type { ParquetFacts } from "./questions.ts";
import { ParquetReader } from "./reader.ts";
import { shardsOf, TEST_SPLITS, VALIDATION_SPLITS } from "./shards.ts";

/** Version of the packs; to be raised when their contents change. */
const VERSION = 1;

/** An opened split. */
interface Split {
  name: string;
  files: ParquetFacts[];
  /** Digest of everything that the pack depends on. */
  key: Uint8Array;
  /** Path of the pack, without its ending. */
  pack: string;
  /** Time of the last change of any of its files. */
  changed: Date;
  /** The images of the pack; null when the pack has to be made. */
  kept: LabelledFiles | null;
  /** [images], the label of each row; null where a row has no label. */
  labels: ArrayLike<number | null>;
}

/**
 * Images in Parquet files as Hugging Face publishes them: `train-00000-of-00002.parquet` and the like, and `test` or
 * `validation`, in `dir` or its folder `data`. Without test files the images of `validation` are the test images, and without
 * these a share of each class is set aside for testing.
 *
 * The encoded images are unpacked into the cache once, a file for each split, and read from there.
 *
 * @param options `cache` is required.
 * @throws {TypeError} when there is no cache.
 */
export async function loadParquet(dir: string | null, options: LoadOptions): Promise<Dataset<EncodedImages>> {
  const { cache, onProgress } = options;
  if (dir === null) {
    throw new MissingDataError(
      "Cannot find the images: it takes a folder (data.dir) with Parquet files, current is none",
    );
  }
  if (cache === undefined) {
    throw new TypeError("Cannot unpack Parquet files: it takes a folder for the cache, current is none");
  }
  const root = realFolder(dir, "the images");
  const shards = await shardsOf(root);
  const folder = join(
    cache,
    `parquet/${basename(root)}-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`,
  );

  await using reader = new ParquetReader();
  const openSplit = async (name: string): Promise<Split> => {
    const files: ParquetFacts[] = [];
    for (const path of shards.get(name)!) files.push(await reader.ask("open", { path }));
    return await splitOf(name, files, join(folder, name), reader);
  };
  const train = await openSplit("train");
  let test: Split | null = null;
  for (const name of TEST_SPLITS) {
    if (test || !shards.has(name)) continue;
    const split = await openSplit(name);
    if (Array.from(split.labels).some((label) => label !== -1)) test = split;
    else onProgress?.(`The labels of ${name} are withheld, so it is of no use`);
  }
  const classNames = classesOf(train, test);
  // Where there are no test images those of validation took their place.
  const name = test?.name === "test" ? VALIDATION_SPLITS.find((name) => shards.has(name)) : undefined;
  const validation = name === undefined ? null : await orNull(name, onProgress, async () => {
    const split = await openSplit(name);
    classesOf(train, split);
    return split.kept ?? await unpack(split, folder, reader, onProgress);
  });
  return encodedDataset({
    name: basename(root),
    origin: root,
    classNames,
    numbered: train.files[0].classNames === null,
    train: train.kept ?? await unpack(train, folder, reader, onProgress),
    test: test && (test.kept ?? await unpack(test, folder, reader, onProgress)),
    validation,
  }, options);
}

/** The files of the validation split; null, with a message, where they are at fault: nothing depends on them. */
async function orNull(
  name: string,
  onProgress: LoadOptions["onProgress"],
  open: () => Promise<LabelledFiles>,
): Promise<LabelledFiles | null> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    onProgress?.(`Left out the split ${name}: ${error.message}`);
    return null;
  }
}

async function splitOf(
  name: string,
  files: ParquetFacts[],
  pack: string,
  reader: ParquetReader,
): Promise<Split> {
  const facts = files.map(({ path }) => Deno.statSync(path));
  const times = facts.map(({ mtime }) => mtime?.getTime() ?? 0);
  const made = files.map((
    { path, image, label },
    i,
  ) => [basename(path), image, label, facts[i].size, times[i]]);
  const key = createHash("sha256").update(JSON.stringify([VERSION, made])).digest();
  const kept = await readPack(pack, key);
  const labels: (number | null)[] = [];
  if (!kept) {
    for (const { path } of files) {
      for (const label of await reader.ask("labels", { path })) labels.push(label);
    }
  }
  const changed = new Date(times.reduce((a, b) => Math.max(a, b), 0));
  return { name, files, key, pack, changed, kept, labels: kept?.labels ?? labels };
}

/** Names of the classes. Checks all labels. @throws {RangeError | SyntaxError} when files or labels do not fit. */
function classesOf(train: Split, test: Split | null): string[] {
  const [first, ...others] = [train, ...test ? [test] : []].flatMap(({ files }) => files);
  const other = others.find(({ classNames }) =>
    JSON.stringify(classNames) !== JSON.stringify(first.classNames)
  );
  if (other) {
    throw new SyntaxError(
      `Cannot use ${other.path}: it takes the classes of ${first.path}, current are others: they are of two data sets`,
    );
  }
  let classes = first.classNames?.length ?? 0;
  if (!first.classNames) {
    for (const label of Array.from(train.labels)) classes = Math.max(classes, (label ?? 0) + 1);
  }
  const all = [train, ...test ? [test] : []].map((split) => {
    const faults = new Faults(`the split ${split.name} in ${dirname(first.path)}`);
    if (split.labels.length === 0) faults.add(SyntaxError, "it takes one image or more, current are none");
    const wrong = Array.from(split.labels, (label, i) => ({ label, i }))
      .filter(({ label }) => label === null || !(label >= 0 && label < classes));
    const places = wrong.map(({ label, i }) => `image ${i} has ${label ?? "none"}`);
    faults.addAll(RangeError, `labels from 0 to ${classes - 1}`, places);
    return faults;
  });
  Faults.throwAny(...all);
  return first.classNames ?? Array.from({ length: classes }, (_, label) => String(label));
}

async function unpack(
  split: Split,
  folder: string,
  reader: ParquetReader,
  onProgress: LoadOptions["onProgress"],
): Promise<LabelledFiles> {
  const { files, labels, key, pack, changed } = split;
  async function* parts(): AsyncGenerator<Uint8Array[], void, void> {
    for (const [i, { path, groups }] of files.entries()) {
      onProgress?.(`Unpacking ${basename(path)}, file ${i + 1} of ${files.length}, into ${pack}.pack`);
      for (const group of groups.keys()) yield await reader.ask("images", { path, group });
    }
  }
  try {
    await Deno.mkdir(folder, { recursive: true });
    const checked = Uint32Array.from(labels as ArrayLike<number>);
    return await writePack(pack, key, { labels: checked, parts, changed });
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause; // the Parquet files are at fault
    throw new Error(
      `Cannot keep the images in ${folder}: it takes a folder that can be written, current attempt ended with: ` +
        (cause instanceof Error ? cause.message : String(cause)),
      { cause },
    );
  }
}
