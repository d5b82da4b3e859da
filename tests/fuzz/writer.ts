/** A number in a file that tells of the file: a length, a count, an offset, a kind. */
export interface Field {
  at: number;
  bytes: 1 | 2 | 4 | 8;
  bigEndian: boolean;
}

const utf8 = new TextEncoder();

/** Puts a file together and remembers its fields, so that a mutation can aim at them. */
export class Writer {
  readonly fields: Field[] = [];
  readonly #parts: Uint8Array[] = [];
  /** Bytes so far. */
  length = 0;

  /** @param bigEndian Order of the bytes of numbers. */
  constructor(private readonly bigEndian = false) {}

  /** Text in UTF-8, or bytes, in which nothing is aimed at. */
  raw(part: string | Uint8Array): this {
    const bytes = typeof part === "string" ? utf8.encode(part) : part;
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }

  u8(value: number): this {
    return this.#number(1, value);
  }

  u16(value: number): this {
    return this.#number(2, value);
  }

  u32(value: number): this {
    return this.#number(4, value);
  }

  u64(value: number): this {
    return this.#number(8, value);
  }

  /** Another writer's bytes and fields. */
  put(other: Writer): this {
    for (const field of other.fields) this.fields.push({ ...field, at: this.length + field.at });
    return this.raw(other.bytes);
  }

  get bytes(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #number(bytes: Field["bytes"], value: number): this {
    const field = { at: this.length, bytes, bigEndian: this.bigEndian };
    this.fields.push(field);
    const part = new Uint8Array(bytes);
    setField(part, { ...field, at: 0 }, value);
    return this.raw(part);
  }
}

/** Writes the lower bits of a whole number into a field that is within the bytes. */
export function setField(bytes: Uint8Array, { at, bytes: size, bigEndian }: Field, value: number): void {
  let rest = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < size; i++, rest >>= 8n) {
    const place = bigEndian ? at + size - 1 - i : at + i;
    if (place < bytes.length) bytes[place] = Number(rest & 255n);
  }
}

/** Reads a field; what is beyond the bytes counts as zeros. */
export function getField(bytes: Uint8Array, { at, bytes: size, bigEndian }: Field): number {
  let value = 0n;
  for (let i = 0; i < size; i++) {
    value = value << 8n | BigInt(bytes[bigEndian ? at + i : at + size - 1 - i] ?? 0);
  }
  return Number(value);
}
