// What the comparison with peers runs, as data that goes to every peer as one line of JSON.
//
// Values are given by a formula (values.ts), by index into the layouts of this project: images [N, H, W, C], filters
// [outC, k, k, inC], whatever the layout of the peer is; and so are the results that a peer gives samples of.

/** What all workloads have. */
export interface Common {
  /** Unique, with sizes. */
  name: string;
  /** Thousand millions of floating-point operations or of bytes, or images, of one run: what a rate counts. */
  amount: number;
  unit: "GFLOP/s" | "GB/s" | "images/s";
  /** How far a sample of a peer may be from ours, in root mean squares of ours. */
  check: number;
  /** Takes no more than some seconds in the slowest peer. */
  quick: boolean;
  /** Not for adapters that compute on the CPU. */
  gpuOnly: boolean;
}

/** `a b`, both [n, n], of seeds 1 and 2; result [n, n]. */
export interface Matmul extends Common {
  kind: "matmul";
  n: number;
}

/** A convolution or one of its gradients: x, filters and the gradient of the result have seeds 1, 2 and 3. */
export interface Convolution extends Common {
  kind: "conv";
  pass: "forward" | "images" | "weight";
  batch: number;
  side: number;
  inC: number;
  outC: number;
  kernel: number;
  stride: number;
  padding: number;
}

/**
 * Batch norm by the batch's own moments, eps 1e-5: x of seed 1, gamma 1, beta 0; result y. Backward is the forward pass
 * and the gradients by x, gamma and beta from that of y (seed 2); result that by x.
 */
export interface BatchNorm extends Common {
  kind: "batch_norm";
  pass: "forward" | "backward";
  shape: [number, number, number, number];
}

/**
 * A loss and its gradient by the logits (seed 1, times 8), which is the result; labels `i * i % classes`. GML adds
 * `log N` of {@linkcode priorOf} and takes -log of the mean probability of each class, clamped at 1e-5.
 */
export interface Loss extends Common {
  kind: "loss";
  loss: "cross_entropy" | "gml";
  batch: number;
  classes: number;
}

/** `m = .9 m + (g + 1e-4 p)`, `p -= .1 m`; p, m and g of seeds 1, 2, 3; result p after the first step. */
export interface Sgd extends Common {
  kind: "sgd";
  size: number;
}

/** `a + b`, of seeds 1 and 2. */
export interface Add extends Common {
  kind: "add";
  size: number;
}

/**
 * A residual network on images [batch, side, side, 3] of seed 1, times 4; its tensors by name ({@linkcode tensorValues}).
 * Inference gives logits [batch, classes], batch norms by running mean 0 and variance 1, eps 1e-5. Training is a whole
 * step: batch norms by the batch, cross-entropy of labels `i * i % classes`, SGD of rate .1, momentum .9, weight decay
 * 2e-4 on all; its result is the momentum of `conv1.weight` after the first step.
 */
export interface NetworkRun extends Common {
  kind: "network";
  network: "resnet32" | "resnet50";
  pass: "inference" | "training";
  batch: number;
  side: number;
  classes: number;
}

/** A workload of any kind. */
export type Workload = Matmul | Convolution | BatchNorm | Loss | Sgd | Add | NetworkRun;

/** What came of a workload in a peer. */
export interface Row {
  workload: string;
  peer: string;
  /** Milliseconds of one run, the best of several tries; null where there is none. */
  ms: number | null;
  /** Per second. */
  rate: number | null;
  unit: string;
  /** Whether its samples agree with ours; null where one of us has none. */
  agrees: boolean | null;
  /** Why there is no time, or what else is to be known of it. */
  why?: string;
}

// A fair tolerance of a sum of products in float32 with blocked sums: 1e-5 of the result's root mean square. Sums over
// a whole batch of images are not blocked in every peer; and rounding grows from layer to layer, most where the batch's
// statistics are divided by and the sign of what is near 0 decides.
const EXACT = 1e-5, LONG_SUM = 1e-4, DEEP = 1e-4, DEEP_GRADIENT = 1e-2;

/** Thousand millions of operations: more take the slowest peer too long for a quick comparison. */
const QUICK_GFLOP = 1.3;

function matmul(n: number): Matmul {
  const amount = 2 * n ** 3 / 1e9;
  const [quick, gpuOnly] = [n <= 512, n > 2048];
  return { name: `matmul ${n}`, kind: "matmul", n, amount, unit: "GFLOP/s", check: EXACT, quick, gpuOnly };
}

type Layer = [batch: number, side: number, inC: number, outC: number, kernel?: number, stride?: number];

const PASSES = { forward: "forward", images: "by images", weight: "by weight" };

function convolution(pass: Convolution["pass"], layer: Layer, quick = true): Convolution {
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

const allPasses = (...layer: Layer): Convolution[] =>
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
  // Logits read twice, their gradient written.
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
    check: pass === "inference" ? DEEP : DEEP_GRADIENT,
    quick: false,
    gpuOnly: false,
  };
}

/** All workloads, in the order they are run and shown. */
export const WORKLOADS: readonly Workload[] = [
  ...[512, 1024, 2048, 4096].map(matmul),
  // ResNet-32's.
  ...allPasses(128, 32, 16, 16),
  ...allPasses(128, 32, 16, 32, 3, 2),
  ...allPasses(128, 16, 32, 32),
  ...allPasses(128, 16, 32, 64, 3, 2),
  ...allPasses(128, 8, 64, 64),
  // ResNet-50's.
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
];

/** The rate of a workload that took so many milliseconds. */
export function rateOf({ amount }: Workload, ms: number): number {
  return amount / ms * 1000;
}

/**
 * Whether a peer's samples are those of ours, within the workload's tolerance. What is no number agrees with nothing: it
 * comes as null out of JSON, which counts as 0.
 */
export function agree({ check }: Workload, ours: readonly number[], theirs: readonly number[]): boolean {
  const level = Math.sqrt(ours.reduce((sum, value) => sum + value ** 2, 0) / ours.length);
  return theirs.length === ours.length && [...ours, ...theirs].every(Number.isFinite) &&
    theirs.every((v, i) => Math.abs(v - ours[i]) <= check * level);
}

/** All that a run of the comparison found, as it is written to JSON. */
export interface Comparison {
  /** When it began, ISO 8601. */
  date: string;
  /** What WebGPU ran on. */
  adapter: string;
  rows: Row[];
}
