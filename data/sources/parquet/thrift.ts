// Thrift's compact protocol, in which a Parquet file has its footer and the headers of its pages: walked through before the
// package reads it, which makes a list of any size that is stated.
//
//   struct   fields until a byte 0: a byte of distance << 4 | type, where the distance is 0 a varint of the id, the value
//   list     a byte of size << 4 | type, where the size is 15 a varint of it, the values: each takes a byte or more

/** Footers are nested five deep. */
const DEEPEST = 32;

/**
 * Walks through the struct at `start`.
 *
 * @throws {Error} when a list or text has more than the bytes that are left, or values are nested deeper than 32.
 */
export function checkThrift(bytes: Uint8Array, start: number): void {
  let at = start;
  const byte = () => {
    if (at >= bytes.length) throw new Error("its numbers end within one");
    return bytes[at++];
  };
  const varint = () => {
    for (let value = 0, shift = 0;; shift += 7) { // wraps as the package's does
      const next = byte();
      value |= (next & 127) << shift;
      if (next < 128) return value;
    }
  };
  const sized = (size: number, what: string) => {
    const left = bytes.length - at;
    if (size < 0 || size > left) throw new Error(`a ${what} of ${size} has ${left} bytes left`);
    return size;
  };
  const skip = (type: number, depth: number): void => {
    if (depth > DEEPEST) throw new Error(`its numbers are nested deeper than ${DEEPEST}`);
    if (type === 3) byte();
    else if (type >= 4 && type <= 6) varint();
    else if (type === 7) at += 8;
    else if (type === 8) {
      const size = sized(varint(), "text");
      at += size;
    } else if (type === 9) {
      const head = byte();
      const size = sized(head >> 4 === 15 ? varint() : head >> 4, "list");
      for (let i = 0; i < size; i++) skip((head & 15) < 3 ? 3 : head & 15, depth + 1);
    } else if (type === 12) {
      for (let head = byte(); (head & 15) !== 0; head = byte()) {
        if (head >> 4 === 0) varint();
        skip(head & 15, depth + 1);
      }
    } else if (type !== 1 && type !== 2) throw new Error(`a number of its kind ${type} has no meaning`);
  };
  skip(12, 0);
}
