import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CheckpointError,
  matchNetwork,
  matchState,
  MismatchError,
  type StateDict,
} from "../../../formats/checkpoint/mod.ts";
import { zeros } from "../fixtures.ts";
import { mismatch, network, renamed, wanted } from "../named_network.ts";

Deno.test("matchState names another class count", () => {
  const error = mismatch(
    zeros(network({ classes: 100 })),
    "linear was trained for 100 classes, the network has 10",
  );
  assertEquals(error.misshaped, [
    { name: "linear.weight", expected: [10, 4], given: [100, 4], dtype: "f32" },
    { name: "linear.bias", expected: [10], given: [100], dtype: "f32" },
  ]);
  assertStringIncludes(
    error.message,
    "2 mis-shaped (linear.weight [100, 4] f32 for [10, 4], linear.bias [100] f32",
  );
});

for (const head of ["fc", "classifier", "head"]) {
  Deno.test(`matchState takes ${head} for the last layer`, () => {
    const given = renamed(zeros(network({})), (name) => `module.${name.replace("linear", head)}`);
    given.get(`module.${head}.bias`)!.data[3] = 7;
    const weights = matchState(wanted, given);
    assertEquals([...weights.keys()], [...wanted.keys()]);
    assertEquals(weights.get("linear.bias")?.[3], 7);
    const other = new Map([...wanted].map(([name, shape]) => [name.replace("linear", head), shape]));
    assertEquals(matchState(other, zeros(network({}))).size, 9);
    const fewer = renamed(zeros(network({ classes: 7 })), (name) => name.replace("linear", head));
    mismatch(fewer, "linear was trained for 7 classes, the network has 10");
  });
}

Deno.test("matchState does not guess between two last layers", () => {
  const { "linear.weight": weight, "linear.bias": bias, ...backbone } = network({});
  for (const names of [["fc", "linear"], ["fc", "head"]]) {
    const heads = names.flatMap((name) => [[`${name}.weight`, weight], [`${name}.bias`, bias]]);
    const error = assertThrows(
      () => matchState(wanted, zeros({ ...backbone, ...Object.fromEntries(heads) })),
      CheckpointError,
    );
    assertEquals(
      error.message,
      "Cannot tell the last layer of the checkpoint: it takes one of fc, linear, classifier, head, " +
        `current are ${
          names.join(" and ")
        }: leave all but one of them out by checkpointRename ({ name: null }), ` +
        "or save the network with one",
    );
  }
});

Deno.test("matchState names another class count of a classifier that is turned", () => {
  const expected = new Map([["conv1.weight", [4, 3, 3, 3]], ["linear.weight", [10, 4]]]);
  const given = zeros({ "conv1.weight": [4, 3, 3, 3], "linear.weight": [4, 7] });
  assertThrows(
    () => matchState(expected, given, { transposed: ["linear.weight"] }),
    MismatchError,
    "linear was trained for 7 classes, the network has 10",
  );
});

Deno.test("matchState names another head", () => {
  const { "linear.bias": bias, ...cosine } = network({});
  mismatch(
    zeros(cosine),
    "its classifier has no bias: it may have another head, cosine, as LDAM trains it",
  );
  mismatch(
    zeros({ ...cosine, "linear.bias": bias, "learned_norm": [1, 10] }),
    "learned_norm may be learned scales s of a scaled head: fold them into the classifier, s W and s b",
  );
  const error = assertThrows(
    () => matchState(new Map(Object.entries(cosine)), zeros(network({}))),
    MismatchError,
    "its classifier has a bias, the network's has none: it may have another head, linear",
  );
  assertEquals(error.unexpected, ["linear.bias"]);
});

Deno.test("matchState turns a matrix that may stand [columns, rows], told by its shape", () => {
  const expected = new Map([["linear.weight", [2, 3]], ["linear.bias", [2]]]);
  const given = (shape: number[]): StateDict =>
    new Map([
      ["module.linear.weight", { dtype: "f32", shape, data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ["module.linear.bias", { dtype: "f32", shape: [2], data: Float32Array.of(7, 8) }],
    ]);
  const read = (
    shape: number[],
    transposed: string[],
  ) => [...matchState(expected, given(shape), { transposed }).get("linear.weight")!];
  assertEquals(read([3, 2], ["linear.weight"]), [1, 3, 5, 2, 4, 6]);
  assertEquals(read([2, 3], ["linear.weight"]), [1, 2, 3, 4, 5, 6]);
  for (const [shape, transposed] of [[[3, 2], []], [[6, 1], ["linear.weight"]]]) {
    assertThrows(() => read(shape as number[], transposed as string[]), MismatchError, "1 mis-shaped");
  }
  // One that is not wanted is left alone.
  const options = { transposed: ["linear.weight"], omit: ["linear.weight"] };
  const bias = matchState(new Map([["linear.bias", [2]]]), given([3, 2]), options);
  assertEquals([...bias.keys()], ["linear.bias"]);
});

Deno.test("matchState names a cosine head whose vectors are columns", () => {
  const { "linear.bias": _bias, "linear.weight": weight, ...backbone } = network({});
  mismatch(
    zeros({ ...backbone, "linear.weight": weight.toReversed() }),
    "its classifier has no bias: it may have another head, cosine, as LDAM trains it",
  );
});

for (const head of ["fc.1", "head.fc", "classifier.1", "classifier.linear"]) {
  Deno.test(`matchState finds the last layer in ${head}, and beside a backbone`, () => {
    const under = (backbone: string, around: string) => {
      const given = renamed(
        zeros(network({})),
        (name) => name.startsWith("linear") ? around + name.replace("linear", head) : backbone + name,
      );
      given.get(`${around}${head}.bias`)!.data[3] = 7;
      return matchState(wanted, given).get("linear.bias")![3];
    };
    assertEquals(under("", ""), 7);
    assertEquals(under("module.", "module."), 7);
    assertEquals(under("backbone.", ""), 7);
    assertEquals(under("module.backbone.", "module."), 7);
    assertEquals(under("model.backbone.", ""), 7);
  });
}

Deno.test("a last layer of several, or behind a norm, is no last layer", () => {
  const { "linear.weight": weight, "linear.bias": bias, ...backbone } = network({});
  const deep = {
    ...backbone,
    "fc.0.weight": [4, 4],
    "fc.0.bias": [4],
    "fc.2.weight": weight,
    "fc.2.bias": bias,
  };
  assertThrows(
    () => matchState(wanted, zeros(deep)),
    CheckpointError,
    "current are fc.0 and fc.2: leave all but",
  );
  const normed = {
    ...backbone,
    "fc.0.weight": [4],
    "fc.0.bias": [4],
    "fc.1.weight": weight,
    "fc.1.bias": bias,
  };
  const error = assertThrows(() => matchState(wanted, zeros(normed)), MismatchError);
  assertEquals(error.unexpected, ["fc.0.weight", "fc.0.bias"]);
  // A classifier that starts anew needs none of them.
  const optional = [["linear.weight", "linear.bias"]];
  const { weights, leftOut } = matchNetwork(wanted, zeros(deep), { optional });
  assertEquals([weights.size, leftOut], [7, ["fc"]]);
});
