// The workloads of the comparison, as data that every peer gets as one line of JSON.
//
// A formula gives the values (values.ts) by index into the layouts of this project, images [N, H, W, C] and filters
// [outC, k, k, inC], whatever the layout of the peer is. Samples of results are taken by the same layouts.

/** The fields of every workload. */
interface WorkloadBase {
  /** Unique name, with sizes. */
  name: string;
  /** Work of one run, which a rate counts: 1e9 floating-point operations, 1e9 bytes, or images. */
  amount: number;
  unit: "GFLOP/s" | "GB/s" | "images/s";
  /** Largest difference of a peer's sample from ours, in root mean squares of our samples. */
  check: number;
  /** Set where the slowest peer takes no more than some seconds. */
  quick: boolean;
  /** Left out on adapters that compute on the CPU. */
  gpuOnly: boolean;
}

/** `a b`, both [n, n], of seeds 1 and 2; result [n, n]. */
export interface Matmul extends WorkloadBase {
  kind: "matmul";
  n: number;
}

/** A convolution or one of its gradients: x, filters and the gradient of the result have seeds 1, 2 and 3. */
export interface Convolution extends WorkloadBase {
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
 * and the gradients by x, gamma and beta from the gradient of y (seed 2); result the gradient by x.
 */
export interface BatchNorm extends WorkloadBase {
  kind: "batch_norm";
  pass: "forward" | "backward";
  shape: [number, number, number, number];
}

/**
 * A loss and its gradient by the logits (seed 1, times 8), which is the result; labels `i * i % classes`. GML adds
 * `log N` of {@linkcode priorOf} and takes -log of the mean probability of each class, clamped at 1e-5.
 */
export interface Loss extends WorkloadBase {
  kind: "loss";
  loss: "cross_entropy" | "gml";
  batch: number;
  classes: number;
}

/** `m = .9 m + (g + 1e-4 p)`, `p -= .1 m`; p, m and g of seeds 1, 2, 3; result p after the first step. */
export interface Sgd extends WorkloadBase {
  kind: "sgd";
  size: number;
}

/** `a + b`, of seeds 1 and 2. */
export interface Add extends WorkloadBase {
  kind: "add";
  size: number;
}

/**
 * A residual network on images [batch, side, side, 3] of seed 1, times 4; its tensors by name ({@linkcode tensorValues}).
 * Inference gives logits [batch, classes], batch norms by running mean 0 and variance 1, eps 1e-5. Training is a whole
 * step: batch norms by the batch, cross-entropy of labels `i * i % classes`, SGD of rate .1, momentum .9, weight decay
 * 2e-4 on all tensors; the result is the momentum of `conv1.weight` after the first step.
 */
export interface NetworkRun extends WorkloadBase {
  kind: "network";
  network: "resnet32" | "resnet50";
  pass: "inference" | "training";
  batch: number;
  side: number;
  classes: number;
}

/** Bits of a product's operands: 24 of float32, or 11 of TF32, which GPUs may take in the place of float32. */
export type Precision = "f32" | "tf32";

/** A workload of any kind. */
export type Workload = Matmul | Convolution | BatchNorm | Loss | Sgd | Add | NetworkRun;
