// The graphs whose kernels are measured: products and convolutions of the networks here, norms, a loss, plain copies.

import type { Family, Tensor } from "../../engine/graph/node.ts";
import { crossEntropy } from "../../engine/nn/losses.ts";
import { batchNormTraining } from "../../engine/ops/norm/batch_norm_training.ts";
import { conv2d } from "../../engine/ops/conv/conv2d.ts";
import { linear } from "../../engine/ops/matmul/linear.ts";
import { matmul } from "../../engine/ops/matmul/matmul.ts";
import { relu } from "../../engine/ops/arithmetic/relu.ts";
import { constant, input } from "../../engine/graph/source.ts";
import { grad, pullback } from "../../engine/autodiff/differentiate.ts";
import { type Shape, sizeOf } from "../../engine/kernel/shape.ts";
import type { KernelCase } from "./measure.ts";
import { inPlace, sink } from "./places.ts";

/** Values that are neither zero nor denormal: some adapters take longer over those. */
function values(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.4995);
}

const constantOf = (...shape: number[]): Tensor => constant(values(sizeOf(shape)), shape);

function kernelCase(
  op: string,
  shape: string,
  family: Family,
  x: Shape,
  build: (x: Tensor) => Tensor,
): KernelCase {
  const outputs = { y: sink(build(inPlace(input("x", x)))) };
  return { op, shape, family, outputs, feeds: { x: values(sizeOf(x)) } };
}

function product(family: Family, m: number, k: number, n: number): KernelCase {
  return kernelCase("matmul", `${m} x ${k} x ${n}`, family, [m, k], (x) => matmul(x, constantOf(k, n)));
}

/** A 3x3 convolution: batch, side of the images, input and output channels, stride. */
type ConvLayer = [batch: number, side: number, inC: number, outC: number, stride?: number];

function convolution(family: Family, ...layer: ConvLayer): KernelCase {
  const { images, weight, options, shape } = convOperands(layer);
  return kernelCase("conv2d", shape, family, images, (x) => conv2d(x, weight, options));
}

/** The gradient of a convolution by the images or by the weight, from the gradient of its result. */
function gradientOf(by: "images" | "weight", family: Family, ...layer: ConvLayer): KernelCase {
  const { images, weight, options, shape } = convOperands(layer);
  const x = inPlace(constantOf(...images));
  const y = conv2d(x, weight, options);
  const wrt = { images: x, weight }[by];
  return kernelCase(`conv2d by ${by}`, shape, family, y.shape, (dy) => pullback(y, dy, [wrt])[0]);
}

function convOperands([batch, side, inC, outC, stride = 1]: ConvLayer) {
  return {
    images: [batch, side, side, inC],
    weight: constantOf(outC, 3, 3, inC),
    options: { stride, padding: 1 },
    shape: `3x3 ${inC} to ${outC}, ${batch}x${side}x${side}${stride > 1 ? `, stride ${stride}` : ""}`,
  };
}

function loss(family: Family, batch: number, classes: number): KernelCase {
  const logits = inPlace(input("x", [batch, classes]));
  const value = crossEntropy(logits, input("labels", [batch], "u32"));
  const [gradient] = grad(value, [logits]);
  const labels = Uint32Array.from({ length: batch }, (_, i) => (i * 31) % classes);
  const feeds = { x: values(batch * classes), labels };
  return {
    op: "softmax_nll",
    shape: `forward and backward ${batch}x${classes}`,
    family,
    outputs: { loss: value, gradient: sink(gradient) },
    feeds,
  };
}

/** A batch norm by the batch's own moments with a relu, and their gradient by x, from the gradient of the result. */
function batchNorms(family: Family, images: Shape): KernelCase[] {
  const vectors = { gamma: constantOf(images.at(-1)!), beta: constantOf(images.at(-1)!) };
  const of = (x: Tensor) => relu(batchNormTraining(x, vectors).y);
  const x = inPlace(constantOf(...images));
  const shape = `with relu ${images.join("x")}`;
  return [
    kernelCase("batch_norm", shape, family, images, of),
    kernelCase("batch_norm by x", shape, family, images, (dy) => pullback(of(x), dy, [x])[0]),
  ];
}

/** Makes the cases of a family. @param small Makes smaller cases, for a family whose kernels are slow here. */
export function kernelCases(family: Family, small: boolean): KernelCase[] {
  const batch = small ? 8 : 128;
  const layers: ConvLayer[] = [
    [batch, 32, 3, 16],
    [batch, 32, 16, 16],
    [batch, 32, 16, 32, 2],
    [batch, 16, 32, 32],
    [batch, 16, 32, 64, 2],
    [batch, 8, 64, 64],
  ];
  return [
    ...(small ? [256] : [256, 512, 1024]).map((n) => product(family, n, n, n)),
    // ImageNet-LT's classifier on 2,048 features, batch 512: its logits, and the gradient of its weight.
    ...small ? [] : [product(family, 512, 2048, 1000), product(family, 1000, 512, 2048)],
    ...layers.map((layer) => convolution(family, ...layer)),
    ...layers.slice(1).map((layer) => gradientOf("images", family, ...layer)),
    ...layers.map((layer) => gradientOf("weight", family, ...layer)),
    ...[[batch, 32, 32, 16], [batch, 8, 8, 64]].flatMap((images) => batchNorms(family, images)),
    kernelCase(
      "linear",
      "128x64 to 100",
      family,
      [128, 64],
      (x) => linear(x, constantOf(100, 64), constantOf(100)),
    ),
    loss(family, 512, 1000),
    kernelCase("relu", "2 M values", family, [128, 32, 32, 16], relu),
  ];
}
