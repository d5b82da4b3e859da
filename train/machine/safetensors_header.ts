import { parseJson } from "../../formats/json/mod.ts";

/** Bytes of the length that a safetensors file begins with. */
export const LENGTH_BYTES = 8;

/** Longest header that is read for its texts alone. */
const MOST = 100_000_000;

/** The length of the header that a file begins with; null for a number that no safetensors file has. */
export function headerLength(bytes: Uint8Array): number | null {
  if (bytes.length < LENGTH_BYTES) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length > MOST ? null : Number(length);
}

/** A header as far as its texts go. */
interface Header {
  __metadata__?: Record<string, string> | null;
}

/** The texts of a header; null for a header that is damaged. */
export function textsOf(header: Uint8Array): Record<string, string> | null {
  try {
    const { __metadata__: texts = {} } = parseJson(new TextDecoder().decode(header)) as Header;
    const areTexts = texts !== null && Object.values(texts).every((text) => typeof text === "string");
    return areTexts ? texts : null;
  } catch {
    return null;
  }
}

/** The texts in the metadata of a safetensors file; null for a file of another kind, or with a damaged header. */
export function metadataIn(bytes: Uint8Array): Record<string, string> | null {
  const length = headerLength(bytes);
  return length === null ? null : textsOf(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
}
