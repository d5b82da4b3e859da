// Ranks in one process, each with plans of its own, compute what one process computes of the whole batch.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { allGather, allReduce, grad, input, interpret, mul, ShapeError } from "../../../../engine/mod.ts";
import { sum } from "../../../../engine/ops/reduce/sum.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { assertClose } from "../../close.ts";
import { deviceOf, FAMILIES } from "../../check.ts";
import { inProcess } from "./in_process.ts";

/** Numbers that tell rows and ranks apart. */
const numbers = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(7.3 * i + seed));

Deno.test("all ranks gather the rows of all, and get the gradient of their own", async () => {
  const rows = [3, 2, 2];
  const ranks = inProcess(3);
  const parts = rows.map((count, rank) => numbers(count * 5, rank));
  const weights = numbers(7 * 5, 9);
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const results = await Promise.all(ranks.map(async (communicator, rank) => {
      const x = input("x", [rows[rank], 5]);
      const w = input("w", [7, 5]);
      const all = allGather(mul(x, 2), communicator, rows);
      const [dx] = grad(sum(mul(mul(all, all), w)), [x]);
      using plan = await Plan.make(device, { outputs: { all, dx } });
      await plan.runAsync({ x: parts[rank], w: weights });
      return [await plan.read("all"), await plan.read("dx")];
    }));
    const whole = parts.flatMap((part) => [...part]);
    let from = 0;
    for (const [rank, [all, dx]] of results.entries()) {
      assertEquals(all, Float32Array.from(whole, (value) => 2 * value));
      const expected = [...parts[rank]].map((value, i) => 8 * value * weights[from + i]);
      assertClose(`dx of rank ${rank}`, dx, expected);
      from += parts[rank].length;
    }
  }
});

Deno.test("the sum over ranks has the same bits on each, and so has its gradient", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const results = await Promise.all(
      inProcess(3).map(async (communicator, rank) => {
        const x = input("x", [2, 3]);
        const total = allReduce(x, communicator);
        const [dx] = grad(sum(mul(mul(total, total), rank + 1)), [x]);
        using plan = await Plan.make(device, { outputs: { total, dx } });
        await plan.runAsync({ x: numbers(6, rank) });
        return [await plan.read("total"), await plan.read("dx")];
      }),
    );
    const total = numbers(6, 0).map((value, i) => value + numbers(6, 1)[i] + numbers(6, 2)[i]);
    for (const [own, dx] of results) {
      assertClose("total", own, total);
      assertEquals(own, results[0][0]);
      assertEquals(dx, results[0][1]);
      assertClose("dx", dx, [...total].map((value) => 2 * value * (1 + 2 + 3)));
    }
  }
});

Deno.test("a rank that is alone gets what it has, and the host is not asked", () => {
  const [communicator] = inProcess(1);
  const x = input("x", [3, 2]);
  assertEquals([allReduce(x, communicator), allGather(x, communicator, [3])], [x, x]);
});

Deno.test("rows that are not those of the ranks are refused, and so is a reference", () => {
  const [first] = inProcess(2);
  const x = input("x", [3, 2]);
  for (const rows of [[2, 3], [3], [3, 3, 3]]) {
    assertThrows(
      () => allGather(x, first, rows),
      ShapeError,
      `Cannot add all_gather to the graph: it takes x [${rows[0]}, ...] on rank 0 of 2, whose rows are ${
        rows.join(", ")
      }, current inputs are f32 [3, 2]`,
    );
  }
  assertThrows(
    () => allReduce(input("i", [2], "u32"), first),
    ShapeError,
    "whole numbers do not leave the device",
  );
  for (const y of [allReduce(x, first), allGather(x, first, [3, 2])]) {
    assertThrows(
      () => interpret([y], new Map([[x, new Float32Array(6)]])),
      TypeError,
      `Cannot evaluate ${y.op.name}: it takes the values of several processes`,
    );
  }
});

Deno.test("ranks whose graphs differ are told so", async () => {
  const device = await deviceOf("tile");
  const [first, second] = inProcess(2);
  const x = input("x", [3]);
  using gathers = await Plan.make(device, { outputs: { y: allGather(x, first, [3, 2]) } });
  using reduces = await Plan.make(device, { outputs: { y: allReduce(x, second) } });
  const feeds = { x: new Float32Array(3) };
  const runs = [gathers.runAsync(feeds), reduces.runAsync(feeds)];
  for (const run of runs) await assertRejects(() => run, Error, "others to allGather");
  // A rank with more rows than it says is found out by the others.
  const [one, two] = inProcess(2);
  const y = allGather(x, one, [3, 2]);
  using small = await Plan.make(device, { outputs: { y } });
  using large = await Plan.make(device, { outputs: { y: allGather(x, two, [2, 3]) } });
  await assertRejects(
    () => Promise.all([small.runAsync(feeds), large.runAsync(feeds)]),
    TypeError,
    "current are 6 values: other processes run another graph",
  );
});
