// Files of torch.save: in a zip archive, and one pickle after another as before PyTorch 1.6.
import { CheckpointError, parseCheckpoint, type StateDict } from "../../../formats/checkpoint/mod.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";
import { numbersOf } from "./numbers.ts";
import { OPCODES } from "./pickle.ts";
import { Writer } from "../writer.ts";
import { zipped } from "./zip.ts";

const KINDS: readonly (readonly [name: string, code: string, dtype: string])[] = [
  ["FloatStorage", "f4", "f32"],
  ["DoubleStorage", "f8", "f64"],
  ["HalfStorage", "f2", "f16"],
  ["LongStorage", "i8", "i64"],
  ["IntStorage", "i4", "i32"],
  ["ShortStorage", "i2", "i32"],
  ["CharStorage", "i1", "i32"],
  ["ByteStorage", "u1", "u8"],
  ["BoolStorage", "b1", "bool"],
];

const WORDS = [
  ...OPCODES,
  ...["FloatStorage", "ByteStorage", "_rebuild_tensor", "_rebuild_qtensor", "OrderedDict", "ctorch\nSize\n"],
  ...[
    "cpathlib\nPosixPath\n",
    "cargparse\nNamespace\n",
    "cbuiltins\nset\n",
    "cnumpy.core.multiarray\nscalar\n",
  ],
  ...["state_dict", "storage", "module.", "X\x01\0\0\0a}s", "cpu", "0", "J\xff\xff\xff\x7f"],
];

interface Storage {
  key: string;
  kind: (typeof KINDS)[number];
  bytes: Uint8Array;
}

/** Writes a text. */
const text = (w: Writer, value: string) => w.raw("X").u32(new TextEncoder().encode(value).length).raw(value);

/** Writes a count in one of the ways that Python does. */
const count = (w: Writer, value: number) => value < 256 ? w.raw("K").u8(value) : w.raw("J").u32(value);

/** Writes a state dict of strided views of storages. @returns Its tensors as they are read. */
function putState(
  w: Writer,
  draw: Draw,
  legacy: boolean,
): { state: StateDict; storages: Storage[]; used: Set<string> } {
  const storages = draw.list(1 + draw.below(3), (i): Storage => {
    const kind = draw.pick(KINDS);
    const numbers = 1 + draw.below(40);
    const bytes = Uint8Array.from(
      { length: numbers * Number(kind[1][1]) },
      () => draw.below(3) ? 0 : draw.below(60),
    );
    return { key: String(i), kind, bytes };
  });
  const state: StateDict = new Map();
  const used = new Set<string>();
  w.raw("}");
  const names = draw.list(1 + draw.below(4), (i) => `${draw.word()}${i}`);
  names.forEach((name, i) => {
    const { key, kind: [type, code, dtype], bytes } = storages[i % storages.length];
    const numbers = bytes.length / Number(code[1]);
    const shape = draw.list(i === 0 ? 1 + draw.below(2) : draw.below(4), () => 1 + draw.below(3));
    const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    const stride = draw.chance(0.6) ? steps : steps.map(() => draw.below(3));
    const last = shape.reduce((at, size, axis) => at + (size - 1) * stride[axis], 0);
    if (last >= numbers) return;
    const offset = draw.below(numbers - last);
    used.add(key);
    w.raw("(");
    text(w, name).raw("ctorch._utils\n_rebuild_tensor_v2\n((");
    text(w, "storage").raw(`ctorch\n${type}\n`);
    count(text(text(w, key), "cpu"), numbers);
    if (legacy) w.raw("N");
    count(w.raw("tQ"), offset).raw("(");
    shape.forEach((size) => count(w, size));
    w.raw("t(");
    stride.forEach((step) => count(w, step));
    w.raw(Uint8Array.of(0x74, 0x89)).raw("ccollections\nOrderedDict\n)RtRu");
    const stored = numbersOf(new DataView(bytes.buffer), 0, numbers, code, false);
    const values = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, to) => {
      let [rest, from] = [to, offset];
      shape.forEach((_, axis) => {
        from += Math.floor(rest / steps[axis]) * stride[axis];
        rest %= steps[axis];
      });
      return stored[from];
    });
    const Data = code[0] === "f"
      ? Float32Array
      : dtype === "i64"
      ? BigInt64Array
      : dtype === "i32"
      ? Int32Array
      : Uint8Array;
    // deno-lint-ignore no-explicit-any
    state.set(name, { shape, dtype, data: (Data as any).from(values) } as any);
  });
  return { state, storages, used };
}

const isNetwork = (state: StateDict) => [...state.values()].some(({ shape }) => shape.length > 0);

/** A mutated file's tensors have as many numbers as their shapes have. */
function fills(value: unknown): string | null {
  for (const [name, { shape, data }] of value as StateDict) {
    if (shape.reduce((product, size) => product * size, 1) !== data.length) return `${name} is not filled`;
  }
  return null;
}

const common = {
  few: 800,
  many: 100_000,
  errors: [CheckpointError],
  words: WORDS,
  read: (bytes: Uint8Array) => parseCheckpoint(bytes).state,
  agrees: fills,
};

/** Archives of PyTorch 1.6 and later. */
export const torchZip: Format = {
  ...common,
  make(draw) {
    for (;;) {
      const w = new Writer().raw(Uint8Array.of(0x80, 2));
      const { state, storages } = putState(w, draw, false);
      if (!isNetwork(state)) continue;
      const files = [
        ["a/data.pkl", w.raw(".").bytes],
        ...storages.map(({ key, bytes }) => [`a/data/${key}`, bytes]),
        ["a/version", new TextEncoder().encode("3\n")],
      ] as [string, Uint8Array][];
      return { ...zipped(draw, files), value: state };
    }
  },
};

/** Files before PyTorch 1.6. */
export const torchLegacy: Format = {
  ...common,
  make(draw) {
    for (;;) {
      const w = new Writer().raw(
        Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19),
      );
      w.raw(".").raw(Uint8Array.of(0x80, 2)).raw("M").u16(1001).raw(".").raw(Uint8Array.of(0x80, 2)).raw(
        "}.",
      );
      const { state, storages, used: keys } = putState(w.raw(Uint8Array.of(0x80, 2)), draw, true);
      const used = storages.filter(({ key }) => keys.has(key));
      if (!isNetwork(state)) continue;
      w.raw(".").raw(Uint8Array.of(0x80, 2)).raw("](");
      for (const { key } of used) text(w, key);
      w.raw("e.");
      for (const { kind: [, code], bytes } of used) w.u64(bytes.length / Number(code[1])).raw(bytes);
      return { bytes: w.bytes, value: state, fields: w.fields };
    }
  },
};
