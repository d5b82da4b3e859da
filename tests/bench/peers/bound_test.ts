import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { higher, networkGflop, shareOfBound, withBounds } from "../../../bench/peers/bound.ts";
import { WORKLOADS } from "../../../bench/peers/workload_list.ts";
import type { NetworkRun, Workload } from "../../../bench/peers/workloads.ts";
import { row } from "./comparison.ts";

const workloadOf = (name: string): Workload => WORKLOADS.find((workload) => workload.name.startsWith(name))!;
const networkRun = (name: string) => workloadOf(name) as NetworkRun;

Deno.test("bench bound: a workload's share is that of its arithmetic or of its bytes", () => {
  const ceiling = { gflops: 100, gbs: 10 };
  const product = workloadOf("matmul 512"), sum = workloadOf("add");
  assertAlmostEquals(shareOfBound(product, 1000 * product.amount / 50, ceiling), 0.5);
  assertAlmostEquals(shareOfBound(sum, 1000 * sum.amount / 2, ceiling), 0.2);
});

Deno.test("bench bound: the products of the networks are those of the papers", () => {
  // K. He et al., 2016: 69 million multiply-adds for ResNet-32's images of 32 x 32, 3.8 thousand million (4.1 with the
  // stride in the 3x3 convolution) for ResNet-50's of 224 x 224.
  const multiplyAdds = (name: string) => networkGflop(networkRun(name)) / 2 / networkRun(name).batch;
  assertAlmostEquals(multiplyAdds("resnet32 inference"), 0.069, 0.001);
  assertAlmostEquals(multiplyAdds("resnet50 inference"), 4.09, 0.02);
});

Deno.test("bench bound: a training step has each product three times, that of the images twice", () => {
  const forward = networkGflop(networkRun("resnet32 inference"));
  const stem = 2 * 128 * 32 ** 2 * 16 * 27 / 1e9;
  assertAlmostEquals(networkGflop(networkRun("resnet32 training")), 3 * forward - stem, 1e-9);
});

Deno.test("bench bound: of measurements the higher counts, and only our times have shares", () => {
  const ceiling = higher(higher(null, { gflops: 50, gbs: 9 }), { gflops: 100, gbs: 7 });
  assertEquals(ceiling, { gflops: 100, gbs: 9 });
  const { name, amount } = workloadOf("matmul 512"), ms = 1000 * amount / 25;
  const rows = [row(name, "everyclass", ms), row(name, "peer", ms), row("main job", "everyclass", 1)];
  const [own, ...others] = withBounds([...rows, row(name, "everyclass", null)], ceiling);
  assertAlmostEquals(own.ofBound!, 0.25);
  assert(others.every(({ ofBound }) => ofBound === undefined));
  assertEquals(withBounds(rows, null), rows);
});
