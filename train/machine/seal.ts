// The seal of a safetensors file: the SHA-256 of all its bytes in its own metadata, as `sha256: "sha256:<64 hex digits>"`,
// with the digits read as zeros. Other programs read such a file as any other.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type StateDict, writeSafetensors } from "../../engine/mod.ts";
import { metadataIn } from "./safetensors_header.ts";

/** Metadata key of the seal. */
const KEY = "sha256";

/** Begins the value too: a flipped bit in the key does not make a file pass for one without a seal. */
const PREFIX = "sha256:";

const ZEROS = "0".repeat(64);

/** Writes a safetensors file with the digest of its bytes in its metadata. */
export function writeSealed(state: StateDict, metadata: Record<string, string> = {}): Uint8Array {
  const bytes = writeSafetensors(state, { ...metadata, [KEY]: PREFIX + ZEROS });
  const at = placeOf(bytes, PREFIX + ZEROS);
  bytes.set(new TextEncoder().encode(digestOf(bytes, at)), at);
  return bytes;
}

/**
 * Tells whether a file is as it was written.
 *
 * @returns `intact`, `changed`, or `unsealed` for a file without a seal: of another program, or of an earlier version.
 */
export function sealOf(bytes: Uint8Array): "intact" | "changed" | "unsealed" {
  const metadata = metadataIn(bytes);
  if (metadata === null) return "unsealed";
  const value = metadata[KEY];
  if (value === undefined) {
    return Object.values(metadata).some((text) => text.startsWith(PREFIX)) ? "changed" : "unsealed";
  }
  return value === PREFIX + digestOf(bytes, placeOf(bytes, value)) ? "intact" : "changed";
}

/**
 * Checks a file that the user names.
 *
 * @param what The refused use of the file with its path, such as `use the checkpoint FILE`.
 * @throws {Error} when the file has a seal, and its bytes are not those that were sealed.
 */
export function checkSeal(bytes: Uint8Array, what: string): void {
  if (sealOf(bytes) !== "changed") return;
  throw new Error(
    `Cannot ${what}: it takes the bytes whose SHA-256 is in its metadata, current ones have another: the file was damaged, ` +
      `or changed by a program that kept the metadata ${KEY}: take an intact copy`,
  );
}

/** The place of the digits of a seal, in bytes, if the file spells it as `writeSealed` does; any other one else. */
function placeOf(bytes: Uint8Array, value: string): number {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return file.indexOf(`"${KEY}":"${value}"`) + `"${KEY}":"${PREFIX}`.length;
}

/** SHA-256 in hex of a file whose digits at this place are zeros. */
function digestOf(bytes: Uint8Array, at: number): string {
  const end = at + ZEROS.length;
  return createHash("sha256").update(bytes.subarray(0, at)).update(ZEROS).update(bytes.subarray(end)).digest(
    "hex",
  );
}
