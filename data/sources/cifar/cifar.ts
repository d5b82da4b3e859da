import { archiveOnDisk, type Folder, folderOnDisk } from "../../containers/archive.ts";
import {
  type CifarBatch,
  decodeBinary,
  decodeNames,
  decodeNamesText,
  decodePickle,
  interleave,
} from "./decode.ts";
import { CIFAR_COUNTS, type CifarDescription, type CifarVersion } from "./files.ts";
import type { Dataset, LoadOptions } from "../../images/dataset.ts";
import { MissingDataError } from "../../base/errors.ts";
import { checkSum, join, kindOf } from "../../base/files.ts";
import { type MemoryImages, newImageSet, setLabels } from "../../images/image_set.ts";

/**
 * CIFAR-10 or CIFAR-100 out of `dir`: the python or the binary version, as a folder, as the official `.tar.gz`, or
 * `dir` itself being that folder.
 */
export async function loadCifar(
  description: CifarDescription,
  dir: string | null,
  options: LoadOptions,
): Promise<Dataset<MemoryImages>> {
  const { python, binary, name } = description;
  const found = await find(dir, python, options) ??
    await find(dir, binary, options);
  if (!found) {
    throw new MissingDataError(
      `Cannot find ${name}: it takes a data folder with ${python.folder}/, ${binary.folder}/, ${python.archive} or ` +
        `${binary.archive}, current ${dir === null ? "is none" : `${dir} has none of them`}: ${
          advice(python)
        }`,
    );
  }
  const { folder, version } = found;
  options.onProgress?.(`Reading ${name} from ${folder.path}`);

  const read = async (file: string): Promise<[Uint8Array, string]> => {
    const bytes = await folder.read(file);
    const path = join(folder.path, file);
    if (options.verify !== false && file in version.md5) checkSum(bytes, "md5", version.md5[file], path);
    return [bytes, path];
  };
  const [meta, metaPath] = await read(version.meta);
  const classNames = (version === python ? decodeNames : decodeNamesText)(meta, description, metaPath);
  const decode = version === python ? decodePickle : decodeBinary;
  const split = async (files: readonly string[], expected: number): Promise<MemoryImages> => {
    const batches: [CifarBatch, string][] = [];
    for (const file of files) {
      const [bytes, path] = await read(file);
      const batch = decode(bytes, description, path);
      if (options.verify !== false && batch.count !== expected / files.length) {
        throw new SyntaxError(
          `Cannot read ${path}: it takes ${expected / files.length} images, current are ${batch.count}: ` +
            "the file is cut short or not the official one",
        );
      }
      batches.push([batch, path]);
    }
    return join32(batches, classNames);
  };
  return {
    name,
    origin: folder.path,
    train: await split(version.train, CIFAR_COUNTS.train),
    test: await split(version.test, CIFAR_COUNTS.test),
    classNames,
    // The values of CIFAR-10, which published code uses for CIFAR-100 too.
    mean: [.4914, .4822, .4465],
    std: [.2023, .1994, .2010],
  };
}

async function find(
  dir: string | null,
  version: CifarVersion,
  options: LoadOptions,
): Promise<{ folder: Folder; version: CifarVersion } | null> {
  if (dir === null) return null;
  const inside = join(dir, version.folder);
  if (await kindOf(inside) === "folder") return { folder: folderOnDisk(inside, advice(version)), version };
  const archive = join(dir, version.archive);
  if (await kindOf(archive) === "file") {
    options.onProgress?.(`Unpacking ${archive}`);
    const md5 = options.verify === false ? null : version.archiveMd5;
    return { folder: await archiveOnDisk(archive, md5, advice(version)), version };
  }
  const itself = await kindOf(join(dir, version.train[0])) === "file" || dir.endsWith(version.folder);
  return itself ? { folder: folderOnDisk(dir, advice(version)), version } : null;
}

function join32(batches: [CifarBatch, string][], classNames: readonly string[]): MemoryImages {
  const count = batches.reduce((sum, [batch]) => sum + batch.count, 0);
  const set = newImageSet(count, 32, 32, 3, classNames);
  let at = 0;
  for (const [batch, path] of batches) {
    setLabels(set, at, batch.labels, path);
    interleave(batch, set, at);
    at += batch.count;
  }
  return set;
}

function advice(version: CifarVersion): string {
  return `get ${version.archive} from https://www.cs.toronto.edu/~kriz/cifar.html`;
}
