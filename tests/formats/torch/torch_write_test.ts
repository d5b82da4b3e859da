// Files of writeTorch by the reader of here, and what their pickles ask of another reader.
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseTorch, type RawTensor, type StateDict, writeTorch } from "../../../formats/checkpoint/mod.ts";
import { ZipArchive } from "../../../formats/zip/zip.ts";

const utf8 = new TextDecoder();

/** Makes a tensor of drawn bits, so that floats are NaNs of every kind too, and halves as memory has them: as floats. */
function tensorOf(shape: number[], dtype: RawTensor["dtype"], bits: number): RawTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const words = Uint32Array.from({ length: 2 * count }, (_, i) => Math.imul(bits ^ i, 0x9e3779b1) ^ bits);
  switch (dtype) {
    case "i64":
      return { shape, dtype, data: new BigInt64Array(words.buffer, 0, count) };
    case "i32":
      return { shape, dtype, data: new Int32Array(words.buffer, 0, count) };
    case "u8":
      return { shape, dtype, data: new Uint8Array(words.buffer, 0, count) };
    case "bool":
      return { shape, dtype, data: Uint8Array.from(words.subarray(count), (word) => word >>> 31) };
    default:
      return { shape, dtype, data: new Float32Array(words.buffer, 0, count) };
  }
}

const bitsOf = ({ data }: RawTensor) => [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];

const tensors = fc.tuple(
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  fc.constantFrom<RawTensor["dtype"][]>("f32", "f16", "bf16", "f64", "i64", "i32", "u8", "bool"),
  fc.integer(),
).map((drawn) => tensorOf(...drawn));

const states = fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), tensors), {
  selector: ([name]) => name,
  maxLength: 5,
  // A network has a tensor that is no scalar.
}).map((entries): StateDict => new Map([["weight", tensorOf([2, 3], "f32", 7)], ...entries]));

Deno.test("writeTorch: parseTorch reads drawn tensors again, bit by bit and in their order", () => {
  fc.assert(
    fc.property(states, (state) => {
      const file = writeTorch(state);
      assertEquals(file, writeTorch(state));
      const read = parseTorch(file);
      assertEquals([read.format, read.entries, read.leftOut], ["torch", [""], []]);
      assertEquals([...read.state.keys()], [...state.keys()]);
      for (const [name, tensor] of state) {
        const { shape, dtype, data } = read.state.get(name)!;
        assertEquals([shape, dtype], [
          tensor.shape,
          tensor.data instanceof Float32Array ? "f32" : tensor.dtype,
        ]);
        assertEquals(bitsOf({ shape, dtype, data } as RawTensor), bitsOf(tensor));
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

/** Bytes that follow each opcode which torch's reader of weights takes; the length of text stands before it. */
const FOLLOW: Record<string, number> = {
  ...{ "(": 0, ")": 0, ".": 0, "J": 4, "K": 1, "M": 2, "N": 0, "Q": 0, "R": 0, "X": -1, "c": -2 },
  ...{ "h": 1, "q": 1, "r": 4, "t": 0, "u": 0, "\x80": 1, "\x85": 0, "\x86": 0, "\x87": 0, "\x88": 0 },
  ...{ "\x89": 0, "\x8a": 9 },
};

/** The classes and functions that a pickle names, and its texts, opcode by opcode. */
function namedBy(pickle: Uint8Array): { globals: Set<string>; texts: string[] } {
  const [globals, texts] = [new Set<string>(), [] as string[]];
  for (let at = 0; at < pickle.length;) {
    const opcode = String.fromCharCode(pickle[at++]);
    const follow = FOLLOW[opcode];
    assert(follow !== undefined, `opcode ${opcode} at ${at - 1}`);
    if (opcode === "X") {
      const length = new DataView(pickle.buffer, pickle.byteOffset).getUint32(at, true);
      texts.push(utf8.decode(pickle.subarray(at + 4, at += 4 + length)));
    } else if (opcode === "c") {
      const [module, name] = utf8.decode(pickle.subarray(at)).split("\n", 2);
      globals.add(`${module}.${name}`);
      at += module.length + name.length + 2;
    } else at += follow;
    if (opcode === ".") assertEquals(at, pickle.length);
  }
  return { globals, texts };
}

Deno.test("writeTorch: the pickle names only what weights_only allows, and the archive is torch's", () => {
  const state: StateDict = new Map([
    ["weight", tensorOf([3, 2], "f32", 1)],
    ["bias", tensorOf([3], "f32", 2)],
    ["steps", tensorOf([], "i64", 3)],
    ["far", tensorOf([0, 2 ** 40], "i32", 4)],
    ["bytes", tensorOf([2], "u8", 5)],
    ["mask", tensorOf([2], "bool", 6)],
  ]);
  const file = writeTorch(state);
  const archive = new ZipArchive(file);
  assertEquals(archive.names, [
    ...["archive/data.pkl", "archive/byteorder"],
    ...[0, 1, 2, 3, 4, 5].map((key) => `archive/data/${key}`),
    "archive/version",
  ]);
  assertEquals(utf8.decode(archive.read("archive/version")), "3\n");
  assertEquals(utf8.decode(archive.read("archive/byteorder")), "little");
  // A file that is stored unpacked is read as a view, which tells where it stands.
  for (const name of archive.names) assertEquals(archive.read(name).byteOffset % 64, 0, name);

  const { globals, texts } = namedBy(archive.read("archive/data.pkl"));
  assertEquals([...globals].sort(), [
    "collections.OrderedDict",
    ...["BoolStorage", "ByteStorage", "FloatStorage", "IntStorage", "LongStorage"].map((name) =>
      `torch.${name}`
    ),
    "torch._utils._rebuild_tensor_v2",
  ]);
  assertEquals(texts, [...state.keys()].flatMap((name, key) => [name, "storage", `${key}`, "cpu"]));
  assertEquals(parseTorch(file).state.get("far")!.shape, [0, 2 ** 40]);
});

Deno.test("writeTorch takes thousands of tensors, and refuses numbers that do not fit the shape", () => {
  const state: StateDict = new Map(
    Array.from({ length: 5000 }, (_, i) => [`layer.${i}`, tensorOf([1], "f32", i)]),
  );
  assertEquals(parseTorch(writeTorch(state)).state.size, 5000);
  for (const shape of [[3], [-1, -2], [0.5, 4], [], [0]]) {
    assertThrows(
      () => writeTorch(new Map([["bias", { shape, dtype: "f32", data: new Float32Array(2) }]])),
      TypeError,
      "Cannot write bias: it takes as many numbers as its shape has, current are shape [",
    );
  }
});
