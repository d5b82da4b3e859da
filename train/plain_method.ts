import { mixupDraw } from "../data/mod.ts";
import { add, correct, expand, input, mul, normalize, Parameters, type Tensor } from "../engine/mod.ts";
import { losses } from "./losses.ts";
import type { Method } from "./method.ts";
import type { Setup } from "./setup.ts";
import { forwardOf, networkWeights } from "./trained_part.ts";
import type { TrainConfig } from "./train_schema.ts";

/**
 * Training on one view of every image, by a loss of its logits.
 *
 * Inputs of a step: images u8 [size, H, W, C], labels u32 [size]; with weights, weights [classes]; with mixup, images2
 * and labels2 too, and the scalars lambda and rest = 1 - lambda.
 */
export function plainMethod(setup: Setup, config: TrainConfig): Method {
  const { network, counts, device, statistics, train } = setup;
  const { mixup, loss: { name, weights: weighting }, seed } = config;
  const weights = new Parameters(device, networkWeights(network, config.train), "weights");
  const { classes, classifier, features: width } = network;
  /** The scalars of mixup. A graph of both phases has them once. */
  const blendOf = () => mixup === null ? null : { lambda: input("lambda", []), rest: input("rest", []) };

  const encode = (size: number, blend = blendOf()) =>
    network.forward(pixels(setup, size, blend), forwardOf(network, config));
  const judge = (features: Tensor, blend = blendOf()) => {
    const size = features.shape[0];
    const labels = input("labels", [size], "u32");
    const logits = classifier.logits(features);
    const ofClasses = weighting === "none" ? undefined : input("weights", [classes]);
    const lossOf = (labels: Tensor) =>
      losses[name].of({ ...config.loss, logits, labels, counts, weights: ofClasses });
    const loss = blend
      ? add(mul(blend.lambda, lossOf(labels)), mul(blend.rest, lossOf(input("labels2", [size], "u32"))))
      : lossOf(labels);
    return { loss, hits: correct(logits, labels) };
  };
  return {
    weights,
    stores: [statistics],
    fresh: (state) => state,
    graph(size) {
      const blend = blendOf();
      const { features, updates } = encode(size, blend);
      return { ...judge(features, blend), before: updates, after: [] };
    },
    phases: {
      width,
      head: classifier.tensors,
      encode: (size) => encode(size),
      judge: (features) => judge(features),
    },
    feeds({ images, labels, count }, { epoch, step, weights }) {
      const bytes = train.height * train.width * train.channels;
      const feeds = {
        images: images.subarray(0, count * bytes),
        labels: labels.subarray(0, count),
        ...weighting !== "none" && { weights },
      };
      if (mixup === null) return feeds;
      const { lambda, permutation } = mixupDraw(count, { seed, epoch, batch: step, alpha: mixup });
      const images2 = new Uint8Array(count * bytes);
      permutation.forEach((from, to) =>
        images2.set(images.subarray(from * bytes, (from + 1) * bytes), to * bytes)
      );
      return {
        ...feeds,
        images2,
        labels2: Uint32Array.from(permutation, (from) => labels[from]),
        lambda: Float32Array.of(lambda),
        rest: Float32Array.of(1 - lambda),
      };
    },
    [Symbol.dispose]: () => weights[Symbol.dispose](),
  };
}

/** Normalised images, blended with others by mixup: x' = lambda x + (1 - lambda) x2. */
function pixels(
  { dataset, train }: Setup,
  size: number,
  blend: { lambda: Tensor; rest: Tensor } | null,
): Tensor {
  const shape = [size, train.height, train.width, train.channels];
  const x = normalize(input("images", shape, "u8"), dataset);
  if (!blend) return x;
  const x2 = normalize(input("images2", shape, "u8"), dataset);
  return add(mul(expand(blend.lambda, shape), x), mul(expand(blend.rest, shape), x2));
}
