// Tensors that the host computes amid a run, between two submits.
import type { Device } from "../device/device.ts";
import type { PlanStep } from "../device/steps/step.ts";
import type { LoweredNode, Tensor } from "../graph/node.ts";
import { toHostOp } from "../ops/collective/to_host.ts";
import { is } from "./passes/is.ts";
import type { StorageMap, TensorStorage } from "./storage.ts";

/** A tensor that the host computes amid a run. */
export interface HostCall {
  /** The tensor; its only input is a copy that the host reads. */
  readonly node: Tensor;
  /** The copy. */
  readonly staging: GPUBuffer;
  /** Number of the plan's steps up to the copy, with it. */
  readonly sent: number;
  /** Number of the plan's steps before the first that may read the result. */
  readonly needed: number;
  /** Writes the result. */
  write(values: Float32Array): void;
}

/** Submits steps, and after each part of them pauses, so that the host can be called. */
export type Submit = (steps: readonly PlanStep[], pause: () => Promise<void>) => Promise<void>;

/** The calls among the tensors that a plan computes, in their order. @param steps The steps of each tensor. */
export function callsOf(
  computed: readonly LoweredNode[],
  steps: readonly (readonly PlanStep[])[],
  storage: StorageMap,
): HostCall[] {
  const sent = new Map<Tensor, number>();
  const calls: HostCall[] = [];
  let count = 0;
  computed.forEach(({ node }, i) => {
    count += steps[i].length;
    if (is(toHostOp, node)) sent.set(node, count);
    if (!node.op.host) return;
    const [copy] = node.inputs;
    const { buffer: staging } = storage.of(copy) as TensorStorage & { place: "buffer" };
    calls.push({
      node,
      staging,
      sent: sent.get(copy)!,
      needed: count,
      write: (values) => storage.write(node, values),
    });
  });
  return calls.sort((a, b) => a.sent - b.sent);
}

/**
 * Runs the steps of a plan with the calls of the host amid them. A call is made as soon as what it takes is there and
 * the calls before are made; its result is waited for where a step needs it. Steps between go on meanwhile.
 *
 * @param calls In the order in which the host is called. @param check Throws when the run cannot go on.
 * @throws The error that a call throws or rejects with; no further call is made. @throws {DeviceError} when the device failed.
 */
export async function runAmid(
  device: Device,
  steps: readonly PlanStep[],
  calls: readonly HostCall[],
  submit: Submit,
  check: () => void,
): Promise<void> {
  const flights = new Flights(device);
  const pause = async () => {
    await flights.pause();
    check();
  };
  try {
    let at = 0;
    for (const end of cutsOf(steps, calls)) {
      if (end > at) await submit(steps.slice(at, end), pause);
      at = end;
      for (const call of calls) if (call.sent === end) flights.start(call);
      for (const call of calls) {
        if (call.needed !== end) continue;
        const values = await flights.land(call);
        check();
        call.write(values);
      }
    }
  } finally {
    await flights.end();
  }
}

/** Numbers of steps before which, and behind which, a call is due. */
function cutsOf(steps: readonly PlanStep[], calls: readonly HostCall[]): number[] {
  const cuts = new Set([...calls.flatMap(({ sent, needed }) => [sent, needed]), steps.length]);
  return [...cuts].sort((a, b) => a - b);
}

/** The calls under way in a run. */
class Flights {
  readonly #results = new Map<HostCall, Promise<Float32Array>>();
  /** Copies that are being mapped. */
  readonly #mapped = new Set<Promise<ArrayBuffer>>();
  /** Calls that are not made yet. */
  readonly #open = new Set<Promise<{ result: Promise<Float32Array> }>>();
  /** The call before is made. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Rejects with the first failure. */
  readonly #failure = Promise.withResolvers<never>();

  constructor(private readonly device: Device) {
    this.#failure.promise.catch(() => {});
  }

  /** Maps the copy, and makes the call when its turn has come. */
  start(call: HostCall): void {
    const mapped = this.device.mapped(call.staging, call.node.inputs[0].size * 4);
    const made = this.#make(call, mapped, this.#turn);
    this.#turn = made;
    until(mapped, this.#mapped);
    until(made, this.#open);
    const result = made.then(({ result }) => result);
    result.catch(this.#failure.reject);
    this.#results.set(call, result);
  }

  /** Waits for a result. */
  land(call: HostCall): Promise<Float32Array> {
    return this.#unlessFailed(this.#results.get(call)!);
  }

  /** Lets calls be made whose copies are there. */
  async pause(): Promise<void> {
    if (this.#open.size === 0) return;
    // A software adapter has work meanwhile, and a submit keeps the thread; a GPU may be done before the host knows.
    const made = this.device.isSoftware
      ? Promise.all(this.#open)
      : new Promise((resolve) => setTimeout(resolve, 0));
    await this.#unlessFailed(made);
  }

  /** Makes no further call, and waits until nothing is mapped any more. */
  async end(): Promise<void> {
    this.#failure.reject(new Error("the run has ended"));
    await Promise.allSettled(this.#mapped);
  }

  /** @returns The result that is promised, in an object: an async function would wait for it. */
  async #make(
    { node }: HostCall,
    mapped: Promise<ArrayBuffer>,
    turn: Promise<unknown>,
  ): Promise<{ result: Promise<Float32Array> }> {
    const [bytes] = await this.#unlessFailed(Promise.all([mapped, turn]));
    return { result: callHost(node, new Float32Array(bytes)) };
  }

  #unlessFailed<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([this.#failure.promise, promise]);
  }
}

/** Keeps a promise in a set until it is settled. */
function until<T>(promise: Promise<T>, pending: Set<Promise<T>>): void {
  pending.add(promise);
  const settled = () => pending.delete(promise);
  promise.then(settled, settled);
}

/** @throws {TypeError} when the host gives anything but the values of the tensor. */
async function callHost(node: Tensor, values: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const result: unknown = await node.op.host!(node, values);
  if (result instanceof Float32Array && result.length === node.size) return result;
  const given = result instanceof Float32Array ? `${result.length} values` : typeof result;
  throw new TypeError(
    `Cannot run the plan: the host gives the ${node.size} values of ${node.describe()}, current are ${given}: other ` +
      "processes run another graph",
  );
}
