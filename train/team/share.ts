import { allGather, type Communicator, pack, reduceGradients, type Tensor } from "../../engine/mod.ts";

/**
 * The division of batches among processes: each runs its own samples through the backbone, and gathers the features of all,
 * so that each knows the loss of the whole batch, whatever the loss. Gradients of the backbone are added up.
 */
export class Share {
  /**
   * @param communicator The processes; null: this one alone.
   * @param lead Lets the others take a step while this process takes it; for their leader alone.
   */
  constructor(
    readonly communicator: Communicator | null,
    private readonly lead: (take: () => Promise<void>) => Promise<void> = (take) => take(),
  ) {}

  /** Takes a step that is ready to run, with all processes. */
  step(take: () => Promise<void>): Promise<void> {
    return this.lead(take);
  }

  /** Samples of a batch for each rank, as even as can be: 10 of 3 ranks are 4, 3 and 3. */
  sizes(count: number): number[] {
    const ranks = this.communicator?.size ?? 1;
    const larger = count % ranks;
    return Array.from({ length: ranks }, (_, rank) => Math.floor(count / ranks) + (rank < larger ? 1 : 0));
  }

  /** This process's samples of a batch. */
  own(count: number): number {
    return this.sizes(count)[this.communicator?.rank ?? 0];
  }

  /** This process's samples among those of a batch. */
  ownOf(samples: Uint32Array): Uint32Array {
    const sizes = this.sizes(samples.length);
    const rank = this.communicator?.rank ?? 0;
    const from = sizes.slice(0, rank).reduce((a, b) => a + b, 0);
    return samples.subarray(from, from + sizes[rank]);
  }

  /** The rows [count, ...] of a whole batch from this process's own rows. */
  gather(own: Tensor, count: number): Tensor {
    return this.communicator ? allGather(own, this.communicator, this.sizes(count)) : own;
  }

  /**
   * The sums of gradients over all processes, packed; alone the gradients as they are.
   *
   * @param isWhole Tells the gradients that each process knows in full.
   */
  reduce(gradients: readonly Tensor[], isWhole: (index: number) => boolean): readonly Tensor[] | Tensor {
    const { communicator } = this;
    if (!communicator) return gradients;
    const neighbours: { isWhole: boolean; tensors: Tensor[] }[] = [];
    gradients.forEach((gradient, i) => {
      const last = neighbours.at(-1);
      if (last?.isWhole === isWhole(i)) last.tensors.push(gradient);
      else neighbours.push({ isWhole: isWhole(i), tensors: [gradient] });
    });
    return pack(
      neighbours.map(({ isWhole, tensors }) =>
        isWhole ? pack(tensors) : reduceGradients(tensors, communicator)
      ),
    );
  }
}

/** One process alone. */
export const alone = new Share(null);
