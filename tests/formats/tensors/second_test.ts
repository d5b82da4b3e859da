import { assertEquals, assertThrows } from "@std/assert";
import {
  asSecond,
  matchState,
  parseCheckpoint,
  parseSafetensors,
  secondModel,
  type StateDict,
  writeSafetensors,
} from "../../../formats/checkpoint/mod.ts";

const tensor = (...values: number[]) => ({
  dtype: "f32" as const,
  shape: [values.length],
  data: Float32Array.from(values),
});
const first: StateDict = new Map([["conv1.weight", tensor(1)], ["fc.bias", tensor(2)], [
  "layer1.bn",
  tensor(3, 4),
]]);
const file: StateDict = new Map([...asSecond(new Map([["fc.bias", tensor(9)]])), ...first]);
const expected = new Map([["conv1.weight", [1]], ["fc.bias", [1]], ["layer1.bn", [2]]]);

Deno.test("the tensors of a second model stand behind all of the first, which stay as they are without it", () => {
  const { state } = parseSafetensors(writeSafetensors(file));
  assertEquals([...state.keys()], [
    ...parseSafetensors(writeSafetensors(first)).state.keys(),
    "ensemble.fc.bias",
  ]);
});

Deno.test("a network takes the first model of a file, or the second with what it shares", () => {
  const { state } = parseCheckpoint(writeSafetensors(file));
  assertEquals(matchState(expected, state), matchState(expected, first));
  assertEquals(matchState(expected, secondModel(state)!).get("fc.bias"), Float32Array.of(9));
  assertEquals(matchState(expected, secondModel(state)!).get("layer1.bn"), Float32Array.of(3, 4));
  assertEquals(secondModel(first), null);
});

Deno.test("ensemble. before all names is a prefix as any other", () => {
  const wrapped = asSecond(first);
  assertEquals(matchState(expected, wrapped), matchState(expected, first));
  assertEquals(secondModel(wrapped), null);
  assertThrows(
    () => matchState(expected, new Map([...file, ["other.fc.bias", tensor(1)]])),
    Error,
    "other.fc.bias",
  );
});
