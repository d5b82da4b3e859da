// Checkpoints as training scripts of others leave them, made by tests/fixtures/io/strangers/make.py.

import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, matchState, parseCheckpoint } from "../../../formats/checkpoint/mod.ts";
import { fixture, zeros } from "../fixtures.ts";

const file = (name: string) => fixture(`strangers/${name}`);

Deno.test("a path, dates and flags beside the weights are no hindrance", () => {
  const { state, entries, metadata, leftOut } = parseCheckpoint(file("beside.pt"));
  assertEquals([...state.keys()], ["conv1.weight", "fc.weight", "fc.bias"]);
  assertEquals([...state.get("fc.bias")!.data], [0, 1, 2, 3]);
  assertEquals(entries, ["net"]);
  assertEquals(metadata, { out: "/runs/1" });
  assertEquals(leftOut, ["args", "when", "day"]);
});

Deno.test("two state dicts are told by their keys, and the key chooses", () => {
  assertThrows(
    () => parseCheckpoint(file("ema.pt")),
    CheckpointError,
    "current are state_dict (3), state_dict_ema (3): name one by checkpointKey",
  );
  const bias = (
    key: string,
  ) => [...parseCheckpoint(file("ema.pt"), { entries: [key] }).state.get("fc.bias")!.data];
  assertEquals(bias("state_dict"), [0, 1, 2, 3]);
  assertEquals(bias("state_dict_ema"), [0, 2, 4, 6]);
});

for (
  const [name, cause] of [
    ["quantized.pt", "its weights are quantized to integers: save the network as it was before"],
    ["sparse.pt", "a tensor is sparse: save it as to_dense()"],
  ]
) {
  Deno.test(`${name} is refused by its true reason`, () => {
    const { message } = assertThrows(() => parseCheckpoint(file(name)), CheckpointError);
    assertEquals(message.endsWith(`, which is refused: ${cause}`), true, message);
  });
}

Deno.test("bytes that are read in a wrong order are not taken for a training that diverged", () => {
  const state = zeros({ "fc.bias": [3] });
  const expected = new Map([["fc.bias", [3]]]);
  const refuses = (values: number[], cause: string) => {
    state.get("fc.bias")!.data.set(values as never);
    assertThrows(() => matchState(expected, state), CheckpointError, cause);
  };
  refuses([1, NaN, 2], "the training that wrote it diverged");
  refuses([1e30, NaN, 2], "the file is damaged, or its bytes stand in another order than it says");
});
