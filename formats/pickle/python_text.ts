// Values as Python writes them inside a pickle, as bytes and as text.

/** Each byte as the character of that number (Latin-1; `TextDecoder("latin1")` would be windows-1252). */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  const step = 8192; // an argument list much longer than this overflows the stack
  for (let i = 0; i < bytes.length; i += step) text += String.fromCharCode(...bytes.subarray(i, i + step));
  return text;
}

/**
 * The inverse of {@linkcode latin1}; bytes pass through.
 *
 * @example
 * ```ts
 * import { toBytes } from "everyclass/formats";
 * console.log(toBytes("\xff")); // [255]
 * ```
 */
export function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") {
    throw new SyntaxError(
      `Cannot read the pickle: it takes bytes or a string, current value is ${typeof value}`,
    );
  }
  const bytes = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 255) {
      throw new SyntaxError(
        `Cannot read the pickle: it takes bytes stored as Latin-1 text, current character has number ${code}`,
      );
    }
    bytes[i] = code;
  }
  return bytes;
}

/**
 * A string of Python 2, whose pickle does not tell text from bytes: text when it is all ASCII, otherwise bytes.
 * {@linkcode toBytes} turns both into bytes.
 */
export function python2String(bytes: Uint8Array): string | Uint8Array {
  for (const byte of bytes) if (byte > 127) return bytes;
  return latin1(bytes);
}

/** Python's integers: a number where it is exact, otherwise a bigint. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Most bytes of an integer: converting it to decimal takes quadratic time. Integers in checkpoints have 16 at most. */
const INTEGER_BYTES = 1024;
/** Digits of that integer, and letters of the longest float. */
const DIGITS = 2470;

/** A little-endian integer in two's complement. */
export function twosComplement(bytes: Uint8Array): number | bigint {
  if (bytes.length > INTEGER_BYTES) {
    throw invalid(`an integer of ${INTEGER_BYTES} bytes at most`, `${bytes.length} bytes`);
  }
  const hex = new Uint8Array(bytes).reverse().toHex();
  return integer(BigInt.asIntN(8 * bytes.length, BigInt(`0x0${hex}`)));
}

/** The decimal text of an integer, `12` or `12L`. */
export function parseInteger(text: string): number | bigint {
  if (text.length > DIGITS || !/^[+-]?\d+L?$/.test(text)) throw invalid("an integer", text);
  return integer(BigInt(text.replace(/L$/, "").replace(/^\+/, "")));
}

/** The text of a float as Python's `repr` writes it. */
export function parseFloatText(text: string): number {
  const special: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  if (Object.hasOwn(special, text)) return special[text];
  if (text.length > DIGITS || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw invalid("a float", text);
  }
  return Number(text);
}

const escapes: Record<string, number> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  "\\": 92,
  "'": 39,
  '"': 34,
};

/** The bytes of a quoted string as Python 2's `repr` writes it: `'it\'s \x00'`. */
export function parseQuoted(line: Uint8Array): Uint8Array {
  const text = latin1(line).trim();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw invalid("a quoted string", text);
  }
  const plain = text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g, (whole, code: string) => {
    if (code.length === 3 && code[0] === "x") return String.fromCharCode(parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 255);
    return Object.hasOwn(escapes, code) ? String.fromCharCode(escapes[code]) : whole;
  });
  return toBytes(plain);
}

/** Text in Python's raw-unicode-escape: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. */
export function parseRawUnicode(line: Uint8Array): string {
  return latin1(line).replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (whole, short?: string, long?: string) => {
      const code = parseInt(short ?? long ?? "", 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

function invalid(what: string, text: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the pickle: it takes ${what}, current text is ${JSON.stringify(text.slice(0, 40))}`,
  );
}
