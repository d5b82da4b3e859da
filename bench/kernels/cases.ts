// What the bench of the kernels measures: the products and convolutions of the networks here, a loss, plain memory.

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
import type { Case } from "./measure.ts";
import { inPlace, sink } from "./places.ts";

/** Values that are neither zero nor denormal: some adapters take longer over those. */
function values(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.4995);
}

const known = (...shape: number[]): Tensor => constant(values(sizeOf(shape)), shape);

function caseOf(op: string, shape: string, family: Family, x: Shape, build: (x: Tensor) => Tensor): Case {
  const outputs = { y: sink(build(inPlace(input("x", x)))) };
  return { op, shape, family, outputs, feeds: { x: values(sizeOf(x)) } };
}

function product(family: Family, m: number, k: number, n: number): Case {
  return caseOf("matmul", `${m} x ${k} x ${n}`, family, [m, k], (x) => matmul(x, known(k, n)));
}

/** A 3x3 convolution: batch, side of the images, input and output channels, stride. */
type Layer = [batch: number, side: number, inC: number, outC: number, stride?: number];

function convolution(family: Family, ...layer: Layer): Case {
  const { images, weight, options, shape } = partsOf(layer);
  return caseOf("conv2d", shape, family, images, (x) => conv2d(x, weight, options));
}

/** Its gradient by the images or by the weight, from that of its result. */
function gradientOf(by: "images" | "weight", family: Family, ...layer: Layer): Case {
  const { images, weight, options, shape } = partsOf(layer);
  const x = inPlace(known(...images));
  const y = conv2d(x, weight, options);
  const wrt = { images: x, weight }[by];
  return caseOf(`conv2d by ${by}`, shape, family, y.shape, (dy) => pullback(y, dy, [wrt])[0]);
}

function partsOf([batch, side, inC, outC, stride = 1]: Layer) {
  return {
    images: [batch, side, side, inC],
    weight: known(outC, 3, 3, inC),
    options: { stride, padding: 1 },
    shape: `3x3 ${inC} to ${outC}, ${batch}x${side}x${side}${stride > 1 ? `, stride ${stride}` : ""}`,
  };
}

function loss(family: Family, batch: number, classes: number): Case {
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

/** A batch norm by the batch's own moments and the relu behind it; and its gradient by x, from that of its result. */
function norms(family: Family, images: Shape): Case[] {
  const vectors = { gamma: known(images.at(-1)!), beta: known(images.at(-1)!) };
  const of = (x: Tensor) => relu(batchNormTraining(x, vectors).y);
  const x = inPlace(known(...images));
  const shape = `with relu ${images.join("x")}`;
  return [
    caseOf("batch_norm", shape, family, images, of),
    caseOf("batch_norm by x", shape, family, images, (dy) => pullback(of(x), dy, [x])[0]),
  ];
}

/** The cases of a family; small ones where its kernels are slow. */
export function casesOf(family: Family, small: boolean): Case[] {
  const batch = small ? 8 : 128;
  const layers: Layer[] = [
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
    ...[[batch, 32, 32, 16], [batch, 8, 8, 64]].flatMap((images) => norms(family, images)),
    caseOf("linear", "128x64 to 100", family, [128, 64], (x) => linear(x, known(100, 64), known(100))),
    loss(family, 512, 1000),
    caseOf("relu", "2 M values", family, [128, 32, 32, 16], relu),
  ];
}
