import { assertThrows } from "@std/assert";
import { ShapeError } from "../../engine/errors.ts";
import { batchNorm } from "../../engine/ops/batch_norm.ts";
import { channelMean } from "../../engine/ops/channel_mean.ts";
import { running } from "../../engine/ops/running.ts";
import { input, parameter } from "../../engine/ops/source.ts";
import { Parameters } from "../../engine/runtime/parameters.ts";
import { Plan } from "../../engine/runtime/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOp, deviceOf, type Example, FAMILIES } from "./check.ts";
import { assertClose } from "./close.ts";
import { checkTorch } from "./torch_cases.ts";

const norm = (x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor) =>
  batchNorm(x, { gamma, beta, mean, variance });

// Odd and even channels, one pixel, matrices as well as images.
for (const shape of [[1, 1, 1, 1], [2, 5, 7, 3], [3, 4, 4, 16], [2, 3, 3, 5], [7, 20], [70, 64]]) {
  const c = shape.at(-1)!;
  const variance: Example = { shape: [c], range: [0.2, 2] };
  checkOp("batchNorm", norm, [shape, [c], [c], [c], variance], { shape, gradient: false });
}

// A mean of normal numbers nearly cancels: numbers of one sign, as its rms has to say something of the terms.
const positive = (...shape: number[]): Example => ({ shape, range: [0.5, 1.5] });
const mean = (x: Tensor) => channelMean(x);
const variance = (x: Tensor) => channelMean(x, channelMean(x));

// Fewer and more rows than parts, a matrix, images of one row: a long one is more pixels than one invocation may
// visit on a software adapter (65,535 rounds).
const LONG = [[140_001, 3], [130, 32, 32, 5], [1, 1, 140_001, 3], [2, 1, 300_000, 1]];
for (const shape of [[1, 1], [1, 5, 7, 3], [300, 7], [8, 9, 5, 16], ...LONG]) {
  const tolerance = { shape: [shape.at(-1)!], gradient: false, relative: 2e-5 };
  checkOp("channelMean", mean, [positive(...shape)], tolerance);
  checkOp("channelMean around the mean", variance, [positive(...shape)], tolerance);
}

checkTorch("batch_norm", ({ x, weight, bias, running_mean, running_var }, { training, eps }) => {
  if (!training) {
    return { y: batchNorm(x, { gamma: weight, beta: bias, mean: running_mean, variance: running_var }, eps) };
  }
  const mean = channelMean(x);
  return { y: batchNorm(x, { gamma: weight, beta: bias, mean, variance: channelMean(x, mean) }, eps) };
});

Deno.test("running moves its estimate at every run, in place", async () => {
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const estimate = parameter("estimate", [70]);
    using store = new Parameters(device, [estimate], "statistics");
    store.write(estimate, Float32Array.from({ length: 70 }, (_, i) => i));
    const updates = [running(estimate, input("value", [70]), { momentum: 0.25, factor: 2 })];
    using plan = await Plan.make(device, { updates, parameters: [store] });
    const expected = Float64Array.from({ length: 70 }, (_, i) => i);
    for (const value of [10, -3]) {
      plan.run({ value: new Float32Array(70).fill(value) });
      expected.forEach((old, i) => expected[i] = 0.75 * old + 0.25 * 2 * value);
      assertClose(family, (await store.read()).get(estimate)!, expected);
    }
  }
});

Deno.test("batchNorm, channelMean and running refuse other channels, with the shapes", () => {
  const of = (...shape: number[]) => input("t", shape);
  const vectors = { gamma: of(4), beta: of(4), mean: of(4), variance: of(4) };
  assertThrows(
    () => batchNorm(of(2, 3, 3, 5), vectors),
    ShapeError,
    "Cannot add batch_norm to the graph: it takes x [..., C] and scale, beta and mean [C], current inputs are " +
      "f32 [2, 3, 3, 5] and f32 [4] and f32 [4] and f32 [4]: the channels differ",
  );
  assertThrows(
    () => batchNorm(of(2, 4), { ...vectors, variance: of(3) }),
    ShapeError,
    "gamma and variance [C]",
  );
  assertThrows(() => channelMean(of(5)), ShapeError, "x [..., C]");
  assertThrows(() => channelMean(of(2, 5), of(4)), ShapeError, "the channels differ");
  assertThrows(() => running(of(4), of(5), { momentum: 0.1 }), ShapeError, "the lengths differ");
});
