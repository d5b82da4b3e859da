// Runs of equal values in Parquet's pages: levels and places in a dictionary, walked through before the package unpacks
// them, which writes a run of any length that is stated.
//
//   varint h   even: a run of h >> 1 times the value in the next ceil(width / 8) bytes
//              odd:  (h >> 1) * 8 values of `width` bits each
import type { PageHeader } from "hyparquet";

/** The facts of a column that unpacking its pages takes. */
export interface ColumnKind {
  /** Type of its values in the file, such as BOOLEAN. */
  type: string | undefined;
  /** Highest levels; 0 where the pages have none. */
  repetition: number;
  definition: number;
  /** Unpacks bytes to so many. @throws {Error} when they are damaged. */
  unpack(bytes: Uint8Array, size: number): Uint8Array;
}

/** Throws when a page has a run of more values than the page. @param packed The page's bytes. */
export function checkRuns(header: PageHeader, packed: Uint8Array, kind: ColumnKind): void {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header;
  const [repeated, defined] = [kind.repetition, kind.definition].map(widthOf);
  if (header.type === "DATA_PAGE_V2" && second) {
    const { num_values: count, num_nulls } = second;
    const [r, d] = [second.repetition_levels_byte_length, second.definition_levels_byte_length];
    if (repeated) walk(packed, 0, count, repeated);
    if (defined) walk(packed, r, count, defined);
    if (!hasRuns(second.encoding)) return;
    const rest = packed.subarray(r + (defined ? d : 0));
    const page = second.is_compressed !== false && size > r + d ? kind.unpack(rest, size - r - d) : rest;
    checkValues(page, 0, count - num_nulls, second.encoding, second.encoding === "RLE" ? 1 : null);
  } else if (header.type === "DATA_PAGE" && first) {
    if (!repeated && !defined && !hasRuns(first.encoding)) return;
    const page = kind.unpack(packed, size);
    const count = first.num_values;
    let [at, values] = [0, count];
    if (repeated) {
      walk(page, at + 4, count, repeated);
      at += 4 + u32(page, at);
    }
    if (defined) {
      values = walk(page, at + 4, count, defined, kind.definition);
      at += 4 + u32(page, at);
    }
    checkValues(page, at, values, first.encoding, kind.type === "BOOLEAN" ? 1 : null);
  }
}

function hasRuns(encoding: string): boolean {
  return encoding.startsWith("RLE") || encoding === "PLAIN_DICTIONARY" || encoding.startsWith("DELTA");
}

/** @param width Bits of a value; null where the first byte says. */
function checkValues(page: Uint8Array, at: number, count: number, encoding: string, width: number | null) {
  if (encoding.startsWith("DELTA")) {
    const [, after] = varint(page, at);
    const [blocks] = varint(page, after); // a byte for each follows
    if (blocks < 0 || blocks > page.length) throw new Error(`${blocks} blocks have ${page.length} bytes`);
  } else if (hasRuns(encoding)) {
    walk(page, width === null ? at + 1 : at + 4, count, width ?? page[at] ?? 0);
  }
}

/** @returns The number of values that are `wanted`. */
function walk(bytes: Uint8Array, start: number, count: number, width: number, wanted = -1): number {
  let found = 0;
  for (let seen = 0, at = start; seen < count && at < bytes.length;) {
    const [header, from] = varint(bytes, at);
    const isRun = (header & 1) === 0;
    const length = isRun ? header >>> 1 : header >> 1 << 3;
    const most = isRun ? count - seen : width === 0 ? count - seen + 7 : 8 * bytes.length;
    if (length < 0 || length > most) {
      throw new Error(`a run of ${length} values is in a page of ${count}`);
    }
    if (isRun) {
      at = from + Math.ceil(width / 8);
      if (bytes[from] === wanted) found += length;
    } else {
      at = from + Math.ceil(length * width / 8);
      const mask = (1 << width) - 1;
      for (let i = 0; wanted >= 0 && i < Math.min(length, count - seen); i++) {
        const bit = i * width;
        const two = bytes[from + (bit >> 3)] | bytes[from + (bit >> 3) + 1] << 8;
        if ((two >> (bit & 7) & mask) === wanted) found++;
      }
    }
    seen += length;
  }
  return found;
}

/** A number, and the place after it; 32 bits, which wrap. */
function varint(bytes: Uint8Array, start: number): [value: number, after: number] {
  let [value, at] = [0, start];
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
}

function widthOf(level: number): number {
  return 32 - Math.clz32(level);
}
