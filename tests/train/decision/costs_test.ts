import { assertEquals, assertThrows } from "@std/assert";
import { costsOfCsv, costsOfPairs, meanCost } from "../../../train/decision/costs.ts";

const names = ["cat", "dog", "a->b"];

Deno.test("costs of pairs; other mistakes cost 1, right calls nothing", () => {
  assertEquals([
    ...costsOfPairs({ "cat->dog": 5, "dog -> a->b": 0, "a->b->cat": 2.5, "dog->dog": 0.5 }, names),
  ], [
    ...[0, 5, 1],
    ...[1, 0.5, 0],
    ...[2.5, 1, 0],
  ]);
});

Deno.test("pairs that name no two classes, and costs that are none, are refused", () => {
  assertThrows(() => costsOfPairs({ "cat->bird": 1 }, names), RangeError, "cat->bird");
  assertThrows(() => costsOfPairs({ cat: 1 }, names), RangeError, "two classes of cat, dog, a->b");
  for (const cost of [-1, NaN, Infinity]) {
    assertThrows(() => costsOfPairs({ "cat->dog": cost }, names), RangeError, String(cost));
  }
});

Deno.test("a CSV file with names in any order is the matrix in the order of the labels", () => {
  const text = ',"a->b",cat,dog\ndog,1,2,0\ncat,3,0,4\n"a->b",0,6,7\n';
  assertEquals([...costsOfCsv(text, names)], [0, 4, 3, 2, 0, 1, 6, 7, 0]);
  assertEquals([...costsOfCsv("0,4,3\r\n2,0,1\r\n6,7,0\r\n", names)], [0, 4, 3, 2, 0, 1, 6, 7, 0]);
});

Deno.test("a CSV file that is no matrix of the classes is refused by what is wrong", () => {
  const cases = [
    ["0,1\n1,0\n", "3 classes, current are 2"],
    ["0,1,1\n1,0\n1,1,0\n", "numbers for dog, current are 2"],
    ["0,1,x\n1,0,1\n1,1,0\n", "cat->a->b"],
    ["0,1,\n1,0,1\n1,1,0\n", "cat->a->b"],
    [",cat,dog,bird\ncat,0,1,1\ndog,1,0,1\nbird,1,1,0\n", "current is bird"],
    [",cat,dog,dog\ncat,0,1,1\ndog,1,0,1\na->b,1,1,0\n", "once"],
  ];
  for (const [text, told] of cases) assertThrows(() => costsOfCsv(text, names), RangeError, told);
});

Deno.test("the mean cost is that of the true classes called what they were called", () => {
  const costs = Float64Array.of(0, 5, 1, 0);
  assertEquals(meanCost([0, 0, 1, 1], [0, 1, 0, 1], costs, 2), 6 / 4);
});
