import { readNamed } from "../flags/errors.ts";

/** Longest header that is read for its texts alone. */
const MOST = 100_000_000;

/**
 * Reads what a checkpoint of this program tells of itself, without its tensors; nothing for a file of another kind.
 *
 * @throws {Error} when the file cannot be read.
 */
export async function readMetadata(path: string): Promise<Record<string, string>> {
  const header = await readNamed(`the checkpoint ${path}`, () => readHeader(path));
  return header === null ? {} : textsOf(header);
}

/** The same of a checkpoint's bytes. */
export function metadataOf(bytes: Uint8Array): Record<string, string> {
  const length = bytes.length < 8 ? null : headerLength(bytes);
  return length === null ? {} : textsOf(bytes.subarray(8, 8 + length));
}

async function readHeader(path: string): Promise<Uint8Array | null> {
  using file = await Deno.open(path);
  const start = await readWhole(file, 8);
  const length = start.length < 8 ? null : headerLength(start);
  return length === null ? null : await readWhole(file, length);
}

/** The length that a safetensors file begins with; null for a number that no such file has. */
function headerLength({ buffer, byteOffset }: Uint8Array): number | null {
  const length = new DataView(buffer, byteOffset, 8).getBigUint64(0, true);
  return length > MOST ? null : Number(length);
}

async function readWhole(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, (await file.stat()).size));
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) return bytes.subarray(0, at);
    at += read;
  }
  return bytes;
}

/** The texts in a header; a damaged one has none, and is told of where the tensors are read. */
function textsOf(header: Uint8Array): Record<string, string> {
  try {
    const { __metadata__: texts = {} } = JSON.parse(new TextDecoder().decode(header));
    return texts?.program === "everyclass" ? texts : {};
  } catch {
    return {};
  }
}
