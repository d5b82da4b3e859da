// Writes messages of protocol buffers: fields of a number and a value, one after the other.
// Source: protobuf.dev, "Encoding".

/** A field of a message: whole numbers as varints, floats in 4 bytes, texts and messages as bytes with their length. */
export type Field = [number: number, value: bigint | number | string | Uint8Array | { f32: number }];

/** Kinds of values in the low three bits of a field's tag. */
const [VARINT, BYTES, FOUR_BYTES] = [0, 2, 5];

/** Writes a message. @param fields In order; a field of several values comes several times. */
export function message(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const parts = fields.flatMap(([number, value]) => partsOf(number, value));
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function partsOf(number: number, value: Field[1]): Uint8Array[] {
  const tag = (kind: number) => varint(BigInt(number << 3 | kind));
  if (typeof value === "number" || typeof value === "bigint") return [tag(VARINT), varint(BigInt(value))];
  if (typeof value === "object" && "f32" in value) {
    return [tag(FOUR_BYTES), new Uint8Array(Float32Array.of(value.f32).buffer)];
  }
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return [tag(BYTES), varint(BigInt(bytes.length)), bytes];
}

/** Writes a whole number in groups of 7 bits, the lowest first; one below 0 as its complement of 64 bits. */
function varint(value: bigint): Uint8Array {
  const bytes = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}
