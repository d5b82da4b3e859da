import { assertThrows } from "@std/assert";
import { ShapeError } from "../../../../engine/graph/errors.ts";
import { batchNorm } from "../../../../engine/ops/norm/batch_norm.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { channelMoments } from "../../../../engine/ops/norm/channel_moments.ts";
import { interpret } from "../../../../engine/graph/interpret.ts";
import { input } from "../../../../engine/graph/source.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkOp, deviceOf, evaluate, type Example, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";
import { checkTorch } from "../../torch_cases.ts";

const norm = (x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor) =>
  batchNorm(x, { gamma, beta, mean, variance });

// Odd and even channels, one pixel, matrices as well as images.
for (const shape of [[1, 1, 1, 1], [2, 5, 7, 3], [3, 4, 4, 16], [2, 3, 3, 5], [7, 20], [70, 64]]) {
  const c = shape.at(-1)!;
  const variance: Example = { shape: [c], range: [0.2, 2] };
  checkOp("batchNorm", norm, [shape, [c], [c], [c], variance], { shape });
}

// One pixel, less and more than a workgroup, more channels than a workgroup takes side by side; long ones are more
// pixels than one invocation may visit on a software adapter (65,535 rounds), as images of one row and of many.
const SHAPES = [[1, 5, 7, 3], [300, 7], [8, 9, 5, 16], [2, 3, 5, 70], [3, 257]];
const LONG = [[140_001, 3], [130, 32, 32, 2], [1, 1, 140_001, 3]];

// A mean of normal numbers nearly cancels: numbers of one sign, as its rms has to say something of the terms.
for (const shape of [[1, 1], ...SHAPES, ...LONG, [2, 1, 300_000, 1]]) {
  const x: Example = { shape, range: [0.5, 1.5] };
  const gradient = SHAPES.includes(shape);
  checkOp("channelMoments", channelMoments, [x], { shape: [2, shape.at(-1)!], gradient, relative: 2e-5 });
}

const trained = (x: Tensor, gamma: Tensor, beta: Tensor) => batchNormTraining(x, { gamma, beta }).y;
for (const shape of [...SHAPES, ...LONG]) {
  const c = shape.at(-1)!;
  // Of few pixels, what is left of dx when the sums are taken off is small beside them.
  const gradientTolerance = shape[0] < 4 ? { relative: 1e-4 } : {};
  checkOp("batchNormTraining", trained, [shape, [c], [c]], { shape, gradientTolerance });
}

checkTorch("batch_norm", ({ x, weight, bias, running_mean, running_var }, { training, eps }) => {
  if (training) return { y: batchNormTraining(x, { gamma: weight, beta: bias }, eps).y };
  return { y: batchNorm(x, { gamma: weight, beta: bias, mean: running_mean, variance: running_var }, eps) };
});

checkTorch(
  "batch_norm",
  ({ x, weight, bias, dy }, { eps }) => {
    const { y } = batchNormTraining(x, { gamma: weight, beta: bias }, eps);
    const [grad_x, grad_weight, grad_bias] = pullback(y, dy, [x, weight, bias]);
    return { y, grad_x, grad_weight, grad_bias };
  },
  // At 100 a float32 is up to 4e-6 off, the mean of the batch with it.
  { relative: 2e-5 },
  "training.safetensors",
);

Deno.test("channelMoments keeps its digits far from zero, of constant channels and of one wild value", async () => {
  const [pixels, c] = [30_000, 4];
  const x = Float32Array.from({ length: pixels * c }, (_, i) => {
    const pixel = Math.floor(i / c);
    return [4096 + pixel % 2, 0.1, pixel === 0 ? 1 : 0, -1e6][i % c];
  });
  const wild = 1 / pixels;
  const expected = [4096.5, Math.fround(0.1), wild, -1e6, 0.25, 0, wild - wild ** 2, 0];
  const from = input("x", [pixels, c]);
  for (const family of FAMILIES) {
    const outputs = { y: channelMoments(from) };
    const { y } = await evaluate(await deviceOf(family), outputs, new Map([[from, x]]));
    // Each by its own: the sums of such numbers themselves would be off by their hundredth.
    expected.forEach((value, i) => assertClose(`${family} ${i}`, [y[i]], [value], { relative: 2e-6 }));
  }
});

Deno.test("batchNormTraining and its gradient keep their digits around 10,000 with a spread of 1", async () => {
  const shape = [16, 33, 32, 6]; // of several parts, the last a shorter one
  const next = normal(17);
  const [x, gamma, beta] = [input("x", shape), input("gamma", [6]), input("beta", [6])];
  const dy = input("dy", shape);
  const random = ({ size }: Tensor, mean: number) => Float32Array.from({ length: size }, () => mean + next());
  const feeds = new Map([[x, random(x, 1e4)], [gamma, random(gamma, 1)], [beta, random(beta, 0)], [
    dy,
    random(dy, 0),
  ]]);
  const { y, moments } = batchNormTraining(x, { gamma, beta });
  const [dx, dgamma, dbeta] = pullback(y, dy, [x, gamma, beta]);
  const outputs = { y, moments, dx, dgamma, dbeta };
  const expected = interpret(Object.values(outputs), feeds);
  for (const family of FAMILIES) {
    const found = await evaluate(await deviceOf(family), outputs, feeds);
    Object.entries(found).forEach(([name, values], i) => {
      // A mean near 10,000 is a float32 of steps of 1e-3, and so are y and what depends on it up to a 2,000th.
      const tolerance = name === "moments"
        ? { relative: 2e-7, absolute: 2e-7 }
        : { relative: 2e-3, absolute: 2e-3 };
      assertClose(`${family} ${name}`, values, expected[i], tolerance);
    });
    const variances = [...found.moments].slice(6);
    // The mean of a part is rounded to 5e-4 at most, about 0.03 from the others' mean.
    assertClose(`${family} variances`, variances, [...expected[1]].slice(6), { relative: 3e-5 });
  }
});

Deno.test("batch norms and moments refuse other channels, with the shapes", () => {
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
  assertThrows(() => channelMoments(of(5)), ShapeError, "x [..., C]");
  assertThrows(
    () => batchNormTraining(of(2, 5), { gamma: of(5), beta: of(4) }),
    ShapeError,
    "the channels differ",
  );
});
