import { assertEquals, assertNotEquals } from "@std/assert";
import { sortedJson, tensorDigest, valueDigest } from "../../../train/machine/digest.ts";

Deno.test("a digest of tensors goes by their names and values, not by their order", () => {
  const [a, b] = [Float32Array.of(1, 2), Float32Array.of(3)];
  const digest = tensorDigest(new Map([["a", a], ["b", b]]));
  assertEquals(tensorDigest(new Map([["b", b], ["a", a]])), digest);
  const others: [string, Float32Array][][] = [
    [["a", b], ["b", a]],
    [["a", a], ["c", b]],
    [["a", a]],
    [["a", a.subarray(0, 1)], ["b", b]],
    [["a", Float32Array.of(1, -2)], ["b", b]],
  ];
  for (const other of others) assertNotEquals(tensorDigest(other), digest);
});

Deno.test("equal values are equal texts whatever the order of their keys, at every depth", () => {
  const value = { b: [{ y: 1, x: null }], a: { d: "text", c: true } };
  const turned = { a: { c: true, d: "text" }, b: [{ x: null, y: 1 }] };
  assertEquals(sortedJson(value), '{"a":{"c":true,"d":"text"},"b":[{"x":null,"y":1}]}');
  assertEquals([sortedJson(turned), valueDigest(turned)], [sortedJson(value), valueDigest(value)]);
  assertNotEquals(valueDigest([1, 2]), valueDigest([2, 1]));
  assertEquals([sortedJson(undefined), sortedJson(null), sortedJson("a")], ["null", "null", '"a"']);
});
