// Checks the sizes that a Parquet file states about itself before its pages are read: the package that reads the pages
// trusts them.
import type { ColumnMetaData, Compressors, FileMetaData, PageHeader, SchemaTree } from "hyparquet";
import type { parquetHeader } from "hyparquet/column";
import { checkRuns, type ColumnKind } from "./runs.ts";
import { checkThrift } from "./thrift.ts";

/** Pages may unpack to this many times the bytes of the file, and {@linkcode ROOM} more; images hardly shrink. */
const RATIO = 8;
const ROOM = 64 * 2 ** 20;

/**
 * Encodings whose memory the checks bound; DELTA_BYTE_ARRAY, which copies the beginning of the value before,
 * is not bounded.
 */
const ENCODINGS: readonly string[] = [
  "PLAIN",
  "PLAIN_DICTIONARY",
  "RLE",
  "RLE_DICTIONARY",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
];

/** Throws when row groups have more rows than the file has bytes. */
export function checkRows({ row_groups }: FileMetaData, fileBytes: number): void {
  let rows = 0;
  for (const { num_rows } of row_groups) {
    const count = Number(num_rows);
    if (!isCount(count) || (rows += count) > fileBytes) {
      throw new Error(`a row group has ${num_rows} rows, the file ${fileBytes} bytes`);
    }
  }
}

/** Columns of images are nested two deep. */
const DEEPEST = 32;

/** Throws when columns are nested deeper than 32: the package keeps the whole path of each. */
export function checkSchema({ schema }: FileMetaData): void {
  const open: number[] = [];
  for (const { num_children } of schema) {
    while (open.at(-1) === 0) open.pop();
    if (open.length > DEEPEST) throw new Error(`its columns are nested deeper than ${DEEPEST}`);
    if (open.length > 0) open[open.length - 1]--;
    if (num_children) open.push(num_children);
  }
}

/** Tells how the pages of a column are unpacked. @throws {Error} when the schema lacks the column. */
export function kindOf(root: SchemaTree, meta: ColumnMetaData, compressors: Compressors): ColumnKind {
  const path = [root];
  for (const part of meta.path_in_schema) {
    const next = path.at(-1)!.children.find(({ element }) => element.name === part);
    if (!next) throw new Error(`its schema lacks the column ${meta.path_in_schema.join(".").slice(0, 100)}`);
    path.push(next);
  }
  const types = path.map(({ element }) => element.repetition_type);
  return {
    type: meta.type,
    repetition: types.filter((type) => type === "REPEATED").length,
    definition: types.slice(1).filter((type) => type !== "REQUIRED").length,
    unpack(bytes, size) {
      if (meta.codec === "UNCOMPRESSED") return bytes;
      const unpack = compressors[meta.codec];
      if (!unpack) throw new Error(`its pages are packed by ${meta.codec}`);
      return unpack(bytes, size);
    },
  };
}

/** The part of a file that holds a column's pages: byte offsets, and the rows. */
export interface Chunk {
  start: number;
  end: number;
  rows: number;
  meta: ColumnMetaData;
}

/**
 * The chunks of a column and of its inner columns in row groups.
 *
 * @throws {Error} when a chunk is outside the file, or a row group has two of a column: the package reads both and awaits
 * one, so that an error in the other ends the thread.
 */
export function chunksOf(groups: FileMetaData["row_groups"], column: string, fileBytes: number): Chunk[] {
  return groups.flatMap(({ columns, num_rows }) => {
    const paths = new Set<string>();
    return columns.filter(({ meta_data }) => meta_data?.path_in_schema?.[0] === column).map(
      ({ meta_data }) => {
        const { dictionary_page_offset, data_page_offset, total_compressed_size, path_in_schema } =
          meta_data!;
        const path = path_in_schema.join(".");
        if (paths.size === paths.add(path).size) throw new Error(`a row group has ${path} twice`);
        const start = Number(dictionary_page_offset || data_page_offset);
        const end = start + Number(total_compressed_size);
        if (isCount(start) && isCount(end) && start <= end && end <= fileBytes) {
          return { start, end, rows: Number(num_rows), meta: meta_data! };
        }
        throw new Error(`${column} stands at bytes ${start} to ${end} of ${fileBytes}`);
      },
    );
  });
}

/** Throws when the pages of a chunk do not fill it one after another, or hold more values or bytes than they may. */
export function checkPages(
  chunk: ArrayBuffer,
  rows: number,
  fileBytes: number,
  headerOf: typeof parquetHeader,
  kind: ColumnKind,
): void {
  const bytes = new Uint8Array(chunk);
  const reader = { view: new DataView(chunk), offset: 0 };
  let [unpacked, values] = [0, 0];
  while (reader.offset < chunk.byteLength - 1) {
    const at = reader.offset;
    checkThrift(bytes, at);
    const header = headerOf(reader);
    const { compressed_page_size: packed, uncompressed_page_size: size } = header;
    reader.offset += packed;
    if (!isCount(packed) || !(reader.offset <= chunk.byteLength) || !isCount(size)) {
      throw new Error(`the page at byte ${at} of its column has ${packed} bytes, unpacked ${size}`);
    }
    unpacked += size;
    if (unpacked > RATIO * fileBytes + ROOM) {
      throw new Error(`its pages unpack to ${unpacked} bytes or more, the file has ${fileBytes}`);
    }
    values += valuesOf(header, at);
    if (values > rows) throw new Error(`a column has ${values} values or more in ${rows} rows`);
    checkRuns(header, bytes.subarray(reader.offset - packed, reader.offset), kind);
  }
}

/** The number of values in a page of data; a dictionary page is checked and counts 0. */
function valuesOf({ type, uncompressed_page_size, ...headers }: PageHeader, at: number): number {
  const { dictionary_page_header, data_page_header, data_page_header_v2 } = headers;
  const wrong = (what: string) => new Error(`the page at byte ${at} of its column has ${what}`);
  if (type === "DICTIONARY_PAGE") {
    const count = dictionary_page_header?.num_values;
    if (isCount(count) && count <= uncompressed_page_size) return 0;
    throw wrong(`${count} values in ${uncompressed_page_size} bytes`);
  }
  const data = type === "DATA_PAGE_V2" ? data_page_header_v2 : data_page_header;
  if (!data || !isCount(data.num_values)) throw wrong("no whole number of values");
  if (!ENCODINGS.includes(data.encoding)) throw wrong(`the encoding ${data.encoding}`);
  if (data_page_header_v2) {
    const { num_values, num_nulls, num_rows, ...lengths } = data_page_header_v2;
    const levels = lengths.definition_levels_byte_length + lengths.repetition_levels_byte_length;
    const counts = [num_nulls, num_rows, levels, lengths.definition_levels_byte_length];
    if (!counts.every(isCount) || num_nulls > num_values || levels > uncompressed_page_size) {
      throw wrong(`${num_nulls} nulls of ${num_values} values, ${levels} bytes of levels`);
    }
  }
  return data.num_values;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
