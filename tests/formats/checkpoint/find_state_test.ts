import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../formats/checkpoint/mod.ts";
import { findState } from "../../../formats/checkpoint/find_state.ts";
import { TorchTensor } from "../../../formats/torch/torch_tensor.ts";

const bytes = new Uint8Array(new Float32Array([0.5, 2]).buffer);
const storage = { stored: "f32", count: 2, bigEndian: false, bytes: () => bytes } as const;
const vector = new TorchTensor(storage, 0, [2], [1]);
const scalar = new TorchTensor(storage, 0, [], []);

/** Python's dict. */
function dict(items: Record<string, unknown>): Map<unknown, unknown> {
  return new Map(Object.entries(items));
}

const weights = dict({ "linear.weight": vector });

for (
  const [what, root, entry, leftOut] of [
    ["the whole file", weights, "", []],
    ["the whole file, with numbers beside", dict({ "linear.weight": vector, epoch: 3 }), "", []],
    ["any name when there is only one", dict({ student: weights }), "student", []],
    ["a nested one", dict({ result: dict({ net: weights }) }), "result.net", []],
    [
      "the usual name beside the weights of a loss",
      dict({ model: weights, loss: dict({ m: vector }) }),
      "model",
      ["loss"],
    ],
    [
      "the inner one when other tensors stand around",
      dict({ state_dict: weights, prior: vector }),
      "state_dict",
      ["prior"],
    ],
    ["the outer one when no other is", dict({ w: vector, sizes: dict({ a: 1 }) }), "", ["sizes"]],
    [
      "not the momenta of an optimiser",
      dict({ net: weights, optimizer: dict({ state: new Map([[0, dict({ momentum_buffer: vector })]]) }) }),
      "net",
      ["optimizer"],
    ],
    ["not the numbers around", dict({ best: scalar, state_dict: weights }), "state_dict", []],
  ] as const
) {
  Deno.test(`findState finds ${what}`, () => {
    const found = findState(root);
    assertEquals(found.entries, [entry]);
    assertEquals([...found.tensors.values()], [vector]);
    assertEquals(found.leftOut, [...leftOut]);
  });
}

Deno.test("findState keeps numbers and texts, also inner ones on the way to the weights", () => {
  const root = dict({ arch: "r32", best: scalar, none: null, inner: dict({ seed: 2n, model: weights }) });
  const { metadata, leftOut } = findState(root);
  assertEquals(metadata, { arch: "r32", best: "0.5", "inner.seed": "2" });
  assertEquals(leftOut, ["none"]);
});

for (
  const [what, root, message] of [
    [
      "the averaged weights beside the last ones",
      dict({ model: weights, model_ema: dict({ w: vector }) }),
      "model (1), model_ema (1)",
    ],
    ["two of no usual name", dict({ a: weights, b: dict({ w: vector }) }), "current are a (1), b (1)"],
    ["nothing but numbers", dict({ epoch: 3, best: scalar }), "current is one with epoch, best"],
    ["an empty dictionary", dict({}), "one with nothing in it"],
    ["a list", [weights, 3], "current is a list of 2"],
    ["a number", 3, "current is number"],
  ] as const
) {
  Deno.test(`findState explains ${what}`, () => {
    const error = assertThrows(() => findState(root), CheckpointError);
    assertStringIncludes(error.message, message);
  });
}

Deno.test("findState refuses to join dictionaries that share a name, and names that are no texts", () => {
  const root = dict({ a: weights, b: weights.entries().reduce((map, [k, v]) => map.set(k, v), new Map()) });
  assertThrows(
    () => findState(root, ["a", "b"]),
    CheckpointError,
    "current is linear.weight: two dictionaries",
  );
  const numbered = new Map<unknown, unknown>([["w", vector], [0, vector]]);
  assertThrows(() => findState(numbered), CheckpointError, "current is 0: no state dict");
});

Deno.test("findState ends in a dictionary that holds itself", () => {
  const root = dict({ state_dict: weights });
  root.set("self", root);
  assertEquals(findState(root).leftOut, ["self"]);
});

Deno.test("findState takes the dictionary that is named, or the part of one that names begin with", () => {
  const ema = dict({ "linear.weight": vector });
  const root = dict({ state_dict: weights, state_dict_ema: ema, epoch: 3 });
  assertThrows(
    () => findState(root),
    CheckpointError,
    "state_dict (1), state_dict_ema (1): name one by checkpointKey",
  );
  const found = findState(root, ["state_dict_ema"]);
  assertEquals([found.entries, found.leftOut], [["state_dict_ema"], ["state_dict"]]);
  const two = dict({
    state_dict: dict({ "module.student.w": vector, "module.teacher.w": vector, "module.queue": vector }),
  });
  const part = findState(two, ["state_dict.module.teacher"]);
  assertEquals([[...part.tensors.keys()], part.entries], [["w"], ["state_dict.module.teacher"]]);
  assertEquals(part.leftOut, ["state_dict.module.student.w", "state_dict.module.queue"]);
  assertThrows(
    () => findState(two, ["state_dict.module.teach"]),
    CheckpointError,
    "Cannot find state_dict.module.teach in the checkpoint",
  );
});

Deno.test("findState knows a layout in the dictionary that is named", () => {
  const paco = (scale: unknown) =>
    dict({ "encoder_q.conv.weight": scale, "encoder_k.conv.weight": vector, "linear.weight": scale });
  const other = new TorchTensor(storage, 1, [1], [1]);
  const root = dict({ state_dict: paco(vector), state_dict_ema: paco(other) });
  const { layout, tensors } = findState(root, ["state_dict_ema"]);
  assertEquals(layout?.name, "PaCo");
  assertEquals([...tensors], [["conv.weight", other], ["linear.weight", other]]);
});
