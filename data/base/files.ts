import { createHash } from "node:crypto";
import { constants, gunzipSync } from "node:zlib";
import { ChecksumError } from "./errors.ts";

/** The bytes of a file, or null when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** Tells a file from a folder; null when the path does not exist. */
export async function kindOf(path: string): Promise<"file" | "folder" | null> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** `folder/name` as it would be typed. */
export function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** Images do not shrink by more than this; the size in a file's header may allow for more. */
const GZIP_RATIO = 8;
const GZIP_ROOM = 64 * 2 ** 20;
/** Bytes that are unpacked at a time. By 16 KiB, the default, it takes twice as long. */
const GZIP_PIECE = 2 ** 18;
/** Sizes in a header that come to more allow for nothing: memory has no room for them, so that they cannot be true. */
const GZIP_MOST = 2 ** 31;

/**
 * Unpacks a gzip file.
 *
 * @param size Bytes that the file is known to unpack to; 0: unknown.
 * @throws {SyntaxError} when the bytes are no whole gzip file, or unpack to more than `size`, eight times their number and
 *   64 MiB.
 */
export function gunzip(bytes: Uint8Array, path: string, size = 0): Uint8Array<ArrayBuffer> {
  const most = Math.max(size > GZIP_MOST ? 0 : size, GZIP_RATIO * bytes.length + GZIP_ROOM);
  try {
    // zlib may give a piece of a larger buffer; it is copied then, for readers take offsets from the buffer's start.
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes, {
      maxOutputLength: most,
      chunkSize: GZIP_PIECE,
    });
    return byteOffset === 0 && buffer.byteLength === byteLength
      ? new Uint8Array(buffer as ArrayBuffer)
      : new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new SyntaxError(
        `Cannot unpack ${path}: it takes a file of ${most} bytes at most, current ${bytes.length} bytes unpack to more: ` +
          "it is not what its name says, or made to fill memory",
      );
    }
    throw new SyntaxError(
      `Cannot unpack ${path}: it takes a whole gzip file, current is ${bytes.length} bytes: ` +
        (error instanceof Error ? error.message : String(error)),
    );
  }
}

/** The first bytes of a gzip file, unpacked from `count` packed bytes; empty when it is not a gzip file. */
export function gunzipHead(bytes: Uint8Array, count = 4096): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, count), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}

/** @throws {ChecksumError} when the bytes have another checksum than the one published for them. */
export function checkSum(
  bytes: Uint8Array,
  algorithm: "md5" | "sha256",
  expected: string,
  path: string,
): void {
  const current = createHash(algorithm).update(bytes).digest("hex");
  if (current === expected) return;
  throw new ChecksumError(
    `Cannot trust ${path}: it takes ${algorithm} ${expected}, current is ${current} over ${bytes.length} bytes: ` +
      "the file is cut short, damaged or not the official one",
  );
}
