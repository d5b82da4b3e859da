import { parseJson } from "../../../formats/json/mod.ts";
import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from "hyparquet";
import { basename } from "node:path";
import { loadCompressors } from "./compressors.ts";
import { checkPages, checkRows, checkSchema, chunksOf, kindOf } from "./pages.ts";
import { checkThrift } from "./thrift.ts";

/** The metadata that Hugging Face's `datasets` writes beside the columns. */
interface HuggingFace {
  info?: { features?: Record<string, { _type?: string; names?: unknown }> };
}

/** The package, with functions that it does not export at its front. */
type Hyparquet = typeof import("hyparquet") & typeof import("hyparquet/column");

/** A column of a file. */
interface Column {
  name: string;
  /** Names of the inner columns of a struct. */
  inside: string[];
}

/**
 * A Parquet file of images in Hugging Face's layout: a column of structs with the encoded `bytes`, and one of labels.
 *
 * Memory holds only the footer; columns are read row group by row group. The file is open only while it is read, since a
 * dataset may have more files than a process may open.
 */
export class ParquetFile {
  /** Names of the classes; null where the file has no names. */
  readonly classNames: string[] | null;
  /** Name of the column of images. */
  readonly image: string;
  /** Name of the column of labels. */
  readonly label: string;
  /** Rows of each row group. */
  readonly groups: number[];

  private constructor(
    /** Path of the file. */
    readonly path: string,
    private readonly buffer: AsyncBuffer,
    private readonly metadata: FileMetaData,
    private readonly schema: SchemaTree,
    private readonly hyparquet: Hyparquet,
    private readonly compressors: Compressors,
  ) {
    const columns = schema.children.map(({ element, children }): Column => ({
      name: element.name,
      inside: children.map((child) => child.element.name),
    }));
    const features = this.#features();
    const images = columns.filter(({ inside }) => inside.includes("bytes")).map(({ name }) => name);
    const labels = columns.map(({ name }) => name)
      .filter((name) => name === "label" || features[name]?._type === "ClassLabel");
    this.image = this.#only(images, "image", "images, structs with bytes,", columns);
    this.label = this.#only(labels, "label", "labels, named label,", columns);
    this.groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
    const names = features[this.label]?.names;
    this.classNames = Array.isArray(names) ? names.map(String) : null;
  }

  /**
   * Opens a file and reads its footer.
   *
   * @throws {SyntaxError} when the file is not a whole Parquet file or lacks these columns.
   */
  static async open(path: string): Promise<ParquetFile> {
    // Imported here, so that only users of Parquet files fetch the packages.
    const hyparquet = { ...await import("hyparquet"), ...await import("hyparquet/column") };
    const compressors = await loadCompressors();
    const buffer = bufferOf(path);
    const [metadata, schema] = await reading(path, async () => {
      if (buffer.byteLength < 12) throw new Error(`it has ${buffer.byteLength} bytes`);
      await checkFooter(buffer);
      const metadata = await hyparquet.parquetMetadataAsync(buffer);
      checkRows(metadata, buffer.byteLength);
      checkSchema(metadata);
      return [metadata, hyparquet.parquetSchema(metadata)];
    });
    return new ParquetFile(path, buffer, metadata, schema, hyparquet, compressors);
  }

  /**
   * The labels of all rows; null where a row has no label. @throws {SyntaxError} when a label is not a whole
   * number.
   */
  async labels(): Promise<(number | null)[]> {
    const rows = await this.#rows(this.label, 0, this.groups.length);
    return rows.map((value, i) => {
      if (value === null || value === undefined) return null;
      const label = typeof value === "bigint" || typeof value === "number" ? Number(value) : NaN;
      if (Number.isInteger(label)) return label;
      const current = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
      throw new SyntaxError(
        `Cannot read ${this.path}: it takes whole numbers as labels, current ${this.label} of row ${i} is ${current}`,
      );
    });
  }

  /** The encoded images of a row group. @throws {SyntaxError} when a row has no image, or the group is damaged. */
  async images(group: number): Promise<Uint8Array[]> {
    const rows = await this.#rows(this.image, group, group + 1);
    return rows.map((row, i) => {
      const { bytes, path } = (row ?? {}) as { bytes?: unknown; path?: unknown };
      if (bytes instanceof Uint8Array) return bytes;
      throw new SyntaxError(
        `Cannot read ${this.path}: it takes the bytes of an image in every row, current row ${
          this.#before(group) + i
        } has ${path ? `only its path, ${path}: the images are in files beside it` : "none"}`,
      );
    });
  }

  /** A column's values in row groups from `first` until `last`. */
  async #rows(column: string, first: number, last: number): Promise<unknown[]> {
    const { buffer: file, metadata, hyparquet, compressors } = this;
    const [rowStart, rowEnd] = [this.#before(first), this.#before(last)];
    const rows = await reading(this.path, async () => {
      const size = file.byteLength;
      for (const chunk of chunksOf(metadata.row_groups.slice(first, last), column, size)) {
        const kind = kindOf(this.schema, chunk.meta, compressors);
        checkPages(await file.slice(chunk.start, chunk.end), chunk.rows, size, hyparquet.parquetHeader, kind);
      }
      return await hyparquet.parquetReadObjects({
        ...{ file, metadata, compressors, rowStart, rowEnd },
        columns: [column],
        utf8: false, // bytes are not text
      });
    });
    return rows.map((row) => row[column]);
  }

  /** Rows before a row group. */
  #before(group: number): number {
    return this.groups.slice(0, group).reduce((sum, rows) => sum + rows, 0);
  }

  #features(): NonNullable<NonNullable<HuggingFace["info"]>["features"]> {
    const text = this.metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
    try {
      return (parseJson(text ?? "{}") as HuggingFace).info?.features ?? {};
    } catch {
      return {};
    }
  }

  #only(found: string[], usual: string, what: string, columns: Column[]): string {
    if (found.includes(usual)) return usual;
    if (found.length === 1) return found[0];
    const current = columns.map(({ name, inside }) =>
      inside.length ? `${name} {${inside.join(", ")}}` : name
    );
    throw new SyntaxError(
      `Cannot use ${this.path}: it takes one column of ${what} as Hugging Face writes it, current columns are ` +
        current.join(", "),
    );
  }
}

/** Runs a function that reads the file. @throws {SyntaxError} in place of any error from the package. */
async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    // Errors that the package trips over say nothing to the user; those of its checks, and of the checks above, do.
    const isTold = cause instanceof Error && !(cause instanceof TypeError || cause instanceof RangeError);
    throw new SyntaxError(
      `Cannot read ${basename(path)} in ${
        path.slice(0, -basename(path).length - 1)
      }: it takes a whole Parquet file, ` +
        `current is cut short or damaged${isTold ? `: ${cause.message}` : ""}`,
      isTold ? { cause } : {},
    );
  }
}

/** Throws when lists of the footer have more elements than bytes. It ends with its length and the word PAR1. */
async function checkFooter(file: AsyncBuffer): Promise<void> {
  const end = file.byteLength - 8;
  const length = new DataView(await file.slice(end)).getUint32(0, true);
  if (length <= end) checkThrift(new Uint8Array(await file.slice(end - length, end)), 0);
}

/** Gives the package access to a file. */
function bufferOf(path: string): AsyncBuffer {
  const byteLength = Deno.statSync(path).size;
  return {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      using file = Deno.openSync(path);
      file.seekSync(start, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) {
        const count = file.readSync(bytes.subarray(at));
        if (count === null) throw new Error(`${path} has become shorter`);
        at += count;
      }
      return bytes.buffer;
    },
  };
}
