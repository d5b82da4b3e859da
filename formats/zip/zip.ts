// Zip archives, as far as torch.save and NumPy's savez write them: read from the central directory at the end, stored or deflated.
// fflate's own reader checks no checksums and does not tell what is wrong, so only its inflate is used.
//
//   end of central directory (22 bytes)   2 entries u16 at 10 · size u32 at 12 · offset u32 at 16 of the directory
//   directory entry (46 bytes + name)     flags u16 at 8 · method u16 at 10 · crc u32 at 16 · sizes u32 at 20, 24 ·
//                                         lengths u16 of name, extra, comment at 28, 30, 32 · header's offset u32 at 42
//   local header (30 bytes + name)        lengths u16 of name, extra at 26, 28; then the data
import { inflateSync } from "fflate";
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { crc32 } from "./crc32.ts";

const END = 0x06054b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;
const STORED = 0, DEFLATED = 8;
/** A file may unpack to this many times its bytes, and {@linkcode UNPACKED_ROOM} more; weights hardly shrink. */
export const UNPACKED_RATIO = 8;
/** Bytes that a file of any size may unpack to. */
export const UNPACKED_ROOM = 64 * 2 ** 20;

/** Causes of a fault that depend on the program that wrote the archive, in words. */
export interface ZipCauses {
  /** A file is missing. */
  missing: string;
  /** A file has another checksum. */
  checksum: string;
  /** A file is packed by an unusual method. */
  method: string;
  /** The files unpack to far more than the archive. */
  unpacked: string;
  /** The archive is too large for plain zip. */
  large: string;
}

const DAMAGED = "the file is damaged, fetch it again";

const ofTorch: ZipCauses = {
  missing: "a part of the checkpoint is missing",
  checksum: `${DAMAGED}, or was saved with torch's checksums turned off`,
  method: "save it again with torch",
  unpacked: DAMAGED,
  large: "the checkpoint is too large, save the weights alone: torch.save(model.state_dict(), file)",
};

interface Entry {
  encrypted: boolean;
  method: number;
  crc: number;
  packedSize: number;
  size: number;
  /** Offset of the local header. */
  offset: number;
}

/** The files of a zip archive; each is unpacked and checked when it is read. */
export class ZipArchive {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries = new Map<string, Entry>();

  /**
   * @param causes Words on faults, by default those of torch's archives.
   * @throws {CheckpointError} when the archive is cut short, damaged or too large for plain zip.
   */
  constructor(bytes: Uint8Array, private readonly causes: ZipCauses = ofTorch) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = this.#findEnd();
    const count = this.#view.getUint16(end + 10, true);
    const size = this.#view.getUint32(end + 12, true);
    let at = this.#view.getUint32(end + 16, true);
    if (count === 0xffff || size === 0xffffffff || at === 0xffffffff) throw this.#tooLarge();
    if (at + size > end) throw damaged("a directory before its end", `one of ${size} bytes at ${at}`);
    for (let i = 0; i < count; i++) at = this.#readEntry(at, end);
    // Entries may overlap, so that even stored entries add up to more than the archive.
    const unpacked = this.#entries.values().reduce((sum, { size }) => sum + size, 0);
    const most = UNPACKED_RATIO * bytes.length + UNPACKED_ROOM;
    if (unpacked > most) {
      const takes = `files of ${most} bytes at most in an archive of ${bytes.length}`;
      throw damaged(takes, `${unpacked} bytes`, causes.unpacked);
    }
  }

  /** Names of all files, in the order of the directory. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Tells whether the archive has a file of that name. */
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * A file's bytes; a view of the archive where it is stored without compression.
   *
   * @throws {CheckpointError} when there is no such file, or its bytes do not have the checksum of the directory.
   */
  read(name: string): Uint8Array {
    const entry = this.#entries.get(name);
    if (!entry) throw damaged(`a file ${name}`, `none`, this.causes.missing);
    if (entry.encrypted) throw damaged("files without a password", `${name} with one`, "unpack it first");
    const { offset, packedSize } = entry;
    const { length } = this.#bytes;
    if (offset + 30 > length || this.#view.getUint32(offset, true) !== LOCAL) {
      throw damaged(`${name} at byte ${offset}`, "something else");
    }
    const names = this.#view.getUint16(offset + 26, true) + this.#view.getUint16(offset + 28, true);
    const start = offset + 30 + names;
    if (start + packedSize > length) throw damaged(`${name} within the file`, "beyond its end");
    const packed = this.#bytes.subarray(start, start + packedSize);
    const bytes = unpack(name, entry, packed, this.causes.method);
    if (bytes.length !== entry.size) {
      throw damaged(`${entry.size} bytes for ${name}`, `${bytes.length} bytes`);
    }
    if (crc32(bytes) !== entry.crc) {
      throw damaged(`${name} with the checksum of the directory`, "one with another", this.causes.checksum);
    }
    return bytes;
  }

  #tooLarge(): CheckpointError {
    return damaged("plain zip, under 4 GiB and 65,535 files", "zip64", this.causes.large);
  }

  /** The record that ends the archive stands before a comment of at most 65,535 bytes. */
  #findEnd(): number {
    const { length } = this.#bytes;
    for (let at = length - 22; at >= Math.max(0, length - 22 - 0xffff); at--) {
      if (this.#view.getUint32(at, true) === END) return at;
    }
    throw damaged("a directory at its end", "none", "the file is cut short, fetch it again");
  }

  /** Reads an entry of the directory. @returns the offset of the next entry. */
  #readEntry(at: number, end: number): number {
    if (at + 46 > end || this.#view.getUint32(at, true) !== ENTRY) {
      throw damaged(`a directory entry at byte ${at}`, "something else");
    }
    const u16 = (offset: number) => this.#view.getUint16(at + offset, true);
    const u32 = (offset: number) => this.#view.getUint32(at + offset, true);
    const nameEnd = at + 46 + u16(28);
    const next = nameEnd + u16(30) + u16(32);
    if (next > end) throw damaged("a directory before its end", `an entry up to byte ${next}`);
    const name = new TextDecoder().decode(this.#bytes.subarray(at + 46, nameEnd));
    if (this.#entries.has(name)) throw damaged("every name once", `${name} twice`);
    const entry = {
      encrypted: (u16(8) & 1) !== 0,
      method: u16(10),
      crc: u32(16),
      packedSize: u32(20),
      size: u32(24),
      offset: u32(42),
    };
    if ([entry.packedSize, entry.size, entry.offset].includes(0xffffffff)) throw this.#tooLarge();
    this.#entries.set(name, entry);
    return next;
  }
}

/** @param cause Why a file may be packed by another method. */
function unpack(name: string, { method, size }: Entry, packed: Uint8Array, cause: string): Uint8Array {
  if (method === STORED) return packed;
  if (method !== DEFLATED) {
    throw damaged("files stored or deflated", `${name} packed by method ${method}`, cause);
  }
  try {
    // One more byte of room shows a file that is longer than the directory says; fflate stops where `out` is full.
    return inflateSync(packed, { out: new Uint8Array(size + 1) });
  } catch (error) {
    throw damaged(`${name} deflated`, "damaged data", (error as Error).message);
  }
}

function damaged(expected: string, current: string, cause = DAMAGED) {
  return new CheckpointError(
    `Cannot read the zip archive: it takes ${expected}, current is ${current}: ${cause}`,
  );
}
