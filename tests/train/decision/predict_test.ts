import { assertEquals, assertThrows } from "@std/assert";
import { predict } from "../../../train/decision/predict.ts";

Deno.test("predict takes the largest score of every row, the first of equal ones", () => {
  assertEquals([...predict(new Float32Array([1, 3, 2, -5, -1, -1, 7, 7, 7]), 3)], [1, 1, 0]);
});

Deno.test("predict names the score that is not finite", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    assertThrows(() => predict(new Float32Array([1, 2, 3, bad]), 2), RangeError, "class 1 of image 1");
  }
  assertThrows(() => predict(new Float32Array(5), 2), RangeError, "5 values, 2 classes");
});
