import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CheckpointError,
  parseSafetensors,
  type StateDict,
  writeSafetensors,
} from "../../../formats/checkpoint/mod.ts";
import { expected, fixture, plain, plainExpected } from "../fixtures.ts";

const state: StateDict = new Map([
  ["b.weight", { shape: [2, 1], dtype: "f32", data: new Float32Array([1.5, -2]) }],
  ["a.bias", { shape: [1], dtype: "f16", data: new Float32Array([0.25]) }],
  ["flags", { shape: [3], dtype: "bool", data: new Uint8Array([1, 0, 1]) }],
  ["steps", { shape: [], dtype: "i64", data: new BigInt64Array([2n ** 62n + 1n]) }],
  ["none", { shape: [0, 4], dtype: "i32", data: new Int32Array() }],
]);

Deno.test("parseSafetensors reads every dtype", () => {
  const { state, metadata } = parseSafetensors(fixture("types.safetensors"));
  assertEquals(plain(state), plainExpected(expected["types.safetensors"]));
  assertEquals(metadata, expected["types.safetensors"].metadata!);
});

Deno.test("writeSafetensors and parseSafetensors are inverse, floats as f32", () => {
  const { state: read, metadata } = parseSafetensors(writeSafetensors(state, { seed: "0", note: "“näher”" }));
  assertEquals(metadata, { seed: "0", note: "“näher”" });
  const byName = (dict: StateDict) => new Map([...dict].sort(([a], [b]) => a < b ? -1 : 1));
  const asWritten: StateDict = new Map(state);
  asWritten.set("a.bias", { shape: [1], dtype: "f32", data: new Float32Array([0.25]) });
  assertEquals(plain(byName(read)), plain(byName(asWritten)));
});

Deno.test("writeSafetensors gives the same bytes for another order, the data aligned to 8 bytes", () => {
  const file = writeSafetensors(state);
  assertEquals(writeSafetensors(new Map([...state].reverse())), file);
  const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true));
  assertEquals(headerLength % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  assertEquals(Object.keys(header), ["steps", "a.bias", "b.weight", "none", "flags"]);
  assertEquals(header["b.weight"], { dtype: "F32", shape: [2, 1], data_offsets: [12, 20] });
  assertEquals(file.length, 8 + headerLength + 23);
});

Deno.test("writeSafetensors writes views of larger buffers and any name", () => {
  const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
  const odd: StateDict = new Map([["__proto__", { shape: [2], dtype: "f32", data }]]);
  const { state } = parseSafetensors(writeSafetensors(odd));
  assertEquals([...state.get("__proto__")!.data], [1, 2]);
});

Deno.test("writeSafetensors refuses data that do not fit the shape, and the reserved name", () => {
  const tensor = { shape: [2, 2], dtype: "f32", data: new Float32Array(3) } as const;
  const error = assertThrows(
    () => writeSafetensors(new Map([["w", { ...tensor, shape: [2, 2] }]])),
    TypeError,
  );
  assertStringIncludes(error.message, "current are shape [2, 2] and 3 values");
  assertThrows(() => writeSafetensors(new Map([["__metadata__", { ...tensor, shape: [3] }]])), TypeError);
});

const good = `"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`;
for (
  const [fault, header, dataLength, message] of [
    ["a name twice", `{${good},${good}}`, 8, "current is w twice"],
    [
      "a field twice",
      `{"w":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}`,
      8,
      "dtype twice",
    ],
    ["an escaped name twice", `{${good},${good.replace("w", "\\u0077")}}`, 8, "current is w twice"],
    [
      "overlapping tensors",
      `{${good},"v":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}`,
      8,
      "v, which overlaps w",
    ],
    [
      "a gap",
      `{${good},"v":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}`,
      10,
      "v, which leaves a gap after w",
    ],
    ["data that nothing names", `{${good}}`, 9, "takes 8 bytes of data, current is 9 bytes"],
    [
      "offsets beyond the file",
      `{${good}}`,
      7,
      "data_offsets of w within the 7 bytes of data, current is [0,8]",
    ],
    ["reversed offsets", `{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8, "current is [8,0]"],
    ["negative offsets", `{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}`, 8, "current is [-8,0]"],
    ["three offsets", `{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}`, 8, "current is [0,4,8]"],
    [
      "a wrong byte count",
      `{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`,
      8,
      "takes 12 bytes for w [3] F32",
    ],
    [
      "a shape that overflows",
      `{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`,
      0,
      "shape",
    ],
    ["a fractional shape", `{"w":{"dtype":"F32","shape":[0.5],"data_offsets":[0,2]}}`, 2, "a shape for w"],
    [
      "an unknown dtype",
      `{"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}`,
      2,
      "current is F8_E4M3",
    ],
    [
      "a dtype of Object's",
      `{"w":{"dtype":"toString","shape":[2],"data_offsets":[0,2]}}`,
      2,
      "current is toString",
    ],
    ["a tensor that is no object", `{"w":1}`, 0, "takes an object for w, current is 1"],
    [
      "metadata other than texts",
      `{"__metadata__":{"epoch":3}}`,
      0,
      `texts in __metadata__, current is {"epoch":3}`,
    ],
    ["a header that is no object", `[]`, 0, "a JSON object as header"],
    ["a header that is no JSON", `{"w"`, 0, "a header in JSON"],
  ] as const
) {
  Deno.test(`parseSafetensors refuses ${fault}`, () => {
    const error = assertThrows(() => parseSafetensors(file(header, dataLength)), CheckpointError);
    assertStringIncludes(error.message, message);
  });
}

Deno.test("parseSafetensors says that a file is cut short, wherever it is cut", () => {
  const whole = writeSafetensors(state);
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => parseSafetensors(whole.subarray(0, length)), CheckpointError, "cut short");
  }
});

Deno.test("parseSafetensors takes an empty file of no tensors", () => {
  assertEquals(parseSafetensors(file("{}", 0)).state.size, 0);
});

function file(header: string, dataLength: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataLength);
  bytes[0] = text.length;
  bytes.set(text, 8);
  return bytes;
}

Deno.test("parseSafetensors reads tensors beyond 95 MB, where the product of two offsets is no exact number", () => {
  const [large, last] = [95_000_000, 10];
  const header = new TextEncoder().encode(JSON.stringify({
    large: { dtype: "U8", shape: [large], data_offsets: [0, large] },
    last: { dtype: "U8", shape: [last], data_offsets: [large, large + last] },
  }));
  const file = new Uint8Array(8 + header.length + large + last);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  file[file.length - 1] = 7;
  assertEquals(parseSafetensors(file).state.get("last")!.data.at(-1), 7);
});
