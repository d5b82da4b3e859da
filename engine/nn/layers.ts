import { ShapeError } from "../graph/errors.ts";
import { batchNorm } from "../ops/norm/batch_norm.ts";
import { batchNormTraining } from "../ops/norm/batch_norm_training.ts";
import { syncBatchNorm } from "../ops/norm/sync_batch_norm.ts";
import { conv2d } from "../ops/conv/conv2d.ts";
import { runningMoments } from "../ops/effects/running_moments.ts";
import { parameter } from "../graph/source.ts";
import type { Communicator } from "../graph/communicator.ts";
import type { Tensor } from "../graph/node.ts";

/** Options of a forward pass, by which its batch norms normalise. */
export interface ForwardOptions {
  /**
   * Batch norms go by the batch, and ask for updates of their running estimates, as torch does in training mode;
   * default false: they go by the running estimates, and change nothing.
   */
  training?: boolean | undefined;
  /** Norms whose names begin with one of these go by their running estimates in training, too; default none. */
  frozen?: readonly string[] | undefined;
  /**
   * Processes that have a part of the batch each: norms that go by the batch go by that of all, as torch.nn.SyncBatchNorm;
   * default none.
   */
  communicator?: Communicator | undefined;
}

/** The batch norms of one forward pass: what they go by, and the updates that they ask for. */
export class BatchNorms {
  /** Updates of running estimates, to be given to a plan; who leaves them out keeps the estimates as they are. */
  readonly updates: Tensor[] = [];

  /** Begins a pass. */
  constructor(private readonly options: ForwardOptions = {}) {}

  /** Other processes that have a part of the batch, and this one; null where there are none. */
  get communicator(): Communicator | null {
    const { communicator } = this.options;
    return communicator && communicator.size > 1 ? communicator : null;
  }

  /** True if the norm of this name goes by the batch. */
  goByBatch(name: string): boolean {
    const { training = false, frozen = [] } = this.options;
    return training && !frozen.some((stage) => `${name}.`.startsWith(stage));
  }
}

/** A part of a network that may hold batch norms. */
export type Block = (x: Tensor, norms: BatchNorms) => Tensor;

/** Share of the batch in torch's running estimates. */
const MOMENTUM = 0.1;

/** The trainable tensors and the running estimates of a network, under torch's names. */
export class Registry {
  readonly weights: Tensor[] = [];
  readonly statistics: Tensor[] = [];

  /** A convolution without bias: weight [outC, k, k, inC / groups] named `<name>.weight`. */
  conv(
    name: string,
    inC: number,
    outC: number,
    kernel: number,
    stride = 1,
    groups = 1,
  ): (x: Tensor) => Tensor {
    const weight = this.weight(`${name}.weight`, [outC, kernel, kernel, inC / groups]);
    return (x) => conv2d(x, weight, { stride, padding: (kernel - 1) / 2, groups });
  }

  /** A batch norm with torch's names and momentum. */
  norm(name: string, channels: number): Block {
    const gamma = this.weight(`${name}.weight`, [channels]);
    const beta = this.weight(`${name}.bias`, [channels]);
    const mean = this.#statistic(`${name}.running_mean`, channels);
    const variance = this.#statistic(`${name}.running_var`, channels);
    return (x, norms) => {
      if (!norms.goByBatch(name)) return batchNorm(x, { gamma, beta, mean, variance });
      if (norms.communicator) {
        const { y, unbiased } = syncBatchNorm(x, { gamma, beta }, norms.communicator);
        norms.updates.push(runningMoments(mean, variance, unbiased, { momentum: MOMENTUM, count: Infinity }));
        return y;
      }
      const count = x.size / channels;
      if (count < 2) {
        throw new ShapeError(
          `Cannot normalise ${x.describe()} by its batch: it takes two values of each channel or more, ` +
            `current is ${count}: a single image, the last batch of an epoch or a part of one, has no variance where one ` +
            "pixel is left of it: take other batches, larger images, or frozen statistics",
        );
      }
      const { y, moments } = batchNormTraining(x, { gamma, beta });
      norms.updates.push(runningMoments(mean, variance, moments, { momentum: MOMENTUM, count }));
      return y;
    };
  }

  /** A trainable tensor. */
  weight(name: string, shape: number[]): Tensor {
    const tensor = parameter(name, shape);
    this.weights.push(tensor);
    return tensor;
  }

  #statistic(name: string, channels: number): Tensor {
    const tensor = parameter(name, [channels]);
    this.statistics.push(tensor);
    return tensor;
  }
}
