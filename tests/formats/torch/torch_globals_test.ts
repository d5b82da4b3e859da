// The types and functions that a checkpoint may name: NumPy's numbers, lists that are none, and names beyond all bounds.
import { assertEquals, assertThrows } from "@std/assert";
import { DType } from "../../../formats/pickle/numpy.ts";
import { checkTensorName } from "../../../formats/tensors/tensor_name.ts";
import { CheckpointError } from "../../../formats/tensors/checkpoint_error.ts";
import { torchGlobals } from "../../../formats/torch/torch_globals.ts";

/** A number by its bytes, from both of NumPy's modules. */
function scalars(code: string, ...bytes: number[]): unknown[] {
  return ["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"].map((name) =>
    torchGlobals[name](new DType(code), Uint8Array.from(bytes))
  );
}

Deno.test("NumPy's numbers are read by their type and byte order", () => {
  const cases: [string, number[], unknown][] = [
    ["<f8", [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5],
    ["<f4", [0, 0, 0xc0, 0xbf], -1.5],
    [">f4", [0xbf, 0xc0, 0, 0], -1.5],
    ["<f2", [0, 0xbe], -1.5],
    ["|b1", [0], false],
    ["|b1", [1], true],
    ["<i2", [0xfe, 0xff], -2n],
    [">i2", [0xff, 0xfe], -2n],
    ["<u2", [0xfe, 0xff], 65534n],
  ];
  for (const [code, bytes, expected] of cases) {
    assertEquals(scalars(code, ...bytes), [expected, expected], code);
  }
});

Deno.test("NumPy's numbers of other lengths, lists that are none and pairs that are none are refused", () => {
  const scalar = torchGlobals["numpy.core.multiarray.scalar"];
  const cases: [() => unknown, string][] = [
    [() => scalars("<f4", 0, 0), "current is f4 with 2 bytes"],
    [() => scalar("<f4", Uint8Array.of(0, 0, 0, 0)), "current is string with 4 bytes"],
    [() => torchGlobals["builtins.set"](7), "it takes a list of items, current is number"],
    [() => torchGlobals["collections.OrderedDict"]({}), "it takes a list of items, current is object"],
    [() => torchGlobals["collections.OrderedDict"]([3]), "it takes a list of items, current is number"],
  ];
  for (const [read, told] of cases) assertThrows(read, CheckpointError, told);
});

Deno.test("names of tensors have at most 1,000 letters and 100 parts", () => {
  for (const name of ["", "a".repeat(1000), "a.".repeat(99)]) checkTensorName(name);
  for (const name of ["a".repeat(1001), "a.".repeat(100)]) {
    assertThrows(() => checkTensorName(name), CheckpointError, `current is one of ${name.length} letters, a`);
  }
});
