// .npy and .npz files: those that NumPy wrote (tests/fixtures/formats/make_numpy.py), damaged ones, and our own.

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { isNpy, NpzFile, parseNpy, writeNpy, writeNpz } from "../../../formats/numpy/mod.ts";
import { CheckpointError } from "../../../formats/tensors/checkpoint_error.ts";
import type { RawTensor } from "../../../formats/tensors/raw_tensor.ts";
import fixtures from "../../fixtures/formats/numpy.json" with { type: "json" };

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Shape and numbers in the form of numpy.json. */
function plain({ shape, data }: RawTensor) {
  return { shape, values: data instanceof Float32Array ? [...data] : [...data].map(String) };
}

/** The bytes of a .npy file whose header is this text. */
function withHeader(text: string, numbers = 24, version = 1): Uint8Array {
  const header = new TextEncoder().encode(text);
  const start = version === 1 ? 10 : 12;
  const file = new Uint8Array(start + header.length + numbers);
  file.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(file.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  file.set(header, start);
  return file;
}

const array = (name: string) => fromBase64(fixtures.arrays.find((one) => one.name === name)!.base64);

for (const { name, base64, ...expected } of fixtures.arrays) {
  Deno.test(`parseNpy reads what NumPy wrote: ${name}`, () => {
    const bytes = fromBase64(base64);
    assert(isNpy(bytes));
    assertEquals(plain(parseNpy(bytes)), expected);
  });
}

for (const { name, base64 } of fixtures.refused) {
  Deno.test(`parseNpy refuses ${name}`, () => {
    const { message } = assertThrows(() => parseNpy(fromBase64(base64), "labels"), CheckpointError);
    assertStringIncludes(message, "it takes");
  });
}

const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
for (
  const [fault, bytes, message] of [
    ["an empty file", new Uint8Array(), "begins with \\x93NUMPY"],
    ["a version to come", withHeader(good, 24, 4), "current is 4.0"],
    ["a file cut in its magic", array("<f4").subarray(0, 8), "10 bytes or more"],
    ["a file cut in its header", array("<f4").subarray(0, 40), "a header of 30 bytes at most"],
    ["a file cut in its numbers", array("<f4").subarray(0, -1), "takes 24 bytes for shape"],
    ["numbers behind the last", withHeader(good, 25), "current is 25 bytes"],
    ["a header without end", withHeader(good, 24).fill(255, 8, 10), "current is 65535"],
    ["a header of 16 MiB", withHeader(good + " ".repeat(2 ** 24), 24, 2), "a header of 10000 bytes at most"],
    ["a shape beyond memory", withHeader(good.replace("2, 3", "99999999999, 99999999999")), "of f4"],
    ["a shape beyond exact numbers", withHeader(good.replace("2, 3", "9".repeat(30))), "a shape of up to"],
    ["a negative shape", withHeader(good.replace("2,", "-2,")), "a header with descr"],
    ["a shape without a comma", withHeader(good.replace("2, 3", "2 3, 1")), "a header with descr"],
    ["a shape with a comma for a size", withHeader(good.replace("2, 3", "2,, 3")), "a header with descr"],
    ["a key twice", withHeader(good.replace("}", "'shape': (6,), }")), "a header with descr"],
    ["a key too many", withHeader(good.replace("}", "'more': True, }")), "a header with descr"],
    ["a missing key", withHeader(good.replace("'fortran_order': False, ", "")), "a header with descr"],
    ["code for a key", withHeader(good.replace("'<f4'", "__import__('os')")), "a header with descr"],
    ["text behind the dictionary", withHeader(`${good} x`), "a header with descr"],
    ["65 axes", withHeader(good.replace("2, 3", "1, ".repeat(65))), "a shape of up to 64 sizes"],
  ] as const
) {
  Deno.test(`parseNpy refuses ${fault}`, () => {
    assertStringIncludes(assertThrows(() => parseNpy(bytes), CheckpointError).message, message);
  });
}

Deno.test("parseNpy takes headers that other programs write", () => {
  const headers = [
    good,
    good.replace(", }", "}") + "\n",
    `{"descr":"<f4","fortran_order":False,"shape":(2,3)}`,
    "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '<f4'}",
  ];
  for (const header of headers) assertEquals(parseNpy(withHeader(header)).shape, [2, 3], header);
});

for (const [name, base64] of Object.entries(fixtures.archives)) {
  Deno.test(`NpzFile reads what numpy.${name} wrote, and refuses it cut or changed`, () => {
    const bytes = fromBase64(base64);
    const file = new NpzFile(bytes);
    assertEquals(file.names, ["features", "labels"]);
    for (const [name, expected] of Object.entries(fixtures.expected)) {
      assertEquals(plain(file.read(name)), expected);
    }
    assertThrows(() => file.read("weights"), CheckpointError, "takes a file weights.npy, current is none");
    for (let length = 0; length < bytes.length; length += 7) {
      assertThrows(() => new NpzFile(bytes.subarray(0, length)), CheckpointError);
    }
    // A changed byte is found where it matters, by the checksums: what is read is right, or refused.
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at] ^= 0x40;
      try {
        const file = new NpzFile(changed);
        if (!file.names.includes("features")) continue;
        assertEquals(plain(file.read("features")), fixtures.expected.features, `byte ${at}`);
      } catch (error) {
        assert(error instanceof CheckpointError, `byte ${at}: ${error}`);
      }
    }
  });
}

Deno.test("writeNpy and writeNpz write what NumPy's readers of here read, the same bytes each time", () => {
  const tensors = new Map<string, RawTensor>([
    ["weight", { shape: [2, 3], dtype: "f32", data: Float32Array.of(1, -2, 0.5, 4, 5, 6) }],
    ["bias", { shape: [2], dtype: "f32", data: Float32Array.of(-0, 1e-40) }],
    ["labels", { shape: [2], dtype: "i64", data: BigInt64Array.of(-1n, 2n ** 62n) }],
    ["mask", { shape: [], dtype: "u8", data: Uint8Array.of(200) }],
    ["none", { shape: [0, 2], dtype: "i32", data: new Int32Array() }],
  ]);
  for (const tensor of tensors.values()) {
    const bytes = writeNpy(tensor);
    assertEquals([bytes.length - tensor.data.byteLength, bytes[6]], [
      128 - 64 * Number(bytes.length < 128),
      1,
    ]);
    assertEquals(parseNpy(bytes), tensor);
  }
  const file = new NpzFile(writeNpz(tensors));
  assertEquals(file.names, [...tensors.keys()]);
  for (const [name, tensor] of tensors) assertEquals(file.read(name), tensor);
  assertEquals(writeNpz(tensors), writeNpz(tensors));
  assertThrows(
    () => writeNpy({ shape: [3], dtype: "f32", data: new Float32Array(2) }),
    TypeError,
    "2 numbers",
  );
});
