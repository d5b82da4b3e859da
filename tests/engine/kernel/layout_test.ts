import { assertEquals } from "@std/assert";
import { bufferBytes, matrixOf, toTexels } from "../../../engine/kernel/layout.ts";

Deno.test("a tensor is a matrix of 4-vectors: the rows of its images, their pixels' channels", () => {
  assertEquals(matrixOf([]), { rows: 1, width: 1, channels: 1, cols: 1 });
  assertEquals(matrixOf([5]), { rows: 1, width: 1, channels: 5, cols: 2 });
  assertEquals(matrixOf([3, 8]), { rows: 3, width: 1, channels: 8, cols: 2 });
  assertEquals(matrixOf([7, 5, 6]), { rows: 7, width: 5, channels: 6, cols: 10 });
  assertEquals(matrixOf([2, 7, 5, 6]), { rows: 14, width: 5, channels: 6, cols: 10 });
});

Deno.test("a buffer ends with a whole vector and is never empty", () => {
  assertEquals([0, 1, 4, 5, 8].map(bufferBytes), [16, 16, 16, 32, 32]);
});

Deno.test("the texels of a tensor pad each pixel's channels with zeros", () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i + 1);
  assertEquals([...toTexels([2, 2, 1, 3], values)], [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0]);
  assertEquals([...toTexels([2, 6], values)], [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]);
  assertEquals(toTexels([3, 4], values), values);
});
