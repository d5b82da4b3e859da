// Networks inside the state dicts of others: under a prefix, beside other networks, by other names.

import { assertEquals, assertThrows } from "@std/assert";
import {
  CheckpointError,
  matchNetwork,
  matchState,
  MismatchError,
  renameState,
  type StateDict,
} from "../../../formats/checkpoint/mod.ts";
import { zeros } from "../fixtures.ts";
import { network, renamed, wanted } from "../named_network.ts";

/** The network under a prefix. */
const under = (prefix: string, given = zeros(network({}))) => renamed(given, (name) => prefix + name);

for (const prefix of ["module.", "backbone.", "model.", "encoder.q.", "a.b.c.d."]) {
  Deno.test(`the network under ${prefix} is taken, and what stands beside is named`, () => {
    const others = zeros({ "projector.0.weight": [8, 4], "projector.2.weight": [8, 8], queue: [4, 16] });
    const around = prefix.split(".").slice(0, -2).map((part) => `${part}.`).join("");
    const given: StateDict = new Map([...under(prefix), ...renamed(others, (name) => around + name)]);
    const match = matchNetwork(wanted, given);
    assertEquals([...match.weights.keys()], [...wanted.keys()]);
    assertEquals(match.prefix, prefix);
    assertEquals(match.leftOut, [`${around}projector`, `${around}queue`]);
    // By itself nothing is left.
    assertEquals(matchNetwork(wanted, under(prefix)), { ...match, leftOut: [] });
  });
}

Deno.test("another network beside is left out where it is another, and told of where both fit", () => {
  const teacher = under("teacher.", zeros(network({ depth: 3, width: 8 })));
  const match = matchNetwork(wanted, new Map([...teacher, ...under("student.")]));
  assertEquals([match.prefix, match.leftOut], ["student.", ["teacher"]]);
  assertThrows(
    () => matchNetwork(wanted, new Map([...under("student."), ...under("teacher.")])),
    MismatchError,
    "under student. (9), teacher. (9), but other tensors stand beside: choose one by checkpointKey",
  );
});

Deno.test("what else stands under the prefix is another network's, and refused", () => {
  const deeper: StateDict = new Map([
    ...under("backbone.", zeros(network({ depth: 4 }))),
    ...zeros({ queue: [2] }),
  ]);
  assertThrows(() => matchState(wanted, deeper), MismatchError, "unexpected");
  const { "layer1.1.bn1.weight": _, ...less } = network({});
  assertThrows(
    () => matchState(wanted, under("backbone.", zeros(less))),
    MismatchError,
    "1 missing (layer1.1.bn1.weight)",
  );
});

Deno.test("a last layer beside the backbone is not told of as left out, one of two is asked for", () => {
  const beside = (...heads: string[]) =>
    new Map([
      ...under("backbone.", new Map([...zeros(network({}))].filter(([name]) => !name.startsWith("linear")))),
      ...heads.flatMap((head) => [...zeros({ [`${head}.weight`]: [10, 4], [`${head}.bias`]: [10] })]),
    ]);
  assertEquals(matchNetwork(wanted, beside("head")).leftOut, []);
  assertThrows(
    () => matchNetwork(wanted, beside("head", "fc")),
    CheckpointError,
    "current are head and fc: leave all but one of them out by checkpointRename",
  );
  const optional = [["linear.weight", "linear.bias"]];
  const match = matchNetwork(wanted, beside("head", "fc"), { optional });
  assertEquals([match.weights.size, match.leftOut], [7, ["head", "fc"]]);
});

Deno.test("a shortcut may be called shortcut", () => {
  const expected = new Map([...wanted, ["layer1.0.downsample.0.weight", [4, 4, 1, 1]], [
    "layer1.0.downsample.1.bias",
    [4],
  ]]);
  const given = renamed(
    zeros(Object.fromEntries(expected)),
    (name) => name.replace("downsample", "shortcut"),
  );
  assertEquals([...matchState(expected, under("module.", given)).keys()], [...expected.keys()]);
  // A network without such shortcuts does not have them.
  const error = assertThrows(() => matchState(wanted, given), MismatchError);
  assertEquals(error.unexpected, ["layer1.0.shortcut.0.weight", "layer1.0.shortcut.1.bias"]);
});

Deno.test("renameState changes beginnings of names at whole parts, the longest first, module. or not", () => {
  const names = (
    given: string[],
    by: Record<string, string | null>,
  ) => [...renameState(zeros(Object.fromEntries(given.map((name) => [name, [1]]))), by).keys()];
  assertEquals(names(["last_linear.bias", "last_linear2.bias"], { last_linear: "fc" }), [
    "fc.bias",
    "last_linear2.bias",
  ]);
  assertEquals(names(["stem.0.weight", "stem.1.bias"], { "stem.0": "conv1", "stem.1": "bn1" }), [
    "conv1.weight",
    "bn1.bias",
  ]);
  assertEquals(names(["a.b.w", "a.c.w"], { a: "x", "a.b": "y." }), ["y.w", "x.c.w"]);
  assertEquals(names(["module.stem.w", "module.fc.w"], { stem: "conv1" }), ["module.conv1.w", "module.fc.w"]);
  assertEquals(names(["net.fc.w", "net.conv.w"], { "net.": "" }), ["fc.w", "conv.w"]);
  assertEquals(names(["fc.w", "proj.0.w", "proj.1.w"], { proj: null }), ["fc.w"]);
  assertEquals(names(["w"], { w: "v" }), ["v"]);
  assertThrows(
    () => names(["fc.w"], { fcc: "fc", fc: "x" }),
    CheckpointError,
    "Cannot rename fcc in the checkpoint",
  );
  assertThrows(
    () => names(["a.w", "b.w"], { a: "b" }),
    CheckpointError,
    "current b.w stands for two tensors",
  );
});
