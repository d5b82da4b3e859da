// NumPy's .npy files, and .npz archives of several ones.
import { CheckpointError } from "../../../formats/checkpoint/mod.ts";
import { NpzFile, parseNpy } from "../../../formats/numpy/mod.ts";
import type { Draw } from "../draw.ts";
import type { Format, Sample } from "../format.ts";
import { same } from "../campaign/judge.ts";
import { numbersOf } from "./numbers.ts";
import { Writer } from "../writer.ts";
import { zipOf, zipped } from "./zip.ts";

const DTYPES = [
  "<f4",
  "<f8",
  "<f2",
  "<i8",
  "<i4",
  "<i2",
  "|i1",
  "|u1",
  "<u2",
  "<u4",
  "<u8",
  "|b1",
  ">f4",
  ">i8",
  ">f8",
];

/** Words of headers. */
const WORDS = [
  ...[
    "'descr': ",
    "'fortran_order': ",
    "'shape': ",
    "True",
    "False",
    "()",
    "(1,)",
    "(0, 7)",
    "(",
    ")",
    "{",
    "}",
    ",",
  ],
  ...DTYPES.map((dtype) => `'${dtype}'`),
  ...[
    "'|O'",
    "'<c8'",
    "[('a', '<f4')]",
    "(18446744073709551616,)",
    "(9007199254740993,)",
    "(-1,)",
    "1, ",
    "(4294967296, 4294967296)",
    "L",
    " ",
  ],
];

/** A .npy file, mostly of zeros and small numbers, which fit all dtypes. */
export function npyOf(draw: Draw): Writer {
  const dtype = draw.pick(DTYPES);
  const shape = draw.list(draw.below(4), () => draw.below(4));
  const size = shape.reduce((product, n) => product * n, Number(dtype[2]));
  const fortran = draw.chance(0.3) ? "True" : "False";
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const text = `{'descr': '${dtype}', 'fortran_order': ${fortran}, 'shape': ${tuple}, }`;
  const major = draw.pick([1, 1, 2, 3]);
  const padded = text.padEnd(draw.below(2) * 117, " ") + "\n";
  const w = new Writer().raw(Uint8Array.of(0x93)).raw("NUMPY").u8(major).u8(0);
  return (major === 1 ? w.u16(padded.length) : w.u32(padded.length)).raw(padded)
    .raw(Uint8Array.from({ length: size }, () => draw.below(4) === 0 ? draw.below(64) : 0));
}

/** Reads a file once more, plainly: the header by itself, then number by number. */
export function agreesNpy(value: unknown, bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const dtype = /descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(header)![1];
  const fortran = /fortran_order['"]\s*:\s*True/.test(header);
  const shape = (/shape['"]\s*:\s*\(([^)]*)\)/.exec(header)![1].match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  const stored = numbersOf(view, start + length, count, dtype.slice(-2), dtype[0] === ">");
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  const rowMajor = stored.map((_, to) => {
    let [rest, from] = [to, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += rest % shape[axis] * steps[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return stored[from];
  });
  const tensor = value as { shape: number[]; data: ArrayLike<number | bigint> };
  if (!same(tensor.shape, shape)) return `shape [${tensor.shape}], not [${shape}]`;
  return same([...Array.from(tensor.data)], fortran ? rowMajor : stored)
    ? null
    : "other numbers than the file has";
}

/** Files of one array. */
export const npy: Format = {
  few: 2000,
  many: 100_000,
  errors: [CheckpointError],
  words: WORDS,
  make(draw) {
    const w = npyOf(draw);
    return { bytes: w.bytes, fields: w.fields };
  },
  read: (bytes) => parseNpy(bytes),
  agrees: agreesNpy,
};

/** Archives of arrays. */
export const npz: Format = {
  few: 500,
  many: 100_000,
  errors: [CheckpointError],
  words: [...WORDS, ".npy", "PK\x05\x06", "PK\x01\x02", "PK\x03\x04"],
  make(draw): Sample {
    return zipped(
      draw,
      draw.list(draw.below(4), (i) => [`${draw.word()}${i}.npy`, npyOf(draw).bytes] as const),
    );
  },
  read(bytes) {
    const file = new NpzFile(bytes);
    return file.names.map((name) => [name, file.read(name)] as const);
  },
  agrees(value, bytes) {
    const files = zipOf(bytes, ".npy"); // others are not read
    for (const [name, tensor] of value as [string, unknown][]) {
      const file = files.get(`${name}.npy`);
      if (!file) return `${name} is not in the archive`;
      const fault = agreesNpy(tensor, file);
      if (fault) return `${name}: ${fault}`;
    }
    return null;
  },
};
