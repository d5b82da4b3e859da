import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, type RawTensor, type StateDict } from "../../../formats/checkpoint/mod.ts";
import { foldScales } from "../../../formats/checkpoint/fold_scales.ts";
import { takeLayout } from "../../../formats/layouts/take_layout.ts";

/** Dictionaries by their paths, and the names in them; each tensor is told by where it stood. */
function take(file: Record<string, string[]>) {
  const dictionaries = Object.entries({ "": [], ...file }).map(([path, names]) => ({
    path,
    tensors: new Map(names.map((name) => [name, `${path}/${name}`])),
  }));
  return takeLayout(dictionaries);
}

function refuses(file: Record<string, string[]>, message: string): void {
  assertEquals(assertThrows(() => take(file), CheckpointError).message, message);
}

Deno.test("a plain state dict has no layout, whatever its last layer is called", () => {
  for (const head of ["fc", "linear", "classifier", "head"]) {
    const names = ["conv1.weight", `${head}.weight`, `${head}.bias`];
    assertEquals(take({ "": names }), null);
    assertEquals(take({ state_dict: names.map((name) => `module.${name}`), loss: ["queue"] }), null);
    assertEquals(take({ state_dict_model: names }), null);
  }
});

Deno.test("what wraps a network is taken off, in every dictionary by itself", () => {
  const found = take({
    "run.state_dict_best.feat_model": ["_orig_mod.module.conv1.weight"],
    "run.state_dict_best.classifier": ["module.fc.weight", "fc.bias"],
    "run.state_dict_best": [],
    run: [],
  })!;
  assertEquals([...found.tensors.keys()], ["conv1.weight", "fc.weight", "fc.bias"]);
  assertEquals(found.layout.joined, ["run.state_dict_best.feat_model", "run.state_dict_best.classifier"]);
});

Deno.test("a name that a layout does not know stays, so that it is told of when it does not fit", () => {
  const found = take({
    "": ["encoder_q.conv1.weight", "linear.weight", "prototypes", "encoder_k.conv1.weight"],
  })!;
  assertEquals([...found.tensors], [
    ["conv1.weight", "/encoder_q.conv1.weight"],
    ["linear.weight", "/linear.weight"],
    ["prototypes", "/prototypes"],
  ]);
  assertEquals(found.layout.leftOut, ["encoder_k"]);
});

Deno.test("a lone tensor beside the dictionaries of a layout is none of its parts", () => {
  const file = { state_dict_model: ["conv1.weight"], state_dict_classifier: ["fc.weight"] };
  assertEquals(take({ ...file, "": ["centroids"] })!.tensors.size, 2);
});

Deno.test("a missing part is told by the layout", () => {
  refuses(
    { state_dict_classifier: ["module.fc.weight"] },
    "Cannot take the checkpoint as MiSLAS's code saves it: it takes state_dict_model and state_dict_classifier, " +
      "current has no state_dict_model: that part was not saved, or other code wrote the file: choose its network by checkpointKey",
  );
  refuses(
    { state_dict_model: ["module.conv1.weight"], state_dict_lws_model: ["module.learned_norm"] },
    "Cannot take the checkpoint as MiSLAS's code saves it: it takes state_dict_model and state_dict_classifier, " +
      "current has no state_dict_classifier: that part was not saved, or other code wrote the file: choose its network by checkpointKey",
  );
  refuses(
    { state_dict_best: [], "state_dict_best.feat_model": ["module.conv1.weight"] },
    "Cannot take the checkpoint as classifier-balancing's code saves it: it takes state_dict_best.feat_model and " +
      "state_dict_best.classifier, current has no state_dict_best.classifier: that part was not saved, or other code wrote the file: choose its network by checkpointKey",
  );
  refuses(
    { state_dict: ["module.encoder_q.conv1.weight", "module.encoder_k.conv1.weight", "module.queue"] },
    "Cannot take the checkpoint as PaCo's code saves it: it takes state_dict.encoder_q and state_dict.linear, " +
      "current has no state_dict.linear: that part was not saved, or other code wrote the file: choose its network by checkpointKey",
  );
});

Deno.test("a dictionary that a layout does not have is refused, not left out", () => {
  refuses(
    { state_dict_model: ["a"], state_dict_classifier: ["fc.weight"], state_dict_classifier2: ["fc.weight"] },
    "Cannot take the checkpoint as MiSLAS's code saves it: it takes state_dict_model and state_dict_classifier, " +
      "current has state_dict_classifier2 besides: save the parts of the network alone",
  );
});

Deno.test("two tensors of one name, two scales and two layouts are refused", () => {
  refuses(
    { state_dict_model: ["conv1.weight", "fc.weight"], state_dict_classifier: ["fc.weight"] },
    "Cannot take the checkpoint as MiSLAS's code saves it: it takes state_dict_model and state_dict_classifier, " +
      "current has two tensors fc.weight: they are of two networks",
  );
  refuses(
    {
      state_dict_model: ["conv1.weight"],
      state_dict_classifier: ["fc.weight"],
      state_dict_lws_model: ["learned_norm"],
      lws_model: ["learned_norm"],
    },
    "Cannot take the checkpoint as MiSLAS's code saves it: it takes state_dict_model and state_dict_classifier, " +
      "current has state_dict_lws_model.learned_norm and lws_model.learned_norm: the factors of the classes twice",
  );
  const parts = (path: string) => ({
    [path]: [],
    [`${path}.feat_model`]: ["conv1.weight"],
    [`${path}.classifier`]: ["fc.weight"],
  });
  refuses(
    { ...parts("state_dict_best"), ...parts("state_dict") },
    "Cannot tell which tensors of the checkpoint are the network's: it takes one layout of published code, " +
      "current are classifier-balancing's in state_dict_best, classifier-balancing's in state_dict: " +
      "save one of them alone",
  );
});

function vector(...values: number[]) {
  return { shape: [values.length], dtype: "f32" as const, data: Float32Array.from(values) };
}

Deno.test("scales are folded into weight and bias, class by class", () => {
  const state: StateDict = new Map([
    ["conv1.weight", vector(5)],
    ["fc.weight", { ...vector(1, 2, 3, 4, 5, 6), shape: [3, 2] }],
    ["fc.bias", vector(1, -1, 2)],
  ]);
  const tensor = { ...vector(2, 3, 0.5), shape: [1, 3] };
  const folded = foldScales(state, { name: "learned_norm", tensor });
  assertEquals([...folded].map(([name, { data }]) => [name, [...data]]), [
    ["conv1.weight", [5]],
    ["fc.weight", [2, 4, 9, 12, 2.5, 3]],
    ["fc.bias", [2, -3, 1]],
  ]);
  assertEquals(foldScales(state, null), state);
});

Deno.test("scales that do not fit the classifier are refused", () => {
  const weight = { ...vector(1, 2, 3, 4, 5, 6), shape: [3, 2] };
  const refusal = (state: StateDict) =>
    assertThrows(() => foldScales(state, { name: "scales", tensor: vector(1, 2) }), CheckpointError).message;
  const start =
    "Cannot fold scales [2] into the classifier: it takes the weight and bias of one layer with as many " +
    "classes, current ";
  const end = ": the parts of the file are of different networks";
  assertEquals(
    refusal(new Map([["fc.weight", weight], ["fc.bias", vector(1, 2, 3)]])),
    `${start}has fc.weight [3, 2] f32 and fc.bias [3] f32${end}`,
  );
  assertEquals(
    refusal(new Map([["fc.weight", weight]])),
    `${start}has fc.weight [3, 2] f32 and no bias: it may be a cosine classifier, which takes no factors`,
  );
  const integers = { shape: [2], dtype: "i64" as const, data: new BigInt64Array(2) };
  const whole = { shape: [2, 1], dtype: "i64" as const, data: new BigInt64Array(2) };
  assertEquals(
    refusal(new Map<string, RawTensor>([["fc.weight", whole], ["fc.bias", integers]])),
    `${start}has fc.weight [2, 1] i64 and fc.bias [2] i64${end}`,
  );
  assertEquals(refusal(new Map()), `${start}has none${end}`);
});
