// The plans of a jitted function, made at the first call of each shape and kept.
import { DeviceError, MemoryError } from "../graph/errors.ts";
import { inOrder } from "../graph/graph.ts";
import { inputsLike, type Leaf, leavesOf, shapeOf, valuesOf } from "./arguments.ts";
import type { Device } from "../device/device.ts";
import type { PlanSize } from "../device/memory.ts";
import { sharedDevice } from "../plan/evaluate.ts";
import type { Feeds } from "../device/feeds.ts";
import { storesOf } from "../device/holders.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { Parameters } from "../device/parameters.ts";
import { Plan, type PlanSpec, type Precision } from "../plan/plan.ts";
import { outcomeOf, type Results, resultsOf } from "./traced.ts";

/** Options by which `jit` plans a function. */
export interface JitOptions {
  /** Default: the device of the stores in the graph; of a graph without parameters the machine's. */
  device?: Device | undefined;
  /**
   * Stores of parameters that several stores hold; those of all others are found in the graph. Of a function that is
   * measured only, their layouts will do.
   */
  parameters?: readonly ParameterLayout[] | undefined;
  /** Default f32. f16 takes an adapter with `shader-f16`. */
  precision?: Precision | undefined;
}

/** A call that is ready to run: its plan is made. */
export interface Prepared<R> {
  /** Made for these shapes. */
  readonly plan: Plan;
  /** The values that the plan is run with. */
  readonly feeds: Feeds;
  /** Submits it; does not wait. @throws {TypeError} when the host computes something amid a run. */
  run(): Results<R>;
  /** The same of any function: it waits for what the host computes amid the run, and no longer. */
  runAsync(): Promise<Results<R>>;
}

/** The function, whatever its parameters. */
export type Trace = (...args: unknown[]) => unknown;

/** A graph with all its stores. */
type FoundSpec = PlanSpec<ParameterLayout> & { parameters: readonly ParameterLayout[] };

/** A plan with what its run returns. */
interface Kept {
  readonly plan: Plan;
  readonly returned: unknown;
  /** Number of the latest run. */
  runs: number;
}

/** The plans of a function by the shapes of its arguments. */
export class JitPlans implements Disposable {
  readonly #kept = new Map<string, Kept>();
  /** The call that is being planned, or the last of those that wait for it. */
  #turn: Promise<unknown> | null = null;
  #live = true;

  constructor(
    private readonly trace: Trace,
    private readonly options: JitOptions,
  ) {}

  /** Calls happen in their order; one whose plan is there is submitted at once, unless the host computes amid a run. */
  async call(args: readonly unknown[]): Promise<unknown> {
    const leaves = this.#leavesOf(args);
    const kept = this.#turn ? undefined : this.#kept.get(keyOf(leaves));
    if (kept?.plan.calls.length === 0) return run(kept, leaves);
    return await this.inTurn(async () => await (await this.prepare(args)).runAsync());
  }

  /** After what is being planned: calls overtake each other no more than plans do. */
  async inTurn<T>(act: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const turn = (async () => {
      await before?.catch(() => {});
      return await act();
    })();
    this.#turn = turn;
    try {
      return await turn;
    } finally {
      if (this.#turn === turn) this.#turn = null;
    }
  }

  async prepare(args: readonly unknown[]): Promise<Prepared<unknown>> {
    const leaves = this.#leavesOf(args);
    const key = keyOf(leaves);
    let kept = this.#kept.get(key);
    if (!kept) {
      leaves.forEach(valuesOf); // told before a plan is made for nothing
      kept = await this.#make(args, leaves);
      this.#kept.set(key, kept);
      if (!this.#live) this.release();
    }
    const known = kept;
    const feeds = feedsOf(known, leaves);
    return {
      plan: known.plan,
      feeds,
      run: () => run(known, leaves) as never,
      runAsync: () => runAsync(known, leaves) as never,
    };
  }

  knows(args: readonly unknown[]): boolean {
    return this.#kept.has(keyOf(this.#leavesOf(args)));
  }

  measure(args: readonly unknown[]): PlanSize {
    const { spec, device } = this.#specOf(args, this.#leavesOf(args));
    if (device) return Plan.measure(device, spec);
    throw new TypeError(
      "Cannot measure the jitted function: it takes a device, current graph has no parameters to find it by: give " +
        "jit the option device",
    );
  }

  release(): void {
    for (const { plan } of this.#kept.values()) plan[Symbol.dispose]();
    this.#kept.clear();
  }

  [Symbol.dispose](): void {
    this.#live = false;
    this.release();
  }

  async #make(args: readonly unknown[], leaves: readonly Leaf[]): Promise<Kept> {
    const { spec, device, returned } = this.#specOf(args, leaves);
    const on = device ?? await sharedDevice();
    const whole = { ...spec, parameters: spec.parameters.map(withMemory) };
    try {
      return { plan: await Plan.make(on, whole), returned, runs: 0 };
    } catch (error) {
      if (!(error instanceof MemoryError) || this.#kept.size === 0) throw error;
      this.release(); // the plans of other shapes may be in the way
      return { plan: await Plan.make(on, whole), returned, runs: 0 };
    }
  }

  #specOf(
    args: readonly unknown[],
    leaves: readonly Leaf[],
  ): { spec: FoundSpec; device: Device | undefined; returned: unknown } {
    const returned = this.trace(...inputsLike<unknown[]>(args, leaves));
    const { outputs, updates } = outcomeOf(returned);
    const { precision, parameters: given = [] } = this.options;
    const order = inOrder([...Object.values(outputs), ...updates]);
    const known = this.options.device ?? deviceOf(given);
    const parameters = storesOf(order, given, known);
    const device = known ?? deviceOf(parameters);
    return { spec: { outputs, updates, parameters, precision }, device, returned };
  }

  #leavesOf(args: readonly unknown[]): Leaf[] {
    if (!this.#live) throw new DeviceError("Cannot call the jitted function: it was disposed of");
    if (args.length !== this.trace.length) {
      throw new TypeError(
        `Cannot call the jitted function: it takes ${this.trace.length} arguments, current are ${args.length}`,
      );
    }
    return leavesOf(args);
  }
}

/** Device of the first of these stores that has memory. */
function deviceOf(stores: readonly ParameterLayout[]): Device | undefined {
  return stores.find((store) => store instanceof Parameters)?.device;
}

/** @throws {TypeError} when a store is a layout. */
function withMemory(store: ParameterLayout): Parameters {
  if (store instanceof Parameters) return store;
  throw new TypeError(
    `Cannot plan the jitted function: it takes stores, current ${store.label} is a layout, without memory: it can be ` +
      "measured only",
  );
}

function run(kept: Kept, leaves: readonly Leaf[]): unknown {
  kept.plan.run(feedsOf(kept, leaves));
  return resultsOfRun(kept);
}

async function runAsync(kept: Kept, leaves: readonly Leaf[]): Promise<unknown> {
  const results = resultsOfRun(kept); // those of the run before are stale from its beginning
  await kept.plan.runAsync(feedsOf(kept, leaves));
  return results;
}

function resultsOfRun(kept: Kept): unknown {
  const number = ++kept.runs;
  const { plan, returned } = kept;
  const of = {
    plan,
    get stale() {
      return number !== kept.runs;
    },
  };
  return resultsOf(returned, of);
}

/** Values by input; arguments that the graph does not use are left out. */
function feedsOf({ plan: { inputs } }: Kept, leaves: readonly Leaf[]): Feeds {
  return Object.fromEntries(
    leaves.filter(({ name }) => inputs.has(name)).map((leaf) => [leaf.name, valuesOf(leaf)]),
  );
}

/** Key that tells plans apart. */
function keyOf(leaves: readonly Leaf[]): string {
  return leaves.map((leaf) => {
    const { shape, dtype } = shapeOf(leaf);
    return `${leaf.name} ${dtype} ${shape.join("x")}`;
  }).join();
}
