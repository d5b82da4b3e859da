// The least time that the adapter can take for a workload: its arithmetic or its bytes at the rates of the ceiling.

import type { Ceiling } from "../kernels/ceiling.ts";
import { OURS } from "./ratios.ts";
import type { PeerResult } from "./results.ts";
import { WORKLOADS } from "./workload_list.ts";
import { forward, type Layers } from "./guests/networks.ts";
import type { NetworkRun, Workload } from "./workloads.ts";

/** Divides the least time for a workload by a measured one: 1 is all that the adapter can do. */
export function shareOfBound(workload: Workload, ms: number, ceiling: Ceiling): number {
  return leastMs(workload, ceiling) / ms;
}

/** The higher of the rates of two measurements: other work on the machine makes a rate too low, never too high. */
export function higher(a: Ceiling | null, b: Ceiling): Ceiling {
  return a === null ? b : { gflops: Math.max(a.gflops, b.gflops), gbs: Math.max(a.gbs, b.gbs) };
}

/** Adds the shares of the bound to our rows that have a time. */
export function withBounds(rows: readonly PeerResult[], ceiling: Ceiling | null): PeerResult[] {
  return rows.map((row) => {
    const workload = WORKLOADS.find(({ name }) => name === row.workload);
    if (row.peer !== OURS || row.ms === null || !workload || ceiling === null) return row;
    return { ...row, ofBound: shareOfBound(workload, row.ms, ceiling) };
  });
}

/** A network's least time is that of its products alone: how often values are stored between is up to the program. */
function leastMs(workload: Workload, { gflops, gbs }: Ceiling): number {
  if (workload.kind === "network") return 1000 * networkGflop(workload) / gflops;
  return 1000 * workload.amount / (workload.unit === "GB/s" ? gbs : gflops);
}

/** Counts the products of a network, 1e9 operations: one forward pass, or one training step with all gradients. */
export function networkGflop(run: NetworkRun): number {
  let flop = 0, first = true;
  const product = (multiplyAdds: number) => {
    // Training repeats a product for the gradients by its weight and by its operand; nobody asks for that of the images.
    const passes = run.pass === "inference" ? 1 : first ? 2 : 3;
    flop += 2 * run.batch * multiplyAdds * passes;
    first = false;
  };
  const half = (side: number) => Math.ceil(side / 2);
  // The value that goes through the layers is the side of the images.
  const layers: Layers<number> = {
    conv: (side, _, shape, stride) => {
      const out = Math.ceil(side / stride);
      product(out ** 2 * shape.reduce((a, b) => a * b));
      return out;
    },
    linear: (side, _, [outputs, inputs]) => (product(outputs * inputs), side),
    shortcut: half,
    maxPool: half,
    norm: (side) => side,
    relu: (side) => side,
    add: (side) => side,
    average: () => 1,
    reuse: (side) => side,
  };
  forward(run, layers, run.side);
  return flop / 1e9;
}
