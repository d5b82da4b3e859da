// Builds residual networks for peers that have none of their own, from the layers that each peer gives.

import type { NetworkRun } from "../workloads.ts";

/** The layers of a peer over its own tensors. Shapes are those of this project's parameters. */
export interface Layers<T> {
  /** Convolution without bias, padded by zeros; weight `<name>.weight` [outC, k, k, inC]. */
  conv(x: T, name: string, shape: [number, number, number, number], stride: number): T;
  /** Batch norm by `<name>.weight` and `<name>.bias` [channels]. */
  norm(x: T, name: string, channels: number): T;
  relu(x: T): T;
  add(a: T, b: T): T;
  /** Takes every second pixel and adds channels of zeros, half before and half after. */
  shortcut(x: T, channels: number): T;
  /** Maximum over 3x3, stride 2, padding 1. */
  maxPool(x: T): T;
  /** The mean of each channel, [N, C]. */
  average(x: T): T;
  /** Affine map by `<name>.weight` [out, in] and `<name>.bias` [out]. */
  linear(x: T, name: string, shape: [number, number]): T;
  /** Returns x for one more use, in peers that free a tensor at its use. */
  reuse(x: T): T;
}

/** Computes logits [N, classes] of images. */
export function forward<T>({ network, classes }: NetworkRun, layers: Layers<T>, images: T): T {
  return network === "resnet32" ? resnet32(classes, layers, images) : resnet50(classes, layers, images);
}

/** Source: K. He et al., 2016, section 4.2. */
function resnet32<T>(classes: number, layers: Layers<T>, images: T): T {
  let x = layers.relu(layers.norm(layers.conv(images, "conv1", [16, 3, 3, 3], 1), "bn1", 16));
  let into = 16;
  for (const [stage, width] of [16, 32, 64].entries()) {
    for (let i = 0; i < 5; i++) {
      const name = `layer${stage + 1}.${i}`;
      const stride = width === into ? 1 : 2;
      const skip = stride === 1 ? layers.reuse(x) : layers.shortcut(layers.reuse(x), width);
      const y = convNorm(layers, x, name, 1, [width, 3, 3, into], stride);
      x = layers.relu(layers.add(convNorm(layers, layers.relu(y), name, 2, [width, 3, 3, width], 1), skip));
      into = width;
    }
  }
  return layers.linear(layers.average(x), "linear", [classes, 64]);
}

/** Source: K. He et al., 2016, section 4.1; the stride is in the 3x3 convolution, as in torchvision. */
function resnet50<T>(classes: number, layers: Layers<T>, images: T): T {
  let x = layers.relu(layers.norm(layers.conv(images, "conv1", [64, 7, 7, 3], 2), "bn1", 64));
  x = layers.maxPool(x);
  let into = 64;
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    const [inner, outer] = [64 * 2 ** stage, 256 * 2 ** stage];
    for (let i = 0; i < blocks; i++) {
      const name = `layer${stage + 1}.${i}`;
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const before = layers.reuse(x);
      const skip = i > 0 ? before : layers.norm(
        layers.conv(before, `${name}.downsample.0`, [outer, 1, 1, into], stride),
        `${name}.downsample.1`,
        outer,
      );
      x = layers.relu(convNorm(layers, x, name, 1, [inner, 1, 1, into], 1));
      x = layers.relu(convNorm(layers, x, name, 2, [inner, 3, 3, inner], stride));
      x = layers.relu(layers.add(convNorm(layers, x, name, 3, [outer, 1, 1, inner], 1), skip));
      into = outer;
    }
  }
  return layers.linear(layers.average(x), "fc", [classes, 2048]);
}

/** A convolution and its batch norm. */
function convNorm<T>(
  layers: Layers<T>,
  x: T,
  block: string,
  i: number,
  shape: [number, number, number, number],
  stride: number,
): T {
  return layers.norm(layers.conv(x, `${block}.conv${i}`, shape, stride), `${block}.bn${i}`, shape[0]);
}

/** Lists names and shapes of all trainable tensors. */
export function tensorShapes(run: NetworkRun): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const nothing = () => null;
  forward<null>(run, {
    conv: (_, name, shape) => (shapes.set(`${name}.weight`, shape), null),
    norm: (
      _,
      name,
      channels,
    ) => (shapes.set(`${name}.weight`, [channels]), shapes.set(`${name}.bias`, [channels]), null),
    linear: (
      _,
      name,
      shape,
    ) => (shapes.set(`${name}.weight`, shape), shapes.set(`${name}.bias`, [shape[0]]), null),
    relu: nothing,
    add: nothing,
    shortcut: nothing,
    maxPool: nothing,
    average: nothing,
    reuse: nothing,
  }, null);
  return shapes;
}
