// Zip archives: what the directory says, what the local headers say, and the bytes between them.
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { inflateSync } from "fflate";
import { CheckpointError } from "../../../formats/checkpoint/mod.ts";
import { crc32 } from "../../../formats/zip/crc32.ts";
import { ZipArchive } from "../../../formats/zip/zip.ts";
import type { Draw } from "../draw.ts";
import type { Format, Sample } from "../format.ts";
import { same } from "../campaign/judge.ts";
import { type Field, getField, setField, Writer } from "../writer.ts";

/** The places at which an entry of an archive has its facts. */
export interface Facts {
  /** Places of the entry in the directory, and of its local header. */
  entry: number;
  local: number;
}

/** Facts of bytes that many archives hold, such as zeros by the million. */
const known = new Map<Uint8Array, { deflated: Uint8Array; crc: number }>();

/** Zeros that unpack to this many bytes, kept. */
const zeros = new Map<number, Uint8Array>();

function zerosOf(size: number): Uint8Array {
  const bytes = zeros.get(size) ?? new Uint8Array(size);
  zeros.set(size, bytes);
  if (!known.has(bytes)) known.set(bytes, { deflated: deflateRawSync(bytes), crc: crc32(bytes) });
  return bytes;
}

/** Writes an archive. @param packed Whether files are deflated. */
export function fielded(
  files: readonly (readonly [string, Uint8Array])[],
  packed: (i: number) => boolean,
): { w: Writer; facts: Facts[] } {
  const w = new Writer();
  const directory = new Writer();
  const facts: Facts[] = [];
  files.forEach(([name, bytes], i) => {
    const data = packed(i) ? known.get(bytes)?.deflated ?? deflateRawSync(bytes) : bytes;
    const crc = known.get(bytes)?.crc ?? crc32(bytes);
    const encoded = new TextEncoder().encode(name);
    const local = w.length;
    const put = (to: Writer) =>
      to.u16(0).u16(packed(i) ? 8 : 0).u32(0x00210000).u32(crc).u32(data.length).u32(bytes.length)
        .u16(encoded.length).u16(0);
    put(w.raw("PK\x03\x04").u16(20)).raw(encoded).raw(data);
    facts.push({ entry: directory.length, local });
    put(directory.raw("PK\x01\x02").u16(20).u16(20)).u16(0).u16(0).u16(0).u32(0).u32(local).raw(encoded);
  });
  const start = w.length;
  w.put(directory).raw("PK\x05\x06").u16(0).u16(0).u16(files.length).u16(files.length);
  w.u32(directory.length).u32(start).u16(0);
  for (const one of facts) one.entry += start;
  return { w, facts };
}

const field = (at: number, bytes: Field["bytes"]): Field => ({ at, bytes, bigEndian: false });

/** An archive as a sample: its checksums can be made anew, and its files may be bombs. */
export function zipped(draw: Draw, files: readonly (readonly [string, Uint8Array])[]): Sample {
  const isPacked = draw.list(files.length, () => draw.chance(0.5));
  const { w, facts } = fielded(files, (i) => isPacked[i]);
  const bomb = () => {
    const size = draw.pick([2 ** 16, 2 ** 24, 63 * 2 ** 20, 66 * 2 ** 20]);
    return fielded([...files, [`bomb${draw.below(9)}.npy`, zerosOf(size)]], () => true).w.bytes;
  };
  const twice = (bytes: Uint8Array) => {
    if (facts.length < 2) return bytes; // two entries of one place
    setField(bytes, field(facts[1].entry + 42, 4), getField(bytes, field(facts[0].entry + 42, 4)));
    return bytes;
  };
  return {
    bytes: w.bytes,
    fields: w.fields,
    own: [twice, (bytes) => draw.chance(0.02) ? bomb() : twice(bytes)],
    reseal: (bytes) => resealed(bytes),
  };
}

/** The four bytes that an entry of the directory begins with. */
const ENTRY = "PK\x01\x02";

/** Puts the sums of the files as they now are into the directory, as far as it can be read. */
function resealed(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = file.indexOf(ENTRY); at >= 0 && at + 46 <= bytes.length; at = file.indexOf(ENTRY, at + 1)) {
    const unpacked = fileAt(bytes, at);
    if (unpacked) setField(bytes, field(at + 16, 4), crc32(unpacked));
  }
  return bytes;
}

function fileAt(bytes: Uint8Array, at: number): Uint8Array | null {
  const [method, packed, size, local] = [[10, 2], [20, 4], [24, 4], [42, 4]].map(([offset, bytesOf]) =>
    getField(bytes, field(at + offset, bytesOf as 2 | 4))
  );
  const start = local + 30 + getField(bytes, field(local + 26, 2)) + getField(bytes, field(local + 28, 2));
  const data = bytes.subarray(start, start + packed);
  if (method === 0) return data;
  try {
    return size < 2 ** 20 ? inflateSync(data, { out: new Uint8Array(size + 1) }) : null;
  } catch {
    return null;
  }
}

/** The files of an archive by another reader: each entry that begins anywhere before the end. @param ending Of their names. */
export function zipOf(bytes: Uint8Array, ending = ""): Map<string, Uint8Array> {
  const end = lastEnd(bytes);
  const files = new Map<string, Uint8Array>();
  let at = getField(bytes, field(end + 16, 4));
  for (let i = 0; i < getField(bytes, field(end + 10, 2)); i++) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => getField(bytes, field(at + offset, 2)));
    const text = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name));
    const [method, packed, size, local] = [[10, 2], [20, 4], [24, 4], [42, 4]].map(([offset, width]) =>
      getField(bytes, field(at + offset, width as 2 | 4))
    );
    const start = local + 30 + getField(bytes, field(local + 26, 2)) + getField(bytes, field(local + 28, 2));
    const data = bytes.subarray(start, start + packed);
    if (text.endsWith(ending)) {
      files.set(text, method === 0 ? data : inflateSync(data, { out: new Uint8Array(size) }));
    }
    at += 46 + name + extra + comment;
  }
  return files;
}

function lastEnd(bytes: Uint8Array): number {
  let at = bytes.length - 22;
  while (getField(bytes, field(at, 4)) !== 0x06054b50) at--;
  return at;
}

/** Archives of drawn files. */
export const zip: Format = {
  few: 500,
  many: 100_000,
  errors: [CheckpointError],
  words: ["PK\x05\x06", "PK\x01\x02", "PK\x03\x04", "a/", "../", "\0", "data.pkl"],
  make: (draw) =>
    zipped(
      draw,
      draw.list(draw.below(5), (i) => [`${draw.word()}${i}`, draw.bytes(draw.below(200))] as const),
    ),
  read(bytes) {
    const archive = new ZipArchive(bytes);
    return new Map(archive.names.map((name) => [name, archive.read(name)]));
  },
  agrees: (value, bytes) => same(value, zipOf(bytes)) ? null : "other files than the archive has",
};
