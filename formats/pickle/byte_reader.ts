const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a pickle's bytes in order; asking for more than there is throws a `SyntaxError` that says where. */
export class ByteReader {
  /** Offset of the next byte. */
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `count` bytes, a view and not a copy. */
  take(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length of 8 bytes. A length above 2^53 loses its last bits, which does not matter: no file is that long. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** The one big-endian number of the format. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  utf8(count: number): string {
    const start = this.offset;
    const bytes = this.take(count);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new SyntaxError(
        `Cannot read the pickle: it takes text in UTF-8, current ${count} bytes at offset ${start} are not`,
      );
    }
  }

  /** The bytes up to the next newline, which is passed over. */
  line(): Uint8Array {
    const end = this.#bytes.indexOf(10, this.offset);
    if (end < 0) {
      throw new SyntaxError(
        `Cannot read the pickle: it takes a line at offset ${this.offset}, current bytes have no more newline: ` +
          "the file is cut short",
      );
    }
    const line = this.take(end - this.offset);
    this.offset++;
    return line;
  }

  #advance(count: number): number {
    const start = this.offset;
    const left = this.#bytes.length - start;
    if (count > left) {
      throw new SyntaxError(
        `Cannot read the pickle: it takes ${count} bytes at offset ${start}, current bytes left are ${left}: ` +
          "the file is cut short",
      );
    }
    this.offset += count;
    return start;
  }
}
