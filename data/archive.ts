import { parseTar } from "nanotar";
import { MissingDataError } from "./errors.ts";
import { checkSum, gunzip, join, readIfThere } from "./files.ts";

/** Files by their names, from a folder or out of an archive. */
export interface Folder {
  /** For messages. */
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
 * @throws {ChecksumError} when it has another one.
 * @throws {SyntaxError} when it is no whole `.tar.gz`.
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

function untar(bytes: Uint8Array<ArrayBuffer>, path: string): { name: string; data?: Uint8Array }[] {
  try {
    return parseTar(bytes, { filter: ({ type }) => type === "file" });
  } catch (error) {
    throw new SyntaxError(
      `Cannot unpack ${path}: it takes a whole tar archive, current one ends within a file: ` +
        (error instanceof Error ? error.message : String(error)),
    );
  }
}

function missing(path: string, advice: string): never {
  throw new MissingDataError(
    `Cannot find ${path}: it takes a complete copy, current one lacks this file: ${advice}`,
  );
}
