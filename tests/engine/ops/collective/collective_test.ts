// Ranks in one process, each with plans of its own, compute what one process computes of the whole batch.

import { assertEquals } from "@std/assert";
import { allGather, allReduce, grad, input, mul, type Tensor, tensor } from "../../../../engine/mod.ts";
import type { Communicator } from "../../../../engine/graph/communicator.ts";
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
