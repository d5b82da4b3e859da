// Safetensors files: a header in JSON and the numbers.
import { CheckpointError, parseCheckpoint, type StateDict } from "../../../formats/checkpoint/mod.ts";
import type { Draw } from "../draw.ts";
import type { Format, Sample } from "../format.ts";
import { same } from "../campaign/judge.ts";
import { numbersOf } from "./numbers.ts";
import { Writer } from "../writer.ts";

const CODES: Readonly<Record<string, string>> = {
  ...{ F64: "f8", F32: "f4", F16: "f2", I64: "i8", I32: "i4", I16: "i2", I8: "i1", U8: "u1", BOOL: "b1" },
};

/** Words of JSON, for every format that has it. */
export const JSON_WORDS = [
  ...[
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
    '{"a":',
    "[[",
    '"a":1,',
    '"__proto__":',
    '"__proto__":{"a":1},',
    "null",
    "true",
  ],
  ...[
    "1e999",
    "-1",
    "0.5",
    "9007199254740993",
    '"\\u0000"',
    '"\\ud800"',
    '\\"',
    "\\n",
    " ",
    "-0",
    '""',
    "[],",
    "{},",
  ],
];

type Header = Record<
  string,
  { dtype: string; shape: number[]; data_offsets: [number, number] } | Record<string, string>
>;

/** A file of this header and of numbers, most of them zero. */
function fileOf(header: unknown, data: Uint8Array): Writer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  return new Writer().u64(text.length).raw(text).raw(data);
}

function drawn(draw: Draw): { header: Header; data: Uint8Array } {
  const header: Header = draw.chance(0.5) ? { __metadata__: { network: "resnet8", [draw.word()]: "x" } } : {};
  let at = 0;
  for (let i = draw.below(5); i >= 0; i--) {
    const dtype = draw.pick(Object.keys(CODES));
    const shape = draw.list(draw.below(4), () => draw.below(4));
    const size = shape.reduce((product, n) => product * n, Number(CODES[dtype][1]));
    header[`${draw.word()}${i}`] = { dtype, shape, data_offsets: [at, at += size] };
  }
  return { header, data: Uint8Array.from({ length: at }, () => draw.below(4) ? 0 : draw.below(64)) };
}

/** Puts the length of the header right: up to the last brace that is there. */
function reseal(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) return bytes;
  let end = bytes.length;
  for (let at = 8, depth = 0; at < bytes.length; at++) {
    if (bytes[at] === 0x7b) depth++;
    if (bytes[at] === 0x7d && --depth === 0) {
      end = at + 1;
      break;
    }
  }
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, BigInt(end - 8), true);
  return bytes;
}

/** Reads a file once more: the header as JavaScript does, then number by number. */
export function agreesSafetensors(value: unknown, bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Header;
  const state = value as StateDict;
  for (const [name, told] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: [begin] } = told as Exclude<Header[string], Record<string, string>>;
    const tensor = state.get(name);
    const count = (shape as number[]).reduce((product, n) => product * n, 1);
    if (!CODES[dtype as string]) continue; // BF16
    const numbers = numbersOf(view, start + Number(begin), count, CODES[dtype as string], false);
    if (!same(tensor?.shape, shape) || !same(Array.from(tensor!.data as ArrayLike<unknown>), numbers)) {
      return `${name} is not what the file has`;
    }
  }
  return state.size === Object.keys(header).filter((name) => name !== "__metadata__").length
    ? null
    : "other names";
}

/** Files of drawn tensors. */
export const safetensors: Format = {
  few: 2000,
  many: 100_000,
  errors: [CheckpointError],
  words: [
    ...JSON_WORDS,
    ...[
      '"dtype":"F32",',
      '"shape":[1],',
      '"data_offsets":[0,4]',
      '"F64"',
      '"BF16"',
      '"F8_E4M3"',
      '"__metadata__":{"a":"b"},',
    ],
    ...[
      '"data_offsets":[-4,0]',
      '"shape":[4294967296,4294967296],',
      '"shape":[1e308,1e308],',
      '"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},',
    ],
  ],
  make(draw): Sample {
    const { header, data } = drawn(draw);
    const w = fileOf(header, data);
    const other = () => {
      const changed = structuredClone(header) as Record<string, Record<string, unknown>>;
      const one = changed[draw.pick(Object.keys(changed))];
      one[draw.pick(["dtype", "shape", "data_offsets", "a"])] = draw.pick([
        ...[null, 3, "F32", "F64", "U8", [], [0], [-1], [1.5], [2, 3], [0, 4], [4, 8], [8, 4], [
          0,
          data.length,
        ], ["1"]],
        ...[[2 ** 53, 2], Array(100).fill(1), Array(70).fill(0), [2 ** 31, 2 ** 31], { a: [] }, [0, 2 ** 53]],
      ]);
      return fileOf(changed, data).bytes;
    };
    return { bytes: w.bytes, fields: w.fields, own: [other], reseal };
  },
  read: (bytes) => parseCheckpoint(bytes).state,
  agrees: agreesSafetensors,
};
