import { readNamed } from "../flags/errors.ts";
import { headerLength, LENGTH_BYTES, metadataIn, textsOf } from "../machine/safetensors_header.ts";

/**
 * Reads what a checkpoint of this program tells of itself, without its tensors; nothing for a file of another kind.
 *
 * @throws {Error} when the file cannot be read.
 */
export async function readMetadata(path: string): Promise<Record<string, string>> {
  const header = await readNamed(`the checkpoint ${path}`, () => readHeader(path));
  return header === null ? {} : ownTexts(textsOf(header));
}

/** The same of a checkpoint's bytes. */
export function metadataOf(bytes: Uint8Array): Record<string, string> {
  return ownTexts(metadataIn(bytes));
}

async function readHeader(path: string): Promise<Uint8Array | null> {
  using file = await Deno.open(path);
  const length = headerLength(await readWhole(file, LENGTH_BYTES));
  return length === null ? null : await readWhole(file, length);
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

/** The texts of a file of this program. A damaged header has no texts, and is told of where the tensors are read. */
function ownTexts(texts: Record<string, string> | null): Record<string, string> {
  return texts?.program === "everyclass" ? texts : {};
}
