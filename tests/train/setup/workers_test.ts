import { assertEquals } from "@std/assert";
import { workersFor } from "../../../train/setup/workers.ts";

Deno.test("Workers: all cores but one feed a GPU, kernels on the processor's cores keep them", () => {
  const [gpu, software] = [{ isSoftware: false }, { isSoftware: true }];
  const [encoded, memory] = [{ kind: "encoded" }, { kind: "memory" }] as const;
  assertEquals(workersFor(gpu, memory, null, 16), 15);
  assertEquals(workersFor(gpu, encoded, null, 64), 16);
  assertEquals(workersFor(gpu, encoded, null, 1), 1);
  assertEquals(workersFor(software, memory, null, 16), 1);
  assertEquals(workersFor(software, encoded, null, 16), 2);
  for (const device of [gpu, software]) assertEquals(workersFor(device, memory, 3, 16), 3);
});
