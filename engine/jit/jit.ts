import type { Given, Like, Traced } from "./arguments.ts";
import type { PlanSize } from "../device/memory.ts";
import { type JitOptions, JitPlans, type Prepared, type Trace } from "./jit_plans.ts";
import type { Results, Returned } from "./traced.ts";

/** A function that {@linkcode jit} made. */
export interface Jitted<Args extends readonly Traced[], R> extends Disposable {
  /**
   * Runs it on values. It waits for nothing but, at the first call of each shape, the plan, and for what the host
   * computes amid the run, such as `allReduce`.
   *
   * @throws {TypeError} when the arguments are others than the function's. @throws {ShapeError} when they do not fit it.
   * @throws {MemoryError} when the budget does not hold the plan. @throws {DeviceError} when the device failed, or this
   * function was disposed of.
   */
  (...args: Given<Args>): Promise<Results<R>>;
  /** Makes the plan of a call where there is none, and does not run it. @throws as a call. */
  prepare(...args: Given<Args>): Promise<Prepared<R>>;
  /** True if the plan of such a call is there. */
  knows(...args: Like<Args>): boolean;
  /**
   * Memory that the plan of such a call takes, to the byte; nothing is allocated. `Device.holds` tells whether there
   * is room.
   *
   * @throws {TypeError} when no device is given, and the graph has no parameters to find it by.
   */
  measure(...args: Like<Args>): PlanSize;
  /** Gives back the memory of the plans; the next calls make them again. */
  release(): void;
}

/**
 * Makes a function of tensors one of values: it is traced at the first call of each shape, planned, and from then on only
 * run. Dispose of it when it is no longer called: that frees its plans.
 *
 * @param trace Builds the graph. It is called once for each shape, with inputs for parameters; lists and records of
 * tensors may be among them. It returns a tensor, or a list or record of tensors; effects, such as an optimiser's step,
 * stand in a list under `updates`.
 *
 * @example
 * ```ts
 * import { jit, matmul, relu, shaped, type Tensor } from "everyclass";
 * using layer = jit((x: Tensor, w: Tensor) => relu(matmul(x, w)));
 * const x = shaped(Float32Array.of(1, -2, 3, 4), [2, 2]);
 * const y = await layer(x, shaped(Float32Array.of(1, 1), [2, 1]));
 * console.log(await y.data()); // [0, 7]
 * ```
 */
export function jit<const Args extends readonly Traced[], R extends Returned<R>>(
  trace: (...args: Args) => R,
  options: JitOptions = {},
): Jitted<Args, R> {
  const plans = new JitPlans(trace as unknown as Trace, options);
  return Object.assign(
    (...args: unknown[]) => plans.call(args),
    {
      prepare: (...args: unknown[]) => plans.inTurn(() => plans.prepare(args)),
      knows: (...args: unknown[]) => plans.knows(args),
      measure: (...args: unknown[]) => plans.measure(args),
      release: () => plans.release(),
      [Symbol.dispose]: () => plans[Symbol.dispose](),
    },
  ) as unknown as Jitted<Args, R>;
}
