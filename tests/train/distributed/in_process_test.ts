import { assertEquals, assertRejects } from "@std/assert";
import { inProcess } from "./in_process.ts";

Deno.test("communicators of one process: sums, parts of unequal length, bytes of rank 0, several calls in flight", async () => {
  const results = await Promise.all(
    inProcess(3).map(async (communicator) => {
      const { rank } = communicator;
      const [values, more] = [new Float32Array([rank, 1]), new Float32Array([10 * rank])];
      const [gathered, bytes] = await Promise.all([
        communicator.allGather(new Float32Array(rank).fill(rank)),
        communicator.broadcast(new Uint8Array([rank + 7])),
        communicator.allReduce(values),
        communicator.allReduce(more),
      ]);
      return [[...values], [...more], [...gathered], [...bytes]];
    }),
  );
  const all = [[3, 3], [30], [1, 2, 2], [7]];
  assertEquals(results, [all, all, all]);
});

Deno.test("communicators of one process: ranks that call different methods are told", async () => {
  const [first, second] = inProcess(2);
  const waiting = assertRejects(() => first.allReduce(new Float32Array(1)));
  await assertRejects(
    () => second.allGather(new Float32Array(1)),
    Error,
    "rank 1 calls allGather where others call allReduce",
  );
  await waiting;
});

Deno.test("communicators of one process: ranks that add up unequal lengths are told", async () => {
  const [first, second] = inProcess(2);
  const waiting = assertRejects(() => first.allReduce(new Float32Array(1)));
  await assertRejects(() => second.allReduce(new Float32Array(2)), Error, "ranks add up 1, 2 values");
  await waiting;
});
