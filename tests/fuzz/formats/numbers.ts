/** Stored numbers as a program reads them that takes one after the other; numbers of 8 bytes that are whole are bigints. */
export function numbersOf(
  view: DataView,
  at: number,
  count: number,
  code: string,
  bigEndian: boolean,
): (number | bigint)[] {
  const little = !bigEndian;
  const size = Number(code.slice(-1));
  const read: Record<string, (at: number) => number | bigint> = {
    f8: (at) => Math.fround(view.getFloat64(at, little)),
    f4: (at) => view.getFloat32(at, little),
    f2: (at) => view.getFloat16(at, little),
    i8: (at) => view.getBigInt64(at, little),
    i4: (at) => view.getInt32(at, little),
    i2: (at) => view.getInt16(at, little),
    i1: (at) => view.getInt8(at),
    u8: (at) => view.getBigUint64(at, little),
    u4: (at) => BigInt(view.getUint32(at, little)),
    u2: (at) => view.getUint16(at, little),
    u1: (at) => view.getUint8(at),
    b1: (at) => view.getUint8(at),
  };
  return Array.from({ length: count }, (_, i) => read[code](at + i * size));
}
