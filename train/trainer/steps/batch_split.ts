import {
  mebibytes,
  MemoryError,
  memoryTable,
  type Parameters,
  type PlanSize,
  ShapeError,
} from "../../../engine/mod.ts";
import { type Choice, firstFitting, halves, partsOf } from "../../features/batch_parts.ts";
import { measureSplit } from "./split_step.ts";
import { measureWhole, type StepParts } from "./step_plans.ts";

/** The parts of this process's images of a batch, in their order. */
interface Parts extends Choice {
  sizes: readonly number[];
  /** Images that a process takes at once, at most. */
  most: number;
  /** True if the batch goes through one plan; so it does in all processes, or in none. */
  isWhole: boolean;
}

/**
 * Splits a trainer's batches into parts: as the config says, or into as few as there is room for. The room is what the
 * budget leaves at first, so that a resumed run takes the same parts.
 */
export class BatchSplit {
  /** Bytes that the plans may take. */
  readonly #room: number;
  /** Bytes that reading everything back takes. */
  readonly #reserve: number;
  readonly #known = new Map<number, Parts>();

  /**
   * @param batches Images of each size of batch that there will be, the largest first.
   * @param kept Stores that the trainer reads back to the host, which takes room beside its plans.
   * @throws {MemoryError} when there is no room for a batch, not even image by image.
   * @throws {ShapeError} when a batch has too few images for batch norms that go by the batch.
   */
  constructor(private readonly parts: StepParts, batches: readonly number[], kept: readonly Parameters[]) {
    this.#reserve = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#room = parts.device.memory.left - this.#reserve;
    for (const count of batches) this.of(count);
  }

  /** The parts of this process's images of a batch of so many, in their order. */
  of(count: number): readonly number[] {
    return this.#of(count).sizes;
  }

  /** Images of a batch of so many that a process takes at once, at most. */
  most(count: number): number {
    return this.#of(count).most;
  }

  /** True if a batch goes through one plan. */
  isWhole(count: number): boolean {
    return this.#of(count).isWhole;
  }

  /** The memory and limits that the plans of a batch take, measured anew. */
  measure(count: number): PlanSize {
    const { sizes, isWhole } = this.#of(count);
    const { phases } = this.parts.method;
    if (isWhole || typeof phases === "string") return measureWhole(this.parts, count);
    return measureSplit(this.parts, phases, count, sizes);
  }

  /** True if there is room for the plans of a batch beside all that the device holds. */
  fits(count: number): boolean {
    const { device } = this.parts;
    return this.#of(count).needs.bytes <= device.memory.left - this.#reserve;
  }

  #of(count: number): Parts {
    let known = this.#known.get(count);
    if (!known) this.#known.set(count, known = this.#choose(count));
    return known;
  }

  #choose(count: number): Parts {
    const { device, config: { microBatch, statistics }, method: { phases, share } } = this.parts;
    const own = share.own(count);
    const ofRanks = share.sizes(count);
    const [largest, smallest] = [ofRanks[0], ofRanks.at(-1)!];
    const measured = (most: number) => {
      if (most >= largest || typeof phases === "string") {
        return { isWhole: true, most, sizes: [own], needs: measureWhole(this.parts, count) };
      }
      // As many parts in all processes, which may tell each other the statistics of each part.
      const sizes = partsOf(own, most, Math.min(Math.ceil(largest / most), smallest));
      return { isWhole: false, most, sizes, needs: measureSplit(this.parts, phases, count, sizes) };
    };
    if (microBatch !== "auto") return measured(microBatch);
    const [first] = this.#known.values();
    // All processes take as many at once of every batch as the leader takes of its first.
    if (first && share.communicator) return measured(first.most);
    const whole = measured(largest);
    // A batch too large for textures is only slow: no reason to split it and change its statistics.
    if (statistics === "updated" && device.holds({ ...whole.needs, side: 0 }, this.#room)) return whole;
    const sizes = typeof phases === "string" ? [largest] : [...halves(largest)];
    const found = firstFitting(device, Iterator.from(sizes).map(measured), this.#room);
    if (!found) throw this.#tooLarge(count, measured(sizes.at(-1)!).needs);
    return found;
  }

  #tooLarge(count: number, { bytes, shares }: PlanSize): MemoryError {
    const { method: { phases }, device: { memory } } = this.parts;
    const isWhole = typeof phases === "string";
    const most = isWhole ? this.#largest(count) : 0;
    const takes = mebibytes(bytes) + (isWhole ? " for all of them at once" : " to take one image at a time");
    const lower = most > 0
      ? `lower batch, to ${most} at most here, or raise memoryBudget`
      : "raise memoryBudget";
    const cause = isWhole
      ? `${phases}, so that it cannot be split: ${lower}`
      : `no smaller batch fits either: ${lower}, or take smaller images`;
    return new MemoryError(
      `Cannot train on batches of ${count}: it takes ${takes}, current budget of ${
        mebibytes(memory.budget)
      } leaves ${mebibytes(Math.max(0, this.#room))} beside the weights: ${cause}` +
        memoryTable("Largest parts of a step", shares) + memoryTable("In use", memory.shares),
    );
  }

  /** The largest batch below a number of images that there is room for in one plan; 0 where there is none. */
  #largest(count: number): number {
    const { device } = this.parts;
    const isHeld = (size: number) => {
      try {
        return device.holds({ ...measureWhole(this.parts, size), side: 0 }, this.#room);
      } catch (error) {
        if (error instanceof ShapeError) return false; // too few images for batch norms
        throw error;
      }
    };
    let [held, above] = [0, count];
    while (above - held > 1) {
      const middle = (held + above) >> 1;
      if (isHeld(middle)) held = middle;
      else above = middle;
    }
    return held;
  }
}
