import { DeviceError } from "../graph/errors.ts";
import type { Kernel, LoweredNode } from "../graph/node.ts";
import type { Device } from "../device/device.ts";
import { dispatchStepOf } from "./dispatch_step.ts";
import { timesOf } from "./profile.ts";
import type { PlanStep } from "../device/steps/step.ts";
import type { StorageMap } from "./storage.ts";
import type { Timer } from "../device/tuning.ts";
import { keyOf } from "./tuning_key.ts";

/** Which kernels of a node a plan dispatches. */
type KernelChoice = (computed: LoweredNode) => readonly Kernel[];

/** Another kernel than the first has to be faster by this much, so that noise does not decide. */
const CLEARLY = 0.97;

/** Each way is timed so often, after a run that compiles it. */
const ROUNDS = 3;

/**
 * Which kernels a plan takes: the first of each node, or what the device's tuning knows to be faster. What it does not know
 * is timed before, where that is possible.
 *
 * @param storage The plan's memory, of which nothing is needed yet.
 */
export async function chooseKernels(
  device: Device,
  storage: StorageMap,
  computed: readonly LoweredNode[],
): Promise<KernelChoice> {
  const { tuning } = device;
  if (!tuning) return ({ lowering }) => lowering.kernels;
  const timer = tuning.timer ?? (device.hasTimer ? medians : null);
  const open = computed.filter(({ lowering }) => lowering.others?.length);
  const keys = new Map(open.map((each) => [each, keyOf(storage, each)]));
  const unknown = new Map<string, () => Promise<number>>();
  for (const [each, key] of keys) {
    if (timer && tuning.best(key) === undefined && !unknown.has(key)) {
      unknown.set(key, () => fastest(device, storage, timer, each));
    }
  }
  await tuning.learn(unknown);
  return (each) => {
    const { kernels, others = [] } = each.lowering;
    const key = keys.get(each);
    const best = key === undefined ? 0 : tuning.best(key) ?? 0;
    return [kernels, ...others][best] ?? kernels;
  };
}

/** Number of the way that is clearly faster than the first, or 0. */
async function fastest(
  device: Device,
  storage: StorageMap,
  timer: Timer | typeof medians,
  { node, lowering: { kernels, others = [] } }: LoweredNode,
): Promise<number> {
  const ways: { number: number; steps: PlanStep[] }[] = [];
  const most = device.gpu.limits.maxComputeWorkgroupsPerDimension;
  for (const [number, way] of [kernels, ...others].entries()) {
    if (number > 0 && way.some(({ workgroups }) => Math.max(...workgroups) > most)) continue;
    try {
      const { steps } = await device.validated("time a kernel", () => ({
        steps: way.map((kernel) => dispatchStepOf(device, storage, node, kernel)),
        [Symbol.dispose]: () => {},
      }));
      ways.push({ number, steps });
    } catch (error) {
      // A kernel that does not compile on this device is no choice; the plan itself tells of the first kernel.
      if (!(error instanceof DeviceError)) throw error;
      if (number === 0) return 0;
    }
  }
  // No time at all is a clock that went back, not the fastest kernel.
  const times = (await timer(device, ways.map(({ steps }) => steps))).map((ms) => ms > 0 ? ms : Infinity);
  const best = times.indexOf(Math.min(...times));
  return times[best] < CLEARLY * times[0] ? ways[best].number : 0;
}

/** Medians of a few rounds, in turn, so that whatever else the machine does meets all of them. */
const medians = async (device: Device, ways: readonly (readonly PlanStep[])[]): Promise<number[]> => {
  const all = ways.flat();
  await timesOf(device, all);
  const rounds = await timesOf(device, Array.from({ length: ROUNDS }, () => all).flat());
  let at = 0;
  return ways.map((steps) => {
    const first = at;
    at += steps.length;
    const sums = Array.from(
      { length: ROUNDS },
      (_, round) =>
        rounds.slice(round * all.length + first, round * all.length + at).reduce((sum, ms) => sum + ms, 0),
    );
    return sums.toSorted((a, b) => a - b)[ROUNDS >> 1];
  });
};
