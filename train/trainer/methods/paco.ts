// PaCo: parametric contrastive learning, with a momentum encoder and a queue of its keys.
//
//   q = unit(head(f(x1)))        the first view, by the trained network and a projection head
//   k = unit(head'(f'(x2)))      the second view, by the key network: the trained network's tensors, averaged over the steps
//   loss = pacoLoss(z(f(x1)), q, k, queue)
//   after the optimiser's step: key = momentum key + (1 - momentum) trained; the queue drops its oldest keys for k
//
// The whole step is one plan: the average sees the new weights, the next step the new average, as in the public code. The
// key network has running statistics of its own; its batch norms go by the batch, as those of the trained network do.
//
// The public code begins with random vectors of random classes in its queue; here the places are empty until they are
// filled, by 8 steps of 128 images: nothing is compared with an image that there never was.
//
// Source: J. Cui et al., "Parametric Contrastive Learning", ICCV 2021.
import type { Batch } from "../../../data/mod.ts";
import {
  asNumbers,
  averageWeights,
  constant,
  enqueue,
  hits,
  initTensors,
  l2Normalize,
  nameOf,
  normalize,
  pacoLoss,
  parameter,
  Parameters,
  projection,
  shaped,
  substitute,
  type Tensor,
} from "../../../engine/mod.ts";
import type { Method } from "./method.ts";
import type { Setup } from "../../setup/setup.ts";
import { forwardOf, networkWeights } from "../../setup/trained_part.ts";
import type { Share } from "../../team/share.ts";
import type { TrainConfig } from "../../config/schema/train.ts";

/** Keeps the draws of the projection head apart from other draws of the same seed. */
const PROJECTION = 0x70616363;

/** Class of an empty place in the queue. */
const EMPTY = -1;

/**
 * PaCo with the constants of a config.
 *
 * Inputs of a step: images and images2, two views u8 [size, H, W, C] of this process, and labels u32 [B] of all. Each
 * process queues the keys of all.
 */
export function pacoMethod(
  setup: Setup,
  config: TrainConfig,
  paco: NonNullable<TrainConfig["paco"]>,
  share: Share,
): Method<Batch> {
  const { network, counts, dataset, device, statistics, train } = setup;
  const head = projection(network.features, paco.features);
  using open = new DisposableStack();
  const own = (tensors: readonly Tensor[], label: string) => open.use(new Parameters(device, tensors, label));
  const weights = own([...networkWeights(network, config.train), ...head.weights], "weights");
  const headStatistics = own(head.statistics, "running statistics of the projection");
  const trained = [weights, statistics, headStatistics];
  const keys = trained.map((store) => open.use(store.like("key")));
  const queue = parameter("queue", [paco.queue, paco.features]);
  const queueLabels = parameter("labels of the queue", [paco.queue]);
  const queueStore = own([queue, queueLabels], "queue");
  const keyOf = new Map(
    trained.flatMap(({ tensors }, i) => tensors.map((tensor, n) => [tensor, keys[i].tensors[n]] as const)),
  );
  const opened = open.move();

  const shapeOf = (count: number) => [count, train.height, train.width, train.channels];
  /** Features [size, F], their projection [size, D], of length 1, and updates of the running estimates. */
  const encode = (images: Tensor) => {
    const options = forwardOf(network, config, share);
    const { features, updates } = network.forward(normalize(images, dataset), options);
    const { projected, updates: ofHead } = head.forward(features, options);
    return { features, directions: l2Normalize(projected), updates: [...updates, ...ofHead] };
  };
  return {
    share,
    judging: network.classifier.tensors,
    weights,
    stores: [statistics, headStatistics, ...keys, queueStore],
    fresh(state) {
      const begun = new Map([
        ...state,
        ...initTensors(head.weights, config.seed, PROJECTION),
        ...initTensors(head.statistics, config.seed, PROJECTION),
      ]);
      for (const [tensor, key] of keyOf) begun.set(nameOf(key), begun.get(nameOf(tensor))!);
      begun.set(nameOf(queue), new Float32Array(queue.size));
      return begun.set(nameOf(queueLabels), new Float32Array(queueLabels.size).fill(EMPTY));
    },
    inputs(count, own) {
      const images = { shape: shapeOf(own), dtype: "u8" } as const;
      return { images, images2: images, labels: { shape: [count], dtype: "u32" } };
    },
    graph({ images, images2, labels }) {
      const { classes, classifier } = network;
      const first = encode(images);
      const second = encode(images2);
      const [ownKeys, ...keyUpdates] = substitute([second.directions, ...second.updates], keyOf);
      const [features, directions, newKeys] = [first.features, first.directions, ownKeys]
        .map((own) => share.gather(own, labels.size));
      const logits = classifier.logits(features);
      const logPrior = constant(Array.from(counts, (count) => Math.log(count / train.count)), [classes]);
      const parts = { logits, features: directions, keys: newKeys, queue, queueLabels, labels };
      return {
        loss: pacoLoss({ ...paco, gamma: paco.negatives, ...parts, logPrior }),
        hits: hits(logits, labels),
        before: [
          ...first.updates,
          ...keyUpdates,
          enqueue(queue, newKeys),
          enqueue(queueLabels, asNumbers(labels, classes)),
        ],
        after: [averageWeights(keys[0], weights, { decay: paco.momentum })],
      };
    },
    phases: "PaCo compares each image with the keys of its whole batch",
    values({ images, images2, labels, count }) {
      const own = share.own(count);
      const bytes = own * train.height * train.width * train.channels;
      return {
        images: shaped(images.subarray(0, bytes), shapeOf(own)),
        images2: shaped(images2!.subarray(0, bytes), shapeOf(own)), // of the policy paco
        labels: labels.subarray(0, count),
      };
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}
