// The workloads that are compared, the layers of ResNet-32 and ResNet-50 first.

import type { Add, BatchNorm, Convolution, Loss, Matmul, NetworkRun, Sgd, Workload } from "./workloads.ts";

// Tolerances, in root mean squares of the result. Blocked sums of products in float32 stay within 1e-5. Not every peer
// blocks sums over a batch of images. Rounding grows from layer to layer, most in training, where values are divided by
// the batch's statistics and relu decides by the sign of values near 0: from the step in 64 bits PyTorch differs by 0.004
// in its default layout, by 0.017 in channels_last; in ResNet-50 its layouts differ by 0.08 from each other.
const EXACT = 1e-5, LONG_SUM = 1e-4, DEEP = 1e-4, DEEP_GRADIENT = { resnet32: 3e-2, resnet50: 1e-1 };

/** 1e9 operations; above this the slowest peer takes too long for a quick comparison. */
const QUICK_GFLOP = 1.3;

function matmul(n: number): Matmul {
  const amount = 2 * n ** 3 / 1e9;
  const [quick, gpuOnly] = [n <= 512, n > 2048];
  return { name: `matmul ${n}`, kind: "matmul", n, amount, unit: "GFLOP/s", check: EXACT, quick, gpuOnly };
}

type ConvLayer = [batch: number, side: number, inC: number, outC: number, kernel?: number, stride?: number];

const PASSES = { forward: "forward", images: "by images", weight: "by weight" };

function convolution(pass: Convolution["pass"], layer: ConvLayer, quick = true): Convolution {
  const [batch, side, inC, outC, kernel = 3, stride = 1] = layer;
  const out = Math.ceil(side / stride);
  const amount = 2 * batch * out * out * outC * kernel * kernel * inC / 1e9;
  const step = stride > 1 ? `/${stride}` : "";
  return {
    name: `conv ${kernel}x${kernel}${step} ${PASSES[pass]} ${inC} to ${outC}, ${batch}x${side}x${side}`,
    kind: "conv",
    pass,
    batch,
    side,
    inC,
    outC,
    kernel,
    stride,
    padding: (kernel - 1) / 2,
    amount,
    unit: "GFLOP/s",
    check: pass === "weight" ? LONG_SUM : EXACT,
    quick: quick && amount < QUICK_GFLOP,
    gpuOnly: false,
  };
}

const allPasses = (...layer: ConvLayer): Convolution[] =>
  (["forward", "images", "weight"] as const).map((pass) => convolution(pass, layer));

function batchNorm(pass: BatchNorm["pass"], shape: BatchNorm["shape"]): BatchNorm {
  // Forward reads x for the moments, reads it again and writes y; backward also reads x and dy twice and writes dx.
  const amount = (pass === "forward" ? 3 : 8) * 4 * shape.reduce((a, b) => a * b) / 1e9;
  const name = `batch norm ${pass === "forward" ? pass : "forward and backward"} ${shape.join("x")}`;
  return {
    name,
    kind: "batch_norm",
    pass,
    shape,
    amount,
    unit: "GB/s",
    check: LONG_SUM,
    quick: true,
    gpuOnly: false,
  };
}

function loss(loss: Loss["loss"], batch: number, classes: number): Loss {
  // The kernels read the logits twice and write their gradient.
  const amount = 3 * 4 * batch * classes / 1e9;
  const name = `${loss === "gml" ? "GML" : "cross-entropy"} forward and backward ${batch}x${classes}`;
  return {
    name,
    kind: "loss",
    loss,
    batch,
    classes,
    amount,
    unit: "GB/s",
    check: LONG_SUM,
    quick: true,
    gpuOnly: false,
  };
}

function sgd(size: number): Sgd {
  const name = `SGD ${size / 1e6} M parameters`;
  return { name, kind: "sgd", size, amount: 5 * 4 * size / 1e9, unit: "GB/s", ...STREAM };
}

function add(size: number): Add {
  const name = `add ${size / 1e6} M`;
  return { name, kind: "add", size, amount: 3 * 4 * size / 1e9, unit: "GB/s", ...STREAM };
}

const STREAM = { check: EXACT, quick: true, gpuOnly: false };

function network(name: NetworkRun["network"], pass: NetworkRun["pass"], batch: number): NetworkRun {
  const [side, classes] = name === "resnet32" ? [32, 100] : [224, 1000];
  return {
    name: `${name} ${pass}, batch ${batch}`,
    kind: "network",
    network: name,
    pass,
    batch,
    side,
    classes,
    amount: batch,
    unit: "images/s",
    check: pass === "inference" ? DEEP : DEEP_GRADIENT[name],
    quick: false,
    gpuOnly: false,
  };
}

/** All workloads, in the order in which they run and are shown. */
export const WORKLOADS: readonly Workload[] = [
  ...[512, 1024, 2048, 4096].map(matmul),
  // Layers of ResNet-32.
  ...allPasses(128, 32, 16, 16),
  ...allPasses(128, 32, 16, 32, 3, 2),
  ...allPasses(128, 16, 32, 32),
  ...allPasses(128, 16, 32, 64, 3, 2),
  ...allPasses(128, 8, 64, 64),
  // Layers of ResNet-50.
  ...allPasses(32, 56, 64, 64),
  ...allPasses(32, 56, 128, 128, 3, 2),
  ...allPasses(32, 28, 128, 128),
  ...allPasses(32, 14, 256, 256),
  ...allPasses(32, 7, 512, 512),
  convolution("forward", [32, 224, 3, 64, 7, 2]),
  convolution("forward", [32, 56, 64, 256, 1]),
  convolution("forward", [32, 28, 512, 128, 1]),
  convolution("forward", [32, 14, 256, 1024, 1]),
  convolution("forward", [32, 7, 2048, 512, 1]),
  convolution("forward", [32, 56, 256, 512, 1, 2]),
  batchNorm("forward", [128, 32, 32, 16]),
  batchNorm("backward", [128, 32, 32, 16]),
  ...[[128, 100], [512, 1000]].flatMap(([batch, classes]) => [
    loss("cross_entropy", batch, classes),
    loss("gml", batch, classes),
  ]),
  sgd(25e6),
  add(16e6),
  network("resnet32", "inference", 128),
  network("resnet32", "training", 128),
  network("resnet50", "inference", 8),
  network("resnet50", "training", 8),
];
