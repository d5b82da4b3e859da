import { assertEquals } from "@std/assert";
import { broadcastView, joined, rowsView, stridesOf, viewOf } from "../../../engine/kernel/view.ts";

Deno.test("stridesOf counts elements from place to place", () => {
  assertEquals(stridesOf([2, 3, 4]), [12, 4, 1]);
  assertEquals(stridesOf([]), []);
});

Deno.test("broadcastView repeats what has the length 1 or is missing", () => {
  assertEquals(broadcastView([3, 1], [2, 3, 5]), {
    of: [3, 1],
    rows: [{ length: 2, stride: 0 }],
    cols: [{ length: 3, stride: 1 }],
    last: { length: 5, stride: 0 },
  });
  assertEquals(broadcastView([], []).last, { length: 1, stride: 0 });
});

Deno.test("viewOf walks as the matrix view does: all but two axes make the row", () => {
  const axes = [2, 3, 5, 7].map((length) => ({ length, stride: 1 }));
  const of = [2, 3, 5, 7];
  assertEquals([viewOf(of, axes).rows.length, viewOf(of, axes).cols.length], [2, 1]);
  assertEquals([viewOf([5, 7], axes.slice(2)).rows.length, viewOf([5, 7], axes.slice(2)).cols.length], [
    1,
    0,
  ]);
  assertEquals(rowsView([2, 3, 5, 7]).rows, [{ length: 30, stride: 7 }]);
});

Deno.test("joined axes walk the same places", () => {
  const axis = (length: number, stride: number) => ({ length, stride });
  assertEquals(joined([axis(2, 12), axis(3, 4)]), [axis(6, 4)]);
  assertEquals(joined([axis(2, 0), axis(3, 0), axis(5, 7)]), [axis(6, 0), axis(5, 7)]);
  assertEquals(joined([axis(2, 1), axis(1, 99), axis(3, 2)]), [axis(2, 1), axis(3, 2)]);
  const cut = { length: 3, stride: 4, from: 1, count: 2 };
  assertEquals(joined([axis(2, 12), cut]), [axis(2, 12), cut]);
});
