import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseSafetensors, writeSafetensors } from "../../../formats/checkpoint/mod.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import { loadState, readState, stateShapes, tensorsOf } from "../../../engine/nn/state.ts";
import { parameter } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { sizeOf } from "../../../engine/kernel/shape.ts";
import { deviceOf } from "../check.ts";
import { torchFile } from "../torch_cases.ts";

Deno.test("a checkpoint that is loaded and read back is the same, through a file too", async () => {
  const network = cifarResNet({ depth: 8, classes: 10, widths: [8, 16, 32] });
  const { state: given } = parseSafetensors(torchFile("resnet8-narrow.safetensors"));
  const floats = new Map(
    [...given].filter(([, { dtype }]) => dtype === "f32").map((
      [name, { data }],
    ) => [name, data as Float32Array]),
  );
  const device = await deviceOf("tile");
  using store = new Parameters(device, tensorsOf(network), "network");
  loadState([store], floats);
  const state = await readState([store]);
  assertEquals(new Set(state.keys()), new Set(floats.keys()));
  for (const [name, values] of state) assertEquals(values, floats.get(name), name);

  const shapes = stateShapes(network);
  const file = writeSafetensors(
    new Map(
      [...state].map(([name, data]) => [name, { shape: shapes.get(name)!, dtype: "f32" as const, data }]),
    ),
  );
  const again = parseSafetensors(file).state;
  for (const [name, { shape, data }] of again) {
    assertEquals(shape, given.get(name)!.shape);
    assertEquals(data as Float32Array, floats.get(name));
  }
});

Deno.test("convolution weights turn from torch's layout to channels last", async () => {
  const weight = parameter("w", [2, 3, 3, 4]);
  using store = new Parameters(await deviceOf("tile"), [weight], "w");
  // The value tells its place in torch: out, in, row, column.
  const torch = Float32Array.from({ length: 72 }, (_, i) => i);
  loadState([store], new Map([["w", torch]]));
  const values = (await store.read()).get(weight)!;
  const [out, row, col, channel] = [1, 2, 0, 3];
  assertEquals(values[((out * 3 + row) * 3 + col) * 4 + channel], ((out * 4 + channel) * 3 + row) * 3 + col);
});

Deno.test("a state without a tensor, or of another length, is refused by name", async () => {
  const weight = parameter("conv1.weight", [2, 3, 3, 4]);
  using store = new Parameters(await deviceOf("tile"), [weight, parameter("bn1.bias", [2])], "w");
  const state = new Map([["conv1.weight", new Float32Array(sizeOf(weight.shape))]]);
  const text = "Cannot load bn1.bias: the state has no such tensor";
  const { message } = assertThrows(() => loadState([store], state), TypeError, text);
  assert(!message.endsWith("."));
  assertThrows(
    () => loadState([store], new Map([["conv1.weight", new Float32Array(71)]])),
    TypeError,
    "72 values",
  );
});
