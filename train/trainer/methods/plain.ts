import { type Batch, mixupDraw } from "../../../data/mod.ts";
import { add, expand, hits, mul, normalize, Parameters, shaped, type Tensor } from "../../../engine/mod.ts";
import { losses } from "../../config/schema/losses.ts";
import type { Inputs } from "../../features/inputs.ts";
import type { Method } from "./method.ts";
import type { Setup } from "../../setup/setup.ts";
import { forwardOf, networkWeights } from "../../setup/trained_part.ts";
import type { Share } from "../../team/share.ts";
import type { TrainConfig } from "../../config/schema/train.ts";

/**
 * Training on one view of every image, by a loss of its logits.
 *
 * Inputs of a step: images u8 [size, H, W, C] of this process, labels u32 [B] of all; with weights, weights [classes];
 * with mixup, images2 and labels2 too, and the scalars lambda and rest = 1 - lambda.
 */
export function plainMethod(setup: Setup, config: TrainConfig, share: Share): Method<Batch> {
  const { network, counts, device, statistics, train } = setup;
  const { mixup, loss: { name, weights: weighting }, seed } = config;
  const weights = new Parameters(device, networkWeights(network, config.train), "weights");
  const { classes, classifier, features: width } = network;
  const imageShape = [train.height, train.width, train.channels];

  const encode = (inputs: Inputs) =>
    network.forward(pixels(setup, inputs), forwardOf(network, config, share));
  const judge = (features: Tensor, { labels, labels2, lambda, rest, weights }: Inputs) => {
    const logits = classifier.logits(share.gather(features, labels.size));
    const lossOf = (labels: Tensor) => losses[name].of({ ...config.loss, logits, labels, counts, weights });
    const loss = labels2 ? add(mul(lambda, lossOf(labels)), mul(rest, lossOf(labels2))) : lossOf(labels);
    return { loss, hits: hits(logits, labels) };
  };
  return {
    share,
    judging: classifier.tensors,
    weights,
    stores: [statistics],
    fresh: (state) => state,
    inputs(count, own) {
      const images = { shape: [own, ...imageShape], dtype: "u8" } as const;
      const labels = { shape: [count], dtype: "u32" } as const;
      const scalar = { shape: [], dtype: "f32" } as const;
      return {
        images,
        labels,
        ...weighting !== "none" && { weights: { shape: [classes], dtype: "f32" } as const },
        ...mixup !== null && { images2: images, labels2: labels, lambda: scalar, rest: scalar },
      };
    },
    graph(inputs) {
      const { features, updates } = encode(inputs);
      return { ...judge(features, inputs), before: updates, after: [] };
    },
    phases: {
      width,
      head: classifier.tensors,
      encoded: ["images", ...mixup === null ? [] : ["images2", "lambda", "rest"]],
      encode,
      judge,
    },
    values({ images, images2: partners, labels, count }, { epoch, step, weights }) {
      const bytes = train.height * train.width * train.channels;
      const own = share.own(count);
      const shape = [own, ...imageShape];
      const values = {
        images: shaped(images.subarray(0, own * bytes), shape),
        labels: labels.subarray(0, count),
        ...weighting !== "none" && { weights },
      };
      if (mixup === null) return values;
      const { lambda, permutation } = mixupDraw(count, { seed, epoch, batch: step, alpha: mixup });
      return {
        ...values,
        images2: shaped(partners?.subarray(0, own * bytes) ?? permuted(images, permutation, bytes), shape),
        labels2: Uint32Array.from(permutation, (from) => labels[from]),
        lambda,
        rest: 1 - lambda,
      };
    },
    [Symbol.dispose]: () => weights[Symbol.dispose](),
  };
}

/** Images of so many bytes each, in another order. */
function permuted(images: Uint8Array, permutation: Uint32Array, bytes: number): Uint8Array {
  const all = new Uint8Array(permutation.length * bytes);
  permutation.forEach((from, to) => all.set(images.subarray(from * bytes, (from + 1) * bytes), to * bytes));
  return all;
}

/** Normalised images, blended with others by mixup: x' = lambda x + (1 - lambda) x2. */
function pixels({ dataset }: Setup, { images, images2, lambda, rest }: Inputs): Tensor {
  const x = normalize(images, dataset);
  if (!images2) return x;
  const x2 = normalize(images2, dataset);
  return add(mul(expand(lambda, images.shape), x), mul(expand(rest, images.shape), x2));
}
