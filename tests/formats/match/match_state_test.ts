import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CheckpointError,
  matchState,
  MismatchError,
  parseCheckpoint,
  type StateDict,
  stripPrefix,
} from "../../../formats/checkpoint/mod.ts";
import { fixture, zeros } from "../fixtures.ts";
import { mismatch, network, renamed, wanted } from "../named_network.ts";

Deno.test("matchState gives the weights in the network's order, without a prefix that all names have", () => {
  const given = renamed(zeros(network({})), (name) => `module.backbone.${name}`);
  given.get("module.backbone.linear.bias")!.data[3] = 7;
  const weights = matchState(wanted, new Map([...given].reverse()));
  assertEquals([...weights.keys()], [...wanted.keys()]);
  assertEquals(weights.get("linear.bias")?.[3], 7);
});

Deno.test("matchState takes num_batches_tracked or leaves it, whichever side has it", () => {
  const counter = { shape: [], dtype: "i64" as const, data: new BigInt64Array([5n]) };
  const given: StateDict = new Map([...zeros(network({})), ["layer1.0.bn1.num_batches_tracked", counter]]);
  assertEquals(matchState(wanted, given).has("layer1.0.bn1.num_batches_tracked"), false);
  const more = new Map([...wanted, ["layer1.0.bn1.num_batches_tracked", []]]);
  assertEquals([...matchState(more, given).get("layer1.0.bn1.num_batches_tracked")!], [5]);
  assertEquals(matchState(more, zeros(network({}))).size, 9);
});

Deno.test("matchState leaves out what the caller omits, of any shape", () => {
  const backbone = new Map([...wanted].filter(([name]) => !name.startsWith("linear")));
  const omit = ["linear.weight", "linear.bias"];
  assertEquals(matchState(backbone, zeros(network({ classes: 1000 })), { omit }).size, 7);
  const error = assertThrows(() => matchState(backbone, zeros(network({}))), MismatchError);
  assertEquals(error.unexpected, omit);
});

Deno.test("matchState leaves out a group that the file need not have where none of it fits", () => {
  const classifier = ["linear.weight", "linear.bias"];
  const block = ["layer1.1.conv1.weight", "layer1.1.bn1.weight", "layer1.1.bn1.running_mean"];
  const read = (given: StateDict) => [...matchState(wanted, given, { optional: [classifier, block] }).keys()];
  const names = [...wanted.keys()];
  assertEquals(read(zeros(network({}))), names);
  assertEquals(read(zeros(network({ classes: 1000 }))), names.filter((name) => !classifier.includes(name)));
  const shallow = names.filter((name) => !block.includes(name));
  assertEquals(read(zeros(network({ depth: 1 }))), shallow);
  const backbone = renamed(zeros(network({ depth: 1 })), (name) => `module.${name}`);
  for (const name of classifier) backbone.delete(`module.${name}`);
  assertEquals(read(backbone), shallow.filter((name) => !classifier.includes(name)));
  // Half a group is a damaged one.
  const { "linear.bias": _bias, "layer1.1.bn1.weight": _weight, ...half } = network({});
  const error = assertThrows(() => read(zeros(half)), MismatchError);
  assertEquals(error.missing, ["layer1.1.bn1.weight", "linear.bias"]);
});

Deno.test("matchState names a whole part that one of both lacks", () => {
  const block = { "block.conv1.weight": [4, 4, 1, 1], "block.bn1.weight": [4] };
  mismatch(zeros({ ...network({}), ...block }), "it is of a network that has block besides");
  const larger = new Map([...wanted].toSpliced(7, 0, ...Object.entries(block)));
  assertThrows(
    () => matchState(larger, zeros(network({}))),
    MismatchError,
    "2 missing (block.conv1.weight, block.bn1.weight), 0 unexpected, 0 mis-shaped: it is of a network without block",
  );
});

Deno.test("matchState reads a training run's checkpoint end to end", () => {
  const { state } = parseCheckpoint(fixture("run.pth.tar"));
  const shapes = new Map([
    ["conv.weight", [2, 1, 3, 3]],
    ["bn.weight", [2]],
    ["bn.bias", [2]],
    ["bn.running_mean", [2]],
    ["bn.running_var", [2]],
    ["linear.weight", [3, 2]],
    ["linear.bias", [3]],
  ]);
  const weights = matchState(shapes, state);
  assertEquals(weights.get("linear.bias"), state.get("module.linear.bias")!.data as Float32Array);
});

Deno.test("matchState names another depth, and counts what it does not list", () => {
  const deeper = mismatch(
    zeros(network({ depth: 6 })),
    "layer1 has 6 blocks in the file and 2 in the network: another depth",
  );
  assertEquals(deeper.unexpected.length, 12);
  assertStringIncludes(deeper.message, "12 unexpected (layer1.2.conv1.weight, ");
  assertStringIncludes(deeper.message, "layer1.5.conv1.weight and 2 more), 0 mis-shaped");
  const shallow = mismatch(
    zeros(network({ depth: 1 })),
    "layer1 has 1 blocks in the file and 2 in the network: another depth",
  );
  assertEquals(shallow.missing, [
    "layer1.1.conv1.weight",
    "layer1.1.bn1.weight",
    "layer1.1.bn1.running_mean",
  ]);
});

Deno.test("matchState names other widths, axes and types", () => {
  mismatch(zeros(network({ width: 8 })), "another width, or another kind of network");
  mismatch(
    zeros({ ...network({}), "conv1.weight": [3, 3, 3, 4] }),
    "the axes stand in another order, another library wrote it",
  );
  mismatch(
    zeros({ ...network({}), "layer1.0.bn1.weight": [1, 4, 1, 1] }),
    "the same numbers in other shapes, another library wrote it",
  );
  const integers = zeros(network({}));
  integers.set("linear.weight", { shape: [10, 4], dtype: "i32", data: new Int32Array(40) });
  mismatch(integers, "the weights are integers, it may be a quantised network");
});

Deno.test("matchState names missing statistics, a missing and a renamed classifier", () => {
  const all = [...zeros(network({}))];
  mismatch(
    new Map(all.filter(([name]) => !name.endsWith("running_mean"))),
    "it was saved without the statistics of batch norm, parameters alone are not enough",
  );
  mismatch(
    new Map(all.filter(([name]) => !name.startsWith("linear"))),
    "it holds the backbone without a classifier",
  );
  mismatch(
    renamed(new Map(all), (name) => name.replace("linear", "last_linear")),
    "the classifier may have another name there (last_linear.weight, last_linear.bias)",
  );
});

Deno.test("matchState names another kind of blocks", () => {
  const third = { "layer1.0.conv3.weight": [4, 4, 1, 1], "layer1.1.conv3.weight": [4, 4, 1, 1] };
  mismatch(
    zeros({ ...network({}), ...third, "conv1.weight": [4, 3, 7, 7] }),
    "its blocks have three convolutions, the network's have two: it is of a larger kind, such as resnet50",
  );
  assertThrows(
    () => matchState(new Map([...Object.entries(third), ...wanted]), zeros(network({}))),
    MismatchError,
    "its blocks have two convolutions, the network's have three: it is of a smaller kind, such as resnet18",
  );
});

Deno.test("matchState does not guess between two encoders", () => {
  const encoder = zeros(network({}));
  const both: StateDict = new Map([
    ...renamed(encoder, (name) => `module.encoder_q.${name}`),
    ...renamed(encoder, (name) => `module.encoder_k.${name}`),
  ]);
  const error = mismatch(
    both,
    "the names fit under module.encoder_q. (9), module.encoder_k. (9), but other tensors stand beside: " +
      "choose one by checkpointKey, or save its state_dict alone",
  );
  assertEquals([error.missing.length, error.unexpected.length, error.misshaped.length], [9, 18, 0]);
});

Deno.test("matchState of another network shows a name of each", () => {
  mismatch(
    zeros({ "features.0.weight": [64, 3, 11, 11] }),
    "no name is the same, features.0.weight stands where conv1.weight is expected: " +
      "another network or another way of naming",
  );
  mismatch(new Map(), "it belongs to another network");
});

Deno.test("matchState refuses weights that are not finite", () => {
  const given = zeros(network({}));
  given.get("layer1.1.bn1.weight")!.data[2] = NaN;
  const error = assertThrows(() => matchState(wanted, given), CheckpointError);
  assertStringIncludes(error.message, "current layer1.1.bn1.weight has NaN at 2");
});

Deno.test("stripPrefix keeps names that fit as they are", () => {
  const fits = zeros({ "linear.weight": [2], "linear.bias": [2] });
  assertEquals(stripPrefix(["linear.weight", "linear.bias"], fits).prefix, "");
  assertEquals(stripPrefix(["weight", "bias"], fits).prefix, "linear.");
  assertEquals(stripPrefix(["other"], fits).prefix, "");
  assertEquals(stripPrefix(["bias"], zeros({ "a.bias": [1], "b.bias": [1] })).prefix, "");
  assertEquals(stripPrefix(["bias"], new Map()).prefix, "");
});
