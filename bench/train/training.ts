// A training step of a residual network for benches: cross-entropy, gradients of all weights, SGD and running
// statistics, in one plan.

import {
  accumulateMetrics,
  type Communicator,
  crossEntropy,
  type Device,
  type Feeds,
  grad,
  hits,
  initState,
  input,
  loadState,
  lossScale,
  networkOf,
  normalize,
  parameter,
  Parameters,
  type PlanSpec,
  type Precision,
  reduceGradients,
  scaleLoss,
  sgd,
  type Tensor,
  unscale,
} from "../../engine/mod.ts";
import { feedsOf } from "./resnet32.ts";

/** The network to train, and its batches. */
export interface TrainingJob {
  /** Name of the network. */
  network: string;
  batch: number;
  /** Height and width of an image. */
  side: number;
  classes?: number;
  precision?: Precision;
  /** Processes that add up their gradients. */
  communicator?: Communicator;
  /** True for batch norms that go by the images of all processes. */
  syncBatchNorm?: boolean;
}

/** The graph of a step with its stores on the device, and the values of its inputs. */
interface TrainingStep extends Disposable {
  spec: PlanSpec;
  feeds: Feeds;
  /** Number of weights. */
  weights: number;
}

/** Makes the graph of a step and its stores, with weights initialised from seed 0; makes no plan. */
export function trainingStep(device: Device, job: TrainingJob): TrainingStep {
  const { batch, side, classes = 100, precision = "f32", communicator } = job;
  using open = new DisposableStack();
  const network = networkOf(job.network, { classes, channels: 3 });
  const trained = [...network.backbone, ...network.classifier.tensors];
  const weights = open.use(new Parameters(device, trained, "weights"));
  const optimizer = open.use(sgd(weights, { momentum: 0.9, weightDecay: 2e-4 }));
  const statistics = open.use(new Parameters(device, network.statistics, "running statistics"));
  const sums = parameter("sums", [8]);
  const guard = open.use(new Parameters(device, [sums], "sums"));
  loadState([weights, statistics], initState(network, 0));

  const pixels = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
  const images = normalize(input("images", [batch, side, side, 3], "u8"), pixels);
  const labels = input("labels", [batch], "u32");
  const norms = job.syncBatchNorm && communicator ? { communicator } : {};
  const { features, updates } = network.forward(images, { training: true, ...norms });
  const logits = network.classifier.logits(features);
  const loss = crossEntropy(logits, labels);
  const scale = open.use(lossScale(device));
  const { rescale, ...scaled } = unscale(scale, weights, grad(scaleLoss(loss, scale), trained));
  const half = precision === "f16";
  const { gradients: own, unscaled } = half ? scaled : { gradients: grad(loss, trained) };
  const gradients = communicator && !half ? reduceGradients(own as Tensor[], communicator) : own;
  const update = optimizer.step(gradients, input("lr", []), { guard: sums, unscaled });
  const owned = open.move();
  return {
    spec: {
      updates: [
        ...updates,
        accumulateMetrics(sums, loss, hits(logits, labels)),
        update,
        ...half ? [rescale] : [],
      ],
      parameters: [weights, optimizer.state, statistics, guard, scale],
      precision,
    },
    weights: trained.reduce((sum, { size }) => sum + size, 0),
    feeds: {
      ...feedsOf(batch, side),
      labels: Uint32Array.from({ length: batch }, (_, i) => (i * 37) % classes),
      lr: Float32Array.of(0.01),
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}
