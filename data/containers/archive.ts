import { parseTar } from "nanotar";
import { MissingDataError } from "../base/errors.ts";
import { checkSum, gunzip, join, readIfThere } from "../base/files.ts";

/** A folder on disk or in an archive, read by file names. */
export interface Folder {
  /** Path of the folder or the archive, for messages. */
  path: string;
  /** @throws {MissingDataError} when there is no such file. */
  read(name: string): Promise<Uint8Array>;
}

/** A folder on the disk. */
export function folderOnDisk(path: string, advice: string): Folder {
  return {
    path,
    read: async (name) => {
      const file = join(path, name);
      return await readIfThere(file) ?? missing(file, advice);
    },
  };
}

/**
 * The files of a `.tar.gz`, unpacked in memory; folders inside it are left out of the names.
 *
 * @param md5 Checksum that the archive must have, or null.
 * @throws {ChecksumError} when the archive has another checksum.
 * @throws {SyntaxError} when the file is not a whole `.tar.gz`.
 */
export async function archiveOnDisk(path: string, md5: string | null, advice: string): Promise<Folder> {
  const packed = await readIfThere(path) ?? missing(path, advice);
  if (md5) checkSum(packed, "md5", md5, path);
  const files = new Map<string, Uint8Array>();
  for (const { name, data } of untar(gunzip(packed, path), path)) {
    files.set(name.slice(name.lastIndexOf("/") + 1), data ?? new Uint8Array());
  }
  return {
    path,
    read: (name) => Promise.resolve(files.get(name) ?? missing(join(path, name), advice)),
  };
}

/** CIFAR's archives have ten files or fewer, and hardly any words beside them. */
const MOST_ENTRIES = 1000;
const MOST_WORDS = 2 ** 16;

function untar(bytes: Uint8Array<ArrayBuffer>, path: string): { name: string; data?: Uint8Array }[] {
  checkEntries(bytes, path);
  try {
    return parseTar(bytes, { filter: ({ type }) => type === "file" });
  } catch {
    throw new SyntaxError(
      `Cannot unpack ${path}: it takes a whole tar archive, current one ends within a file: fetch it again`,
    );
  }
}

/**
 * Checks the headers before the package reads them: it trusts their sizes, and a negative size would make it loop for ever.
 *
 * A header of 512 bytes has the size at 124, twelve octal digits, and the kind at 156; the content follows in whole blocks.
 */
function checkEntries(bytes: Uint8Array, path: string): void {
  let [entries, words] = [0, 0];
  for (let at = 0; at < bytes.length - 512 && bytes[at] !== 0;) {
    const text = String.fromCharCode(...bytes.subarray(at + 124, at + 136));
    const size = Number.parseInt(text, 8);
    if ("xgLNK".includes(String.fromCharCode(bytes[at + 156]))) words += size;
    if (!(size >= 0) || ++entries > MOST_ENTRIES || words > MOST_WORDS) {
      throw new SyntaxError(
        `Cannot unpack ${path}: it takes up to ${MOST_ENTRIES} files of sizes from 0 on, with ${MOST_WORDS} bytes of ` +
          `names beside them, current file ${entries} at byte ${at} has ${size} bytes: the archive is damaged or another`,
      );
    }
    at += 512 * (1 + Math.ceil(size / 512));
  }
}

function missing(path: string, advice: string): never {
  throw new MissingDataError(
    `Cannot find ${path}: it takes a complete copy, current one lacks this file: ${advice}`,
  );
}
