// The layers of residual networks in TensorFlow.js, channels last.

import type { Layers } from "../guests/networks.ts";
import type { Named, Tf, TfTensor } from "./types.ts";

const EPS = 1e-5;

/** Makes layers over named tensors; batch norms use running estimates where these have names too. */
export function tfLayers(tf: Tf, named: Named): Layers<TfTensor> {
  return {
    conv: (x, name, [, kernel], stride) =>
      tf.conv2d(x, named[`${name}.weight`], stride, (kernel - 1) / 2, "NHWC", 1, "floor"),
    norm: (x, name) => {
      const of = (part: string) => named[`${name}.${part}`];
      const { mean, variance } = of("running_mean")
        ? { mean: of("running_mean"), variance: of("running_var") }
        : tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean, variance, of("bias"), of("weight"), EPS);
    },
    relu: (x) => x.relu(),
    add: (a, b) => a.add(b),
    shortcut: (x, channels) => {
      const c = x.shape[3];
      // TensorFlow.js has no gradient of a strided slice.
      const pixels = tf.avgPool(x, 1, 2, "valid");
      const more = (channels - c) / 2;
      return pixels.pad([[0, 0], [0, 0], [0, 0], [more, more]]);
    },
    maxPool: (x) => tf.maxPool(x, 3, 2, 1, "floor"),
    average: (x) => x.mean([1, 2]),
    linear: (x, name) => tf.matMul(x, named[`${name}.weight`], false, true).add(named[`${name}.bias`]),
    reuse: (x) => x,
  };
}
