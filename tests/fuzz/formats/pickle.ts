// Pickles of plain data, in protocols 2 to 5, with and without memo.
import { numpyGlobals, unpickle } from "../../../formats/pickle/mod.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";
import { Writer } from "../writer.ts";

/** Opcodes, alone and with arguments. */
export const OPCODES: readonly (string | Uint8Array)[] = [
  ..."()0125NRQbdaeghijlopqrstu}].GIJKMLFSTUVXBCc\n".split(""),
  ...[0x80, 0x81, 0x82, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f].map((code) =>
    Uint8Array.of(code)
  ),
  ...[0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96].map((code) => Uint8Array.of(code)),
  ...[
    "]2a",
    "(l",
    "}2",
    "2\x86",
    "h\0",
    "q\0",
    "I1\n",
    "L9L\n",
    "S'\\x41'\n",
    "V\\u0041\n",
    "(]t",
    "K\x012\x86",
  ],
  ...[
    "cnumpy\ndtype\n",
    "cnumpy\nndarray\n",
    "cnumpy.core.multiarray\n_reconstruct\n",
    "cos\nsystem\n",
    "U\x02u1",
  ],
  ...["c_codecs\nencode\n", ")R", "\x85R", "b", "Nb"],
];

/** Writes a drawn value. @returns The value as it is read. */
function put(w: Writer, draw: Draw, deep: number): unknown {
  const kind = draw.below(deep > 0 ? 14 : 9);
  switch (kind) {
    case 0:
      w.raw("N");
      return null;
    case 1: {
      const value = draw.chance(0.5);
      w.raw(Uint8Array.of(value ? 0x88 : 0x89));
      return value;
    }
    case 2: {
      const value = draw.below(256);
      w.raw("K").u8(value);
      return value;
    }
    case 3: {
      const value = draw.below(65536);
      w.raw("M").u16(value);
      return value;
    }
    case 4: {
      const value = draw.below(2 ** 32) - 2 ** 31;
      w.raw("J").u32(value);
      return value;
    }
    case 5: {
      const bytes = draw.bytes(draw.below(12));
      w.raw(Uint8Array.of(0x8a)).u8(bytes.length).raw(bytes);
      const whole = bytes.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
      const value = BigInt.asIntN(8 * bytes.length, whole);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case 6: {
      const bytes = new Uint8Array(8);
      const value = draw.pick([0, -1.5, Infinity, NaN, draw.next()]);
      new DataView(bytes.buffer).setFloat64(0, value);
      w.raw("G").raw(bytes);
      return value;
    }
    case 7: {
      const text = draw.word();
      w.raw("X").u32(new TextEncoder().encode(text).length).raw(text);
      return text;
    }
    case 8: {
      const bytes = draw.bytes(draw.below(20));
      w.raw("C").u8(bytes.length).raw(bytes);
      return bytes;
    }
    case 9:
    case 10: {
      w.raw("](");
      const list = draw.list(draw.below(5), () => put(w, draw, deep - 1));
      w.raw("e");
      return list;
    }
    case 11: {
      w.raw("(");
      const tuple = draw.list(draw.below(4), () => put(w, draw, deep - 1));
      w.raw("t");
      return tuple;
    }
    case 12: {
      w.raw(Uint8Array.of(0x8f, 0x28));
      const items = draw.list(draw.below(4), (i) => (w.raw("K").u8(i), i));
      w.raw(Uint8Array.of(0x90));
      return new Set(items);
    }
    default: {
      w.raw("}(");
      const entries = draw.list(draw.below(4), (i) => {
        const key = `${draw.word()}${i}`;
        w.raw("X").u32(new TextEncoder().encode(key).length).raw(key).raw("q").u8(i);
        return [key, put(w, draw, deep - 1)] as const;
      });
      w.raw("u");
      return new Map(entries);
    }
  }
}

/** Pickles by themselves, with the globals of NumPy. */
export const pickle: Format = {
  few: 2000,
  many: 100_000,
  errors: [SyntaxError],
  words: OPCODES,
  make(draw) {
    const w = new Writer().raw(Uint8Array.of(0x80)).u8(draw.pick([2, 3, 4, 5]));
    const value = put(w, draw, 4);
    return { bytes: w.raw(".").bytes, value, fields: w.fields };
  },
  read: (bytes) => unpickle(bytes, { globals: numpyGlobals }).value,
};
