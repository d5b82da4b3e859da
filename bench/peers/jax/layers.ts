// The layers of residual networks in jax-js.

import type { Jax, JaxArray, Named } from "./types.ts";
import type { Layers } from "../guests/networks.ts";

const EPS = 1e-5;

/** Makes layers over named arrays; batch norms use running estimates where these have names too. */
export function jaxLayers(jax: Jax, named: Named): Layers<JaxArray> {
  const { numpy: np, nn, lax } = jax;
  return {
    conv: (x, name, [, kernel], stride) => {
      const edge: [number, number] = [(kernel - 1) / 2, (kernel - 1) / 2];
      return lax.conv(x, named[`${name}.weight`], [stride, stride], [edge, edge]);
    },
    norm: (x, name) => {
      const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
        named[`${name}.${part}`]
      );
      return mean ? scaled(jax, x, { gamma, beta, mean, variance }) : normalise(jax, x, gamma, beta);
    },
    relu: (x) => nn.relu(x),
    add: (a, b) => a.add(b),
    shortcut: (x, channels) => {
      const [n, c, h, w] = x.shape;
      const pixels = x.reshape([n, c, h / 2, 2, w / 2, 2]).slice([], [], [], 0, [], 0);
      const more = (channels - c) / 2;
      return np.pad(pixels, [[0, 0], [more, more], [0, 0], [0, 0]]);
    },
    // The values come out of a relu, so that padding by zeros changes no maximum.
    maxPool: (x) =>
      lax.reduceWindow(np.pad(x, [[0, 0], [0, 0], [1, 1], [1, 1]]), (window) => np.max(window), [3, 3], [
        2,
        2,
      ]),
    average: (x) => np.mean(x, [2, 3]),
    linear: (x, name) => np.matmul(x, np.transpose(named[`${name}.weight`])).add(named[`${name}.bias`]),
    reuse: (x) => x.ref,
  };
}

const column = (vector: JaxArray) => vector.reshape([1, vector.shape[0], 1, 1]);

/** Normalises x [N, C, H, W] by the batch's own moments. */
export function normalise({ numpy: np }: Jax, x: JaxArray, gamma: JaxArray, beta: JaxArray): JaxArray {
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
  const centred = x.sub(mean);
  const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
  return centred.div(np.sqrt(variance.add(EPS))).mul(column(gamma)).add(column(beta));
}

function scaled({ numpy: np }: Jax, x: JaxArray, vectors: Named): JaxArray {
  const { gamma, beta, mean, variance } = vectors;
  const scale = gamma.div(np.sqrt(variance.add(EPS)));
  return x.sub(column(mean)).mul(column(scale)).add(column(beta));
}

/** Makes a step of SGD under jit. @returns A function that returns new weights and momenta. */
export function sgdStep(
  jax: Jax,
  loss: (named: Named, images: JaxArray, hot: JaxArray) => JaxArray,
): (weights: Named, momenta: Named, images: JaxArray, hot: JaxArray) => [Named, Named] {
  return jax.jit((weights: Named, momenta: Named, images: JaxArray, hot: JaxArray) => {
    const kept = Object.fromEntries(Object.entries(weights).map(([name, { ref }]) => [name, ref]));
    const [value, gradients] = jax.valueAndGrad(loss)(weights, images, hot);
    value.dispose();
    const [newWeights, newMomenta]: [Named, Named] = [{}, {}];
    for (const [name, gradient] of Object.entries(gradients)) {
      const weight = kept[name];
      const momentum = momenta[name].mul(0.9).add(gradient.add(weight.ref.mul(2e-4)));
      newMomenta[name] = momentum;
      newWeights[name] = weight.sub(momentum.ref.mul(0.1));
    }
    return [newWeights, newMomenta] as [Named, Named];
  });
}
