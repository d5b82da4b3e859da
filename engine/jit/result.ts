import { DeviceError } from "../graph/errors.ts";
import type { DType, Shape } from "../kernel/shape.ts";
import type { Tensor } from "../graph/node.ts";
import type { OwnedBuffer } from "../device/memory.ts";
import type { Parameters } from "../device/parameters.ts";
import type { Plan } from "../plan/plan.ts";

/** A run of a plan: a result of it is there until the next. */
export interface Run {
  /** That ran. */
  readonly plan: Plan;
  /** True if the plan has run again since. */
  readonly stale: boolean;
}

/**
 * A value that a call of a jitted function computes, on the device: there to be read or copied until the function is called
 * again with the same shapes, which overwrites it.
 */
export class Result {
  /** Made by calls. */
  constructor(
    private readonly run: Run,
    private readonly name: string,
    /** Dimensions. */
    readonly shape: Shape,
    /** Element type. */
    readonly dtype: DType,
  ) {}

  /**
   * Sync point: the values, whole numbers as floats too. Asked for before a next call, they are this call's, whenever
   * they are awaited.
   *
   * @throws {DeviceError} when a later call overwrote it, its plan was released, or the device failed.
   */
  data(): Promise<Float32Array> {
    return this.#plan().read(this.name);
  }

  /**
   * Copies the first bytes to a buffer, on the device; does not wait.
   *
   * @throws {RangeError} when either has fewer bytes. @throws {DeviceError} as {@linkcode Result.data}.
   */
  copyTo(target: OwnedBuffer, offset: number, bytes: number): void {
    this.#plan().copyOutput(this.name, target, offset, bytes);
  }

  /**
   * Copies rows into a tensor of a store, on the device; does not wait.
   *
   * @param from The first of these rows. @param target The tensor. @param to The first of its rows.
   * @param count Number of rows, each as long as those of the target.
   * @throws {RangeError} when either has fewer rows. @throws {TypeError} when the tensor is not in the store.
   * @throws {DeviceError} as {@linkcode Result.data}.
   */
  copyRows(from: number, store: Parameters, target: Tensor, to: number, count: number): void {
    this.#plan().copyRows(this.name, from, store, target, to, count);
  }

  #plan(): Plan {
    if (!this.run.stale) return this.run.plan;
    throw new DeviceError(
      `Cannot read ${this.name}: it takes the result of the latest call with these shapes, current is that of an ` +
        "earlier one, which was overwritten: read a result, or copy it, before the next call",
    );
  }
}
