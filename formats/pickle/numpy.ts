// NumPy arrays inside pickles: the few names that ndarray.__reduce__ writes, for use as `globals` of unpickle.
import type { Factory, Stateful } from "./pickle_machine.ts";
import { toBytes } from "./python_text.ts";
import { asText, shown } from "./shown.ts";

/** Most dimensions, as in NumPy 2. */
const MOST_AXES = 64;

/** A NumPy dtype by its code: kind and bytes an item, `u1`, `i8`, `f4`. */
export class DType implements Stateful {
  /** Kind (`b` `i` `u` `f`) and size in bytes. */
  readonly code: string;
  /** True when the numbers are big-endian. */
  bigEndian = false;

  /** A dtype such as `u1`; a leading byte order is taken too. */
  constructor(code: string) {
    const match = /^([<>|=]?)([biuf](?:1|2|4|8))$/.exec(code);
    if (!match) {
      throw new SyntaxError(
        `Cannot read the NumPy array: it takes a dtype of numbers such as u1, i8 or f4, current is ${code}`,
      );
    }
    this.bigEndian = match[1] === ">";
    this.code = match[2];
  }

  /** Bytes an item. */
  get itemSize(): number {
    return Number(this.code[1]);
  }

  /** State is `(version, byte order, …)`. */
  setState(state: unknown): void {
    if (Array.isArray(state)) this.bigEndian = state[1] === ">";
  }
}

/** A NumPy array: its bytes as stored, not yet numbers. */
export class NdArray implements Stateful {
  /** Sizes, outermost first. */
  shape: number[] = [];
  /** Type of the items. */
  dtype: DType = new DType("u1");
  /** True for Fortran order: the first index varies fastest. */
  fortranOrder = false;
  /** The items as stored. */
  bytes: Uint8Array = new Uint8Array();

  /** State is `(version, shape, dtype, is Fortran, data)`; version is left out by very old writers. */
  setState(state: unknown): void {
    if (!Array.isArray(state) || state.length < 4) throw damaged("a state of 5 parts", "another one");
    const [shape, dtype, fortran, data] = state.slice(-4);
    this.#set(shape, dtype, fortran === true || fortran === 1, data);
  }

  /** An array from its parts, as pickle protocol 5 writes them. */
  static from(data: unknown, dtype: unknown, shape: unknown, order: unknown): NdArray {
    const array = new NdArray();
    array.#set(shape, dtype, order === "F", data);
    return array;
  }

  #set(shape: unknown, dtype: unknown, fortran: boolean, data: unknown): void {
    if (
      !Array.isArray(shape) || shape.length > MOST_AXES ||
      !shape.every((n) => Number.isSafeInteger(n) && n >= 0)
    ) {
      throw damaged(`a shape of up to ${MOST_AXES} sizes`, shown(shape));
    }
    if (!(dtype instanceof DType)) throw damaged("a dtype", shown(dtype));
    const bytes = toBytes(data);
    const expected = shape.reduce((product, n) => product * n, dtype.itemSize);
    if (bytes.length !== expected) {
      throw damaged(
        `${expected} bytes for shape ${shown(shape)} of ${dtype.code}`,
        `${bytes.length} bytes`,
      );
    }
    this.shape = shape;
    this.dtype = dtype;
    this.fortranOrder = fortran && shape.length > 1;
    this.bytes = bytes;
  }
}

/** Allow-list for {@linkcode unpickle}: arrays of numbers become {@linkcode NdArray}. */
export const numpyGlobals: Readonly<Record<string, Factory>> = {
  "numpy.ndarray": () => new NdArray(),
  "numpy.dtype": (code) => new DType(asText(code)),
  // NumPy 1 and 2 name the same functions in different modules.
  "numpy.core.multiarray._reconstruct": () => new NdArray(),
  "numpy._core.multiarray._reconstruct": () => new NdArray(),
  "numpy.core.numeric._frombuffer": NdArray.from,
  "numpy._core.numeric._frombuffer": NdArray.from,
  // Python 3 writes bytes this way in protocols 0 to 2.
  "_codecs.encode": (text, encoding) => {
    if (encoding !== "latin1") throw damaged("text encoded as latin1", shown(encoding));
    return toBytes(text);
  },
  // … and empty bytes as `bytes()`.
  "__builtin__.bytes": () => new Uint8Array(),
};

function damaged(expected: string, current: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the NumPy array: it takes ${expected}, current is ${current}: damaged file`,
  );
}
